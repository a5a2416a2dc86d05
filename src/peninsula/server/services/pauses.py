"""Pause, suspend and resume flow runs in the name of whoever asks."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final
from uuid import UUID

from peninsula.core import codec
from peninsula.core.runs import Run, RunKind
from peninsula.server.services import parameters
from peninsula.server.services.access import Caller
from peninsula.server.services.control import Control, actor_of
from peninsula.server.services.duty import Duty
from peninsula.server.services.intake import Stamps
from peninsula.server.storage.database import Database
from peninsula.server.storage.dictionary import Dictionary
from peninsula.server.storage.read import run_rows
from peninsula.server.storage.referee import pauses
from peninsula.server.storage.referee.moves import Now

__all__ = ["Pauses"]

LOOK: Final = 15.0
"""Seconds between looks for runs that nobody has resumed in time."""


class Pauses(Duty[int]):
    """The runs that wait for people. Its clock gives µs since 1970."""

    def __init__(
        self,
        database: Database,
        dictionary: Dictionary,
        stamps: Stamps,
        control: Control,
        resumed: Callable[[], None],
        clock: Callable[[], int],
    ) -> None:
        """Tell processes by `control`; `resumed` is called when a run is there to be claimed."""
        super().__init__(clock, LOOK)
        self._database = database
        self._dictionary = dictionary
        self._stamps = stamps
        self._control = control
        self._resumed = resumed

    async def tick(self, now: int) -> None:
        """Fail what was suspended for longer than it may be; start what was resumed too late."""
        if not await self._database.read(pauses.has_suspended):
            return
        at = Now(now, self._stamps.next())
        await self._database.write(pauses.expire, self._dictionary, at)
        if await self._database.write(pauses.resume_late, self._dictionary, at):
            self._resumed()

    async def pause(self, run: UUID, caller: Caller) -> Run:
        """Pause a run. Raises NotFoundError or ConflictError."""
        actor = actor_of(caller)
        process = await self._database.write(
            pauses.pause, self._dictionary, run, actor, self._now()
        )
        self._control.wake(process)
        return await self._run(run)

    async def suspend(self, run: UUID, caller: Caller) -> Run:
        """Suspend a run. Raises NotFoundError or ConflictError."""
        actor = actor_of(caller)
        process = await self._database.write(
            pauses.suspend, self._dictionary, run, actor, self._now()
        )
        self._control.wake(process)
        return await self._run(run)

    async def resume(self, run: UUID, given: Mapping[str, Any], caller: Caller) -> Run:
        """Resume a run. Raises NotFoundError, ConflictError, or InvalidError for the input."""
        asked = await self._database.read(pauses.asked_of, run)
        parameters.check(asked, given, whole=True)
        value = codec.encode(dict(given))
        codec.check_json(value)
        process = await self._database.write(
            pauses.resume, self._dictionary, run, value, actor_of(caller), self._now()
        )
        self._control.wake(process)
        self._resumed()
        return await self._run(run)

    async def _run(self, run: UUID) -> Run:
        return await self._database.read(run_rows.run_by_id, RunKind.FLOW_RUN, run)

    def _now(self) -> Now:
        return Now(self._clock(), self._stamps.next())
