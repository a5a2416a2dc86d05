"""Say what all answers share: pages of many, and errors."""

from __future__ import annotations

from typing import Any, Generic, TypeVar

from msgspec import Struct

__all__ = [
    "Answer",
    "Counted",
    "Error",
    "Page",
]

T = TypeVar("T")


class Answer(Struct, frozen=True, kw_only=True):
    """What every answer shares: it is a value, and its fields are named."""


class Page(Answer, Generic[T], frozen=True, kw_only=True):
    """Some of many. The cursors are opaque and hold for the same filters only."""

    items: tuple[T, ...]
    next: str | None = None
    """Cursor of the page after this one; None when there is none."""
    previous: str | None = None
    """Cursor of the page before this one; None on the first."""
    partial: bool = False
    """The search stopped at its bound before the page was full. There may be more: follow `next`,
    or narrow the filters."""


class Counted(Answer, frozen=True, kw_only=True):
    """How many there are, as far as they were counted."""

    count: int
    partial: bool
    """There may be more: so many were not looked at."""


class Error(Answer, frozen=True, kw_only=True):
    """Every error the API answers."""

    code: str
    message: str
    details: dict[str, Any] = {}
