"""Delete flow runs, and again what their processes send of them later."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Final
from uuid import UUID

from peninsula.core.errors import ConflictError, UnavailableError
from peninsula.server.services.access import Caller
from peninsula.server.services.control import actor_of
from peninsula.server.services.duty import Duty
from peninsula.server.services.intake import Stamps
from peninsula.server.storage.database import Database
from peninsula.server.storage.dictionary import Dictionary
from peninsula.server.storage.referee import deletion
from peninsula.server.storage.referee.moves import Now

__all__ = ["Deletions"]

SWEEP: Final = 60.0
"""Seconds between looks for what came late."""

_log = logging.getLogger("peninsula.server")


class Deletions(Duty[int]):
    """Deleting in steps that let intake pass. Its clock gives µs since 1970."""

    def __init__(
        self,
        database: Database,
        dictionary: Dictionary,
        stamps: Stamps,
        clock: Callable[[], int],
    ) -> None:
        """Sweep once a minute, and once after the start: a server may have ended in the middle."""
        super().__init__(clock, SWEEP)
        self._database = database
        self._dictionary = dictionary
        self._stamps = stamps

    async def start(self) -> None:
        """Begin with a sweep."""
        self.poke()
        await super().start()

    async def delete(self, run: UUID, caller: Caller) -> None:
        """Delete a flow run and all below it. Raises NotFoundError or ConflictError.

        Once an event says that it is deleted, it is: what cannot go now, the next sweep removes.
        """
        now = Now(self._clock(), self._stamps.next())
        number = await self._database.write(
            deletion.begin, self._dictionary, run, actor_of(caller), now
        )
        try:
            await self._remove(number)
        except (ConflictError, UnavailableError) as problem:
            _log.warning("The rest of a deleted flow run goes later: %s", problem.message)

    async def tick(self, now: int) -> None:  # noqa: ARG002  what is due has no time
        """Remove what came of deleted runs since."""
        for number in await self._database.read(deletion.came_back):
            _log.info("More was sent of a deleted flow run; it is deleted too.")
            await self._remove(number)

    async def _remove(self, number: int) -> None:
        while await self._database.write_patiently(deletion.step, self._dictionary, number):
            pass
