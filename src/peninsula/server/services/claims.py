"""Give background task runs to task workers, who wait here until there is one."""

from __future__ import annotations

from functools import partial

from peninsula.core.claims import Claims as Answer
from peninsula.core.claims import Wanted
from peninsula.server.services.intake import Stamps
from peninsula.server.services.leases import Leases
from peninsula.server.services.waiting import Waiting
from peninsula.server.storage.database import Database
from peninsula.server.storage.dictionary import Dictionary
from peninsula.server.storage.referee import claims
from peninsula.server.storage.referee.moves import Now

__all__ = ["Claims"]


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
        self._waiting = Waiting(database)

    async def claim(self, wanted: Wanted) -> Answer:
        """Return runs for the process as soon as there are some, or none when its wait is over."""
        await self._leases.heard(wanted.emitter)
        return await self._waiting.until(
            partial(self._given, wanted), lambda given: bool(given.claims), wanted.wait
        )

    async def _given(self, wanted: Wanted) -> Answer:
        if not await self._database.read(claims.available, wanted):
            return Answer(stamp=self._stamps.next(wanted.seen))
        now = Now(self._stamps.wall(), self._stamps.next(wanted.seen))
        given = await self._database.write(claims.claim, self._dictionary, wanted, now)
        return Answer(stamp=now.stamp, claims=given)

    def poke(self) -> None:
        """Have those who wait look: the log is longer."""
        self._waiting.poke()

    def close(self) -> None:
        """Let all go who wait: the server is stopping."""
        self._waiting.close()
