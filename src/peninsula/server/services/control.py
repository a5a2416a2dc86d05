"""Tell processes what to do with their runs: a long poll that is answered when there is a word."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from typing import Final
from uuid import UUID

from peninsula.core.answers import Poll
from peninsula.core.events import Related
from peninsula.core.records import Orders
from peninsula.core.resources import own
from peninsula.core.runs import Run, RunKind
from peninsula.server.services.access import EVERYTHING, Caller
from peninsula.server.services.duty import Duty
from peninsula.server.services.intake import Stamps
from peninsula.server.services.leases import Leases
from peninsula.server.storage.database import Database
from peninsula.server.storage.dictionary import Dictionary
from peninsula.server.storage.read import run_rows
from peninsula.server.storage.referee import commands
from peninsula.server.storage.referee.moves import Now

__all__ = ["Control"]

LONGEST_WAIT: Final = 30.0
"""Seconds that a poll is kept open."""

LOOK: Final = 1.0
"""Seconds between looks for what another server was asked."""

REMEMBERED: Final = timedelta(days=7)
"""How long a command waits for a process that may not come back."""


class Control(Duty[int]):
    """Cancelling, and the polls of those who are to hear of it. Its clock gives µs since 1970."""

    def __init__(
        self,
        database: Database,
        dictionary: Dictionary,
        stamps: Stamps,
        leases: Leases,
        clock: Callable[[], int],
    ) -> None:
        """Watch for other servers' commands where there can be other servers."""
        super().__init__(clock, LOOK if database.dialect == "postgresql" else 3600.0)
        self._database = database
        self._dictionary = dictionary
        self._stamps = stamps
        self._leases = leases
        self._polls: dict[UUID, set[asyncio.Event]] = {}
        self._forgot = 0
        self._closing = False

    @property
    def polls(self) -> int:
        """How many processes wait for a word."""
        return len(self._polls)

    async def tick(self, now: int) -> None:
        """Wake polls for what other servers were asked; now and then, forget old commands."""
        if self._polls and self._database.dialect == "postgresql":
            for emitter in await self._database.read(commands.waiting_for):
                self._wake(emitter)
        hour = now // 3_600_000_000
        if hour != self._forgot:
            self._forgot = hour
            before = now - REMEMBERED // timedelta(microseconds=1)
            await self._database.write(commands.forget, before)

    async def orders(self, poll: Poll, caller: Caller) -> Orders:
        """Return what the process is told, as soon as it is told something or its wait is over."""
        await self._leases.heard(poll.emitter)
        if poll.acknowledged:
            await self._database.write(
                commands.acknowledge, poll.emitter, poll.acknowledged, self._clock(), caller.run
            )
        woken = asyncio.Event()
        polls = self._polls.setdefault(poll.emitter, set())
        polls.add(woken)
        try:
            told = await self._database.read(commands.orders_of, poll.emitter, caller.run)
            if not told and not self._closing:
                with suppress(TimeoutError):
                    async with asyncio.timeout(min(poll.wait, LONGEST_WAIT)):
                        await woken.wait()
                    told = await self._database.read(commands.orders_of, poll.emitter, caller.run)
        finally:
            polls.discard(woken)
            if not polls:
                self._polls.pop(poll.emitter, None)
        return Orders(stamp=self._stamps.next(), commands=told)

    async def cancel(self, kind: RunKind, run: UUID, caller: Caller, message: str | None) -> Run:
        """Cancel a flow run or background task run.

        Raises NotFoundError, or ConflictError when there is nothing to cancel.
        """
        now = Now(self._clock(), self._stamps.next())
        actor = actor_of(caller)
        cancelled = await self._database.write(
            commands.cancel, self._dictionary, kind, run, actor, message, now
        )
        self.wake(cancelled.process)
        self.wake(cancelled.worker)
        return await self._database.read(run_rows.run_by_id, kind, run)

    def wake(self, process: UUID | None) -> None:
        """Answer a process now: it is told something. None: nobody is."""
        if process is not None:
            self._wake(process)

    def close(self) -> None:
        """Answer every poll now, and new ones at once: the server is stopping."""
        self._closing = True
        for emitter in tuple(self._polls):
            self._wake(emitter)

    def _wake(self, emitter: UUID) -> None:
        for woken in self._polls.get(emitter, ()):
            woken.set()


def actor_of(caller: Caller) -> Related:
    """Return who asked, as it stands in the event of what was asked."""
    if caller.key is not None:
        id_ = own("api-key", caller.key)
    else:
        id_ = own("owner" if caller.scopes == EVERYTHING else "workers", "home")
    return Related(id=id_, role="actor", name=caller.name)
