"""Let callers wait for what the log, or time itself, may bring."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Final, TypeVar

from peninsula.server.storage.database import Database

__all__ = ["Waiting"]

T = TypeVar("T")

LOOK: Final = 1.0
"""Seconds between looks for what came without a word: by another server,"""

ALONE: Final = 5.0
"""or, where there can be no other, from a process that ended."""

REST: Final = 0.05
"""Seconds between looks at least, however much comes into the log."""


class Waiting:
    """Callers that wait, each for something else, and look again when they are poked."""

    def __init__(self, database: Database) -> None:
        """Wait for what is in that database."""
        self._look = LOOK if database.dialect == "postgresql" else ALONE
        self._news: set[asyncio.Event] = set()
        self._closing = False

    def __len__(self) -> int:
        """Return how many wait."""
        return len(self._news)

    async def until(
        self,
        look: Callable[[], Awaitable[T]],
        found: Callable[[T], bool],
        wait: float,
        due: Callable[[], Awaitable[float | None]] | None = None,
    ) -> T:
        """Look until something is found, or for `wait` seconds; return what the last look gave.

        `due` says in how many seconds something comes by itself: then there is a look, too.
        """
        loop = asyncio.get_running_loop()
        deadline = loop.time() + wait
        news = asyncio.Event()
        self._news.add(news)
        try:
            while not found(given := await look()):
                left = deadline - loop.time()
                if left <= 0 or self._closing:
                    break
                coming = await due() if due is not None else None
                await asyncio.sleep(min(REST, left))
                with suppress(TimeoutError):
                    async with asyncio.timeout(
                        min(self._look, left, self._look if coming is None else coming)
                    ):
                        await news.wait()
                news.clear()
        finally:
            self._news.discard(news)
        return given

    def poke(self) -> None:
        """Have those who wait look: the log is longer, or a limit was raised."""
        for news in self._news:
            news.set()

    def close(self) -> None:
        """Let all go who wait: the server is stopping."""
        self._closing = True
        self.poke()
