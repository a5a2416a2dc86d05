"""Give background task runs to task workers, who wait here until there is one."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Final

from peninsula.core.claims import Claims as Answer
from peninsula.core.claims import Wanted
from peninsula.server.services.intake import Stamps
from peninsula.server.services.leases import Leases
from peninsula.server.storage.database import Database
from peninsula.server.storage.dictionary import Dictionary
from peninsula.server.storage.referee import claims
from peninsula.server.storage.referee.moves import Now

__all__ = ["Claims"]

LOOK: Final = 1.0
"""Seconds between looks for what came without a word: by another server, or from one that ended."""

REST: Final = 0.05
"""Seconds between looks at least, however much comes into the log."""


class Claims:
    """The way to runs that wait for a worker."""

    def __init__(
        self, database: Database, dictionary: Dictionary, stamps: Stamps, leases: Leases
    ) -> None:
        """Claim from that database."""
        self._database = database
        self._dictionary = dictionary
        self._stamps = stamps
        self._leases = leases
        self._waiting: set[asyncio.Event] = set()
        self._closing = False

    async def claim(self, wanted: Wanted) -> Answer:
        """Return runs for the process as soon as there are some, or none when its wait is over."""
        await self._leases.heard(wanted.emitter)
        loop = asyncio.get_running_loop()
        deadline = loop.time() + wanted.wait
        news = asyncio.Event()
        self._waiting.add(news)
        try:
            while not (given := await self._given(wanted)).claims:
                left = deadline - loop.time()
                if left <= 0 or self._closing:
                    break
                await asyncio.sleep(min(REST, left))
                with suppress(TimeoutError):
                    async with asyncio.timeout(min(LOOK, left)):
                        await news.wait()
                news.clear()
        finally:
            self._waiting.discard(news)
        return given

    async def _given(self, wanted: Wanted) -> Answer:
        if not await self._database.read(claims.available, wanted):
            return Answer(stamp=self._stamps.next(wanted.seen))
        now = Now(self._stamps.wall(), self._stamps.next(wanted.seen))
        given = await self._database.write(claims.claim, self._dictionary, wanted, now)
        return Answer(stamp=now.stamp, claims=given)

    def poke(self) -> None:
        """Have those who wait look: the log is longer."""
        for news in self._waiting:
            news.set()

    def close(self) -> None:
        """Let all go who wait: the server is stopping."""
        self._closing = True
        self.poke()
