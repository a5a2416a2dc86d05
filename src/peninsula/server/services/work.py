"""Give runs that are due to workers, and rule who starts, begins and ends them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any, Final, TypeVar
from uuid import UUID

from msgspec import structs

from peninsula.core.answers import Scope
from peninsula.core.events import Related
from peninsula.core.resources import own
from peninsula.core.runs import Run, RunKind
from peninsula.core.work import Begin, Crash, Heartbeat, Job, Jobs, Worker, WorkWanted
from peninsula.server.services.access import Caller
from peninsula.server.services.control import actor_of
from peninsula.server.services.duty import Duty
from peninsula.server.services.intake import Stamps
from peninsula.server.services.keys import Keys
from peninsula.server.services.leases import Leases
from peninsula.server.services.waiting import Waiting
from peninsula.server.storage.database import Database
from peninsula.server.storage.dictionary import Dictionary
from peninsula.server.storage.read import run_rows
from peninsula.server.storage.referee import due, jobs, keys, pools, starts, workers
from peninsula.server.storage.referee.due import Claimant
from peninsula.server.storage.referee.moves import Now

__all__ = ["Work"]

T = TypeVar("T")

LOOK: Final = 15.0
"""Seconds between looks for workers that fell silent."""

KEY_LASTS: Final = timedelta(days=7)
"""How long the key of a started run is taken at most; it goes an hour after its run is over."""

KEY_KEPT: Final = timedelta(hours=1)

RUN_SCOPES: Final = (Scope.EMIT, Scope.READ, Scope.WORK)
"""What the key of a run may do, for that run alone."""


class Work(Duty[int]):
    """Work pools and those who serve them. Its clock gives µs since 1970."""

    def __init__(
        self,
        database: Database,
        dictionary: Dictionary,
        stamps: Stamps,
        leases: Leases,
        keys: Keys,
        clock: Callable[[], int],
    ) -> None:
        """Take what claims are written and stamped with, and who makes the keys of runs."""
        super().__init__(clock, LOOK)
        self._database = database
        self._dictionary = dictionary
        self._stamps = stamps
        self._leases = leases
        self._keys = keys
        self._waiting = Waiting(database)

    async def tick(self, now: int) -> None:
        """Say of silent workers that they are gone, and remove the keys of runs that are over."""
        moment = Now(now, self._stamps.next())
        await self._database.write(workers.silence, self._dictionary, moment)
        await self._database.write(keys.remove_of_runs, now - KEY_KEPT // timedelta(microseconds=1))

    @property
    def waiting(self) -> Waiting:
        """Those who wait for runs."""
        return self._waiting

    def wake(self) -> None:
        """Have those who wait look: the log is longer, or a limit was changed."""
        self._waiting.poke()

    def close(self) -> None:
        """Let all go who wait: the server is stopping."""
        self._waiting.close()

    async def change(self, unit: Callable[..., T], *args: Any) -> T:
        """Change pools or queues by a unit of work; those who wait may have more room then."""
        changed = await self._database.write(unit, self._dictionary, *args, self._now())
        self.wake()
        return changed

    # --- workers ---------------------------------------------------------------------------------

    async def beat(self, pool: str, told: Heartbeat) -> Worker:
        """Note that a worker is there. Raises NotFoundError or ConflictError."""
        await self._leases.heard(told.emitter)
        row = await self._database.read(pools.row_of, pool)
        return await self._database.write(workers.beat, self._dictionary, row, told, self._now())

    async def claim(self, pool: str, wanted: WorkWanted) -> Jobs:
        """Return runs for a worker as soon as some are due, or none when its wait is over.

        Raises NotFoundError for an unknown pool, or a worker that has not said that it is there.
        """
        await self._leases.heard(wanted.emitter)
        row = await self._database.read(pools.row_of, pool)
        worker = await self._database.read(workers.worker_of, row, wanted.worker, self._clock())
        related = (
            Related(id=own("worker", worker.id), role="worker", name=worker.name),
            Related(id=own("work-pool", UUID(bytes=bytes(row.id))), role="work-pool", name=pool),
        )
        claimant = Claimant(
            emitter=wanted.emitter,
            related=related,
            named=f'Worker "{worker.name}"',
            limit=wanted.limit,
            seen=wanted.seen,
            pool=UUID(bytes=bytes(row.id)),
            queues=wanted.queues,
        )
        return await self.claim_as(claimant, wanted.wait)

    async def claim_as(self, claimant: Claimant, wait: float) -> Jobs:
        """Return runs for whoever serves a pool or deployments, within so many seconds."""
        return await self._waiting.until(
            partial(self._given, claimant),
            lambda given: bool(given.jobs),
            wait,
            partial(self._due, claimant),
        )

    async def _given(self, claimant: Claimant) -> Jobs:
        now = Now(self._clock(), self._stamps.next(claimant.seen))
        if not await self._database.read(jobs.available, claimant, now.at):
            return Jobs(stamp=now.stamp)
        given = await self._database.write(jobs.claim, self._dictionary, claimant, now)
        return Jobs(stamp=now.stamp, jobs=tuple([await self._with_key(job) for job in given]))

    async def _with_key(self, job: Job) -> Job:
        # Made now, not with the claim: an answer that was lost is given again with another one.
        made = await self._keys.add(
            f"flow run {job.name}", RUN_SCOPES, run=job.run, lasting=KEY_LASTS
        )
        return structs.replace(job, key=made.secret)

    async def _due(self, claimant: Claimant) -> float | None:
        now = self._clock()
        at = await self._database.read(due.next_due, claimant, now)
        return None if at is None else (at - now) / 1_000_000

    # --- runs ------------------------------------------------------------------------------------

    async def begin(self, run: UUID, told: Begin) -> Job:
        """Let a process begin a run. Raises NotFoundError, or ConflictError: it is not to."""
        await self._leases.heard(told.emitter)
        return await self._database.write(starts.begin, run, told)

    async def crashed(self, run: UUID, told: Crash) -> Run:
        """Note that the process of a run is gone. Raises NotFoundError."""
        await self._database.write(starts.crashed, self._dictionary, run, told, self._now())
        self.wake()
        return await self._database.read(run_rows.run_by_id, RunKind.FLOW_RUN, run)

    async def retry(self, run: UUID, caller: Caller) -> Run:
        """Let a run that is over start again. Raises NotFoundError or ConflictError."""
        actor = actor_of(caller)
        await self._database.write(starts.retry, self._dictionary, run, actor, self._now())
        self.wake()
        return await self._database.read(run_rows.run_by_id, RunKind.FLOW_RUN, run)

    def _now(self) -> Now:
        return Now(self._clock(), self._stamps.next())
