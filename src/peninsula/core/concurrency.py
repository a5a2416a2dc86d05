"""Concurrency limits: how many may do a thing at once, or in a time."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Final
from uuid import UUID

from msgspec import Meta, Struct

__all__ = ["MOST_LIMITS", "MOST_SLOTS", "ConcurrencyLimit", "Decay", "Slots", "Taken"]

MOST_SLOTS: Final = 1_000_000
MOST_LIMITS: Final = 20
"""Limits that one request for slots may name."""

Slots = Annotated[int, Meta(ge=0, le=MOST_SLOTS)]
Decay = Annotated[float, Meta(ge=0, le=MOST_SLOTS)]


class ConcurrencyLimit(Struct, frozen=True, kw_only=True):
    """A limit that flows share, wherever they run."""

    id: UUID
    name: str
    limit: int
    """Slots there are; 0 lets nobody through."""
    decay: float
    """Slots that become free again each second, of those taken by `rate_limit`; 0 for none."""
    taken: float
    """Slots that are taken now."""
    created: datetime
    updated: datetime


class Taken(Struct, frozen=True, kw_only=True):
    """The answer to a request for slots."""

    taken: bool
    """All of them, or none."""
    lease: UUID | None = None
    """What they are held by, until it is given back or not renewed."""
    seconds: float = 0.0
    """How long the lease holds without being renewed."""
    full: str | None = None
    """The limit that has too few slots free."""
    retry_after: float = 0.0
    """Seconds after which to ask again."""
    missing: tuple[str, ...] = ()
    """Names that no limit has: these were not waited for."""
