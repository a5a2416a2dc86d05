"""Collect as many items as were asked for, page by page."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Final, Generic, NamedTuple, TypeVar

from peninsula.core.answers import Page

__all__ = ["Found", "collect", "every"]

T = TypeVar("T")

Turn = Callable[[int, str | None], Awaitable[Page[T]]]
"""Asks for a page of at most so many items, from a cursor on."""

MOST: Final = 200
"""Items of one page."""

PATIENCE: Final = 20
"""So many pages that a search cut short, and it is given up."""


class Found(NamedTuple, Generic[T]):
    """What was collected."""

    items: list[T]
    more: bool
    """There is more than was asked for."""
    given_up: bool
    """The search was too long: there may be more."""


async def collect(turn: Turn[T], limit: int, most: int = MOST) -> Found[T]:
    """Turn pages until there are `limit` items, or nothing more, or patience is at its end."""
    items: list[T] = []
    cursor = None
    cut_short = 0
    while True:
        page = await turn(min(limit - len(items), most), cursor)
        items += page.items
        cursor = page.next
        cut_short += page.partial
        if cursor is None or len(items) >= limit or cut_short > PATIENCE:
            return Found(items, cursor is not None, cut_short > PATIENCE)


async def every(turn: Turn[T], most: int = MOST) -> AsyncIterator[T]:
    """Give all items, however long it takes."""
    cursor = None
    while True:
        page = await turn(most, cursor)
        for item in page.items:
            yield item
        cursor = page.next
        if cursor is None:
            return
