"""Have the next run of each schedule be there in time; settle what is due and nobody takes."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from datetime import timedelta
from typing import Final
from uuid import UUID

from peninsula.core.errors import InvalidError
from peninsula.server.services.duty import Duty
from peninsula.server.services.intake import Stamps
from peninsula.server.storage.database import Database
from peninsula.server.storage.dictionary import Dictionary
from peninsula.server.storage.referee import collisions, scheduling
from peninsula.server.storage.referee.moves import Now

__all__ = ["Scheduler"]

_log = logging.getLogger("peninsula.server")

LOOK: Final = 10.0
"""Seconds between looks at least: for what other servers planned, and for a clock that stepped."""

SHORTEST: Final = 0.25
"""Seconds between looks at most often, also when something that is due cannot be settled."""

SECOND: Final = 1_000_000


class Scheduler(Duty[int]):
    """Its clock gives µs since 1970: what a schedule means is the time of day, also after a step.

    Every server schedules. What is due is settled in a transaction that finds it settled when
    another one was first.
    """

    def __init__(
        self,
        database: Database,
        dictionary: Dictionary,
        stamps: Stamps,
        clock: Callable[[], int],
        late_after: timedelta,
        made: Callable[[], None],
    ) -> None:
        """Say Late of a run that nobody has taken so long after it was due.

        `made` is called when there are new runs.
        """
        super().__init__(clock, LOOK)
        self._database = database
        self._dictionary = dictionary
        self._stamps = stamps
        self._late_after = late_after // timedelta(microseconds=1)
        self._made = made
        self._last: int | None = None
        self._timer: asyncio.TimerHandle | None = None

    async def start(self) -> None:
        """Settle what was missed before anybody claims it, and the rest while the server serves."""
        await self._settle(self._clock())
        await super().start()
        self.poke()

    async def stop(self) -> None:
        """Tick no more."""
        if self._timer is not None:
            self._timer.cancel()
        await super().stop()

    async def tick(self, now: int) -> None:
        """Make the runs that are due, cancel those that collide, say Late of those that wait.

        And look when to do so next.
        """
        if self._last is None or now < self._last - SECOND:
            # A server that starts cannot know what the clock did before.
            for schedule in await self._database.read(scheduling.ahead, now):
                await self._plan(scheduling.realign, schedule, now)
        self._last = now
        await self._settle(now)
        if await self._database.read(collisions.collided, now):
            at = self._at(now)
            done = await self._database.write(collisions.settle, self._dictionary, at)
            if done == collisions.AT_ONCE:
                self.poke()
        horizon = await self._database.read(scheduling.horizon, now)
        if horizon.waiting is not None and horizon.waiting <= now - self._late_after:
            await self._database.write(
                scheduling.mark_late, self._dictionary, now - self._late_after, self._at(now)
            )
            horizon = await self._database.read(scheduling.horizon, now)
        self._wake_for(horizon, now)

    async def _settle(self, now: int) -> None:
        for schedule in await self._database.read(scheduling.due, now):
            await self._plan(scheduling.settle, schedule, now)
            self._made()

    async def _plan(self, unit: Callable[..., object], schedule: UUID, now: int) -> None:
        try:
            await self._database.write(unit, self._dictionary, schedule, self._at(now))
        except InvalidError as problem:
            # A zone or a rule that another version could read: the other schedules go on.
            which = await self._database.write(scheduling.give_up, schedule)
            _log.warning(
                "%s makes no runs: %s Deploy it anew, or delete the schedule.",
                which,
                problem.message,
            )

    def _at(self, now: int) -> Now:
        return Now(now, self._stamps.next())

    def _wake_for(self, horizon: scheduling.Horizon, now: int) -> None:
        """Tick when the next thing is due, if that is before the next look."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        moments = [at for at in (horizon.schedule, horizon.colliding) if at is not None]
        if horizon.waiting is not None:
            moments.append(horizon.waiting + self._late_after)
        seconds = (min(moments) - now) / SECOND if moments else LOOK
        if seconds < LOOK:
            loop = asyncio.get_running_loop()
            self._timer = loop.call_later(max(seconds, SHORTEST), self.poke)
