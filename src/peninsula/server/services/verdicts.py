"""Say in the name of whoever asks what is not the cause of a failure."""

from __future__ import annotations

from collections.abc import Callable

from peninsula.server.services.access import Caller
from peninsula.server.services.control import actor_of
from peninsula.server.services.intake import Stamps
from peninsula.server.storage.database import Database
from peninsula.server.storage.dictionary import Dictionary
from peninsula.server.storage.referee import dismissals
from peninsula.server.storage.referee.dismissals import Suspected
from peninsula.server.storage.referee.moves import Now

__all__ = ["Verdicts"]


class Verdicts:
    """What people say of suspects. The clock gives µs since 1970."""

    def __init__(
        self,
        database: Database,
        dictionary: Dictionary,
        stamps: Stamps,
        clock: Callable[[], int],
    ) -> None:
        """Take what is written and stamped with."""
        self._database = database
        self._dictionary = dictionary
        self._stamps = stamps
        self._clock = clock

    async def dismiss(self, suspected: Suspected, caller: Caller) -> None:
        """Say that it is not the cause. Raises NotFoundError."""
        await self._write(dismissals.dismiss, suspected, caller)

    async def restore(self, suspected: Suspected, caller: Caller) -> None:
        """Take it back. Raises NotFoundError."""
        await self._write(dismissals.restore, suspected, caller)

    async def _write(self, unit: Callable[..., None], suspected: Suspected, caller: Caller) -> None:
        now = Now(self._clock(), self._stamps.next())
        actor = actor_of(caller)
        await self._database.write(unit, self._dictionary, suspected, actor, now)
