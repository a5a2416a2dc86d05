"""Make an attempt again and again, after pauses that grow, as long as its failures may go by."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from peninsula.core.errors import UnavailableError
from peninsula.journal.backoff import MANY, pause_after

__all__ = ["insist", "is_away"]

T = TypeVar("T")


def is_away(problem: Exception) -> bool:
    """Tell whether a server did not answer, or could not: it is waited for."""
    return isinstance(problem, UnavailableError)


async def insist(
    attempt: Callable[[], Awaitable[T]],
    may_go_by: Callable[[Exception], bool] = is_away,
    pause: Callable[[float], Awaitable[object]] = asyncio.sleep,
) -> T:
    """Return what an attempt comes to. A failure that may not go by is raised."""
    failures = 0
    while True:
        try:
            return await attempt()
        except Exception as problem:
            if not may_go_by(problem):
                raise
        failures += 1
        await pause(pause_after(min(failures, MANY)))
