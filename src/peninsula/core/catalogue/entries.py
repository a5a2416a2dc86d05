"""One row of the catalogue of events."""

from __future__ import annotations

from msgspec import Struct

__all__ = ["Entry"]


class Entry(Struct, frozen=True):
    """One row: an event name, and what an event of that name tells."""

    name: str
    when: str
    about: str
    """The resource it is about."""
    payload: str
    """The struct or the fields of its payload."""
