"""What all workers share: claim runs that are due, have each run to its end, and tell of it.

A type of worker says how a run is started, watched and stopped; the rest is here. docs/how-to says
how to write one.
"""

from __future__ import annotations

import asyncio
import logging
import os
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Any, ClassVar, Final
from uuid import UUID

from peninsula.client.api import Api, open_api
from peninsula.client.configuration import home_of
from peninsula.client.destination import destination
from peninsula.core.errors import (
    ConflictError,
    NotFoundError,
    PeninsulaError,
    UnavailableError,
)
from peninsula.core.events import Related
from peninsula.core.resources import own
from peninsula.core.settings import Settings
from peninsula.core.version import VERSION
from peninsula.core.work import (
    MOST_JOBS,
    Heartbeat,
    Job,
    Worker,
    WorkerStatus,
    WorkWanted,
    check_name,
)
from peninsula.journal import emitter
from peninsula.launching.launcher import Launched
from peninsula.launching.narrator import Narrator
from peninsula.launching.shift import Shift
from peninsula.workers.assignments import Assignment, Attend
from peninsula.workers.duties import keep_going

__all__ = ["BaseWorker", "Launched", "Narrator"]

WAIT: Final = 30.0
"""Seconds that the server may hold a question for runs."""

LOOK: Final = 1.0
"""Seconds between looks for a server, where there is none."""

BEAT: Final = 15.0
"""Seconds between two heartbeats."""

_log = logging.getLogger("peninsula.worker")


class BaseWorker(ABC):
    """One worker of one work pool."""

    type: ClassVar[str]
    """As the pool has it: `process`."""

    template: ClassVar[dict[str, Any]]
    """What a new pool of the type has as its base job template."""

    leaves_runs: ClassVar[bool] = False
    """Whether its runs go on without it: it does not wait for them when it ends."""

    def __init__(
        self,
        pool: str,
        settings: Settings,
        *,
        name: str | None = None,
        limit: int | None = None,
        queues: Sequence[str] = (),
    ) -> None:
        """Serve the queues of a pool, all if none are named; `limit`: the most runs at once."""
        check_name(pool, "work pool")
        self.pool = pool
        self.settings = settings
        self.name = name or os.uname().nodename
        self.is_named = name is not None
        """Whether someone has chosen the name."""
        check_name(self.name, "worker")
        self.limit = limit
        self.queues = tuple(queues)
        self.api: Api
        """The server; there from `set_up` on."""
        self._assigned: dict[UUID, Assignment] = {}
        """By the claims of their jobs."""
        self._related: tuple[Related, ...] = ()
        self._shift: Shift
        self._seen = 0
        """Stamp of the last answer: what it was given after that never reached it."""

    # --- what a type of worker says --------------------------------------------------------------

    @abstractmethod
    async def attend(self, job: Job, narrator: Narrator) -> Launched:
        """Start what runs the job, wait for its end, and say how that was.

        A run that has told its own end keeps that; else it is Crashed with the message, by the
        event that is told of. What is started needs the variables `PENINSULA_FLOW_RUN_ID` and
        `PENINSULA_FLOW_RUN_START`, the server's address and `job.key`, and calls
        `python -m peninsula flow-run execute`.
        """

    @abstractmethod
    async def stop(self, job: Job) -> None:
        """End what runs the job, whatever it does; `attend` returns then."""

    def left(self) -> Iterable[Job]:
        """Return the jobs that an earlier worker of this name has started and that may go on."""
        return ()

    async def take_back(self, job: Job, narrator: Narrator) -> Launched:
        """Do as `attend`, for a job that is left from an earlier worker."""
        return await self.attend(job, narrator)

    @asynccontextmanager
    async def set_up(self) -> AsyncIterator[None]:
        """Hold open what the worker needs while it serves."""
        yield

    async def prepare(self) -> None:  # noqa: B027  few types need it
        """Raise what is wrong here, before anybody hears of the worker."""

    # --- its life --------------------------------------------------------------------------------

    def run(self) -> None:
        """Serve until told to end.

        Ctrl-C or SIGTERM lets the runs that it has end, and takes no more; the second one ends
        them. Raises what is wrong with the pool, the name or the key.
        """
        asyncio.run(self._serve())

    def end(self) -> None:
        """Take no more runs; called again, end those that it has."""
        self._shift.end()

    async def _serve(self) -> None:
        await self.prepare()
        self._shift = Shift(_log)
        with self._shift.signals_to(lambda _: self.end()):
            if await self._shift.insist(self._look_for_server):
                async with open_api(self.settings) as self.api:
                    await self._work()
        await asyncio.to_thread(emitter.current().close)

    async def _look_for_server(self) -> None:
        if destination(self.settings, home_of(self.settings)) is None:
            await asyncio.sleep(LOOK)
            msg = (
                "No server runs here, and api_url is not set."
                ' Start one: "peninsula server start", or set PENINSULA_API_URL.'
            )
            raise UnavailableError(msg)

    async def _work(self) -> None:
        if not await self._shift.insist(self._introduce):
            return
        try:
            async with self.set_up():
                serves = 'Worker "%s" serves the work pool "%s". Ctrl-C ends it.'
                _log.info(serves, self.name, self.pool)
                beating = asyncio.create_task(keep_going("send heartbeats", self._beat_on))
                try:
                    self._take_all_back()
                    await self._shift.take(self._claim, lambda: self._room > 0)
                    await self._drain()
                finally:
                    beating.cancel()
                    await asyncio.gather(beating, return_exceptions=True)
                    for one in tuple(self._assigned.values()):
                        await one.let_go()
        finally:
            with suppress(PeninsulaError):
                await self._beat(WorkerStatus.OFFLINE)

    async def _introduce(self) -> None:
        try:
            await self.api.work_pool(self.pool)
        except NotFoundError:
            await self._make_pool()
        # So the server knows whose journal the claims are, however this process ends.
        journal = emitter.current()
        told = await self._beat(WorkerStatus.ONLINE)
        pool = await self.api.work_pool(self.pool)
        self._related = (
            Related(id=own("worker", told.id), role="worker", name=told.name),
            Related(id=own("work-pool", pool.id), role="work-pool", name=pool.name),
        )
        journal.look_out()

    async def _make_pool(self) -> None:
        with suppress(ConflictError):  # a worker that was started beside this one was faster
            made = await self.api.create_work_pool(
                self.pool, self.type, base_job_template=self.template
            )
            _log.info('Made the work pool "%s" of type %s.', made.name, made.type)

    async def _beat(self, status: WorkerStatus) -> Worker:
        return await self.api.heartbeat(
            self.pool,
            Heartbeat(
                emitter=emitter.current().id,
                name=self.name,
                type=self.type,
                host=os.uname().nodename,
                version=VERSION,
                limit=self.limit,
                status=status,
                runs=self._runs,
            ),
        )

    async def _beat_on(self, well: Callable[[], None]) -> None:
        said = ""
        while True:
            status = WorkerStatus.DRAINING if self._shift.told else WorkerStatus.ONLINE
            try:
                await self._beat(status)
                said = ""
                well()
            except UnavailableError:
                pass  # claiming says so
            except PeninsulaError as problem:
                if problem.message != said:
                    said = problem.message
                    _log.warning("The server takes no heartbeat: %s", said)
            await self._shift.pause(BEAT)

    async def _drain(self) -> None:
        """Wait for the runs that it has; told again, end them."""
        if self.leaves_runs:
            return
        if self._assigned:
            names = ", ".join(sorted(one.job.name for one in self._assigned.values()))
            _log.warning("It ends when its runs end: %s. Told again, it ends them.", names)
        await self._shift.until(lambda: not self._assigned or self._shift.told > 1)
        await asyncio.gather(*(self.stop(one.job) for one in tuple(self._assigned.values())))
        await self._shift.until(lambda: not self._assigned)

    # --- claiming --------------------------------------------------------------------------------

    @property
    def _room(self) -> int:
        return (self.limit or MOST_JOBS) - len(self._assigned)

    async def _claim(self) -> None:
        """Ask for as many runs as there is room for, and begin what is given."""
        wanted = WorkWanted(
            emitter=emitter.current().id,
            worker=self.name,
            queues=self.queues,
            limit=self._room,
            seen=self._seen,
            wait=WAIT,
        )
        try:
            given = await self.api.claim_flow_runs(self.pool, wanted)
        except ConflictError as problem:
            _log.warning("%s", problem.message)
            await asyncio.sleep(BEAT)
            return
        emitter.current().observe(given.stamp)
        self._seen = given.stamp
        for job in given.jobs:
            narrator = Narrator(job, self._related)
            late = (emitter.current().now() - (job.due or job.expected)).total_seconds()
            narrator.say(
                f'Worker "{self.name}" of work pool "{self.pool}" has claimed start {job.start},'
                f" {max(late, 0.0):.1f} s after it was due."
            )
            self._take(job, narrator, self.attend)

    def _take_all_back(self) -> None:
        for job in sorted(self.left(), key=lambda job: job.start):
            self._take(job, Narrator(job, self._related), self.take_back)

    def _take(self, job: Job, narrator: Narrator, attend: Attend) -> None:
        def ended() -> None:
            del self._assigned[job.claimed]
            if job.run not in self._runs:
                emitter.current().off_command(job.run)
            self._shift.notice()

        one = Assignment(job, narrator, self.api, self.stop, self._shift)
        self._assigned[job.claimed] = one
        # Where an earlier start has not ended yet, commands are for this one from now on.
        emitter.current().on_command(job.run, one.hear)
        one.begin(attend, ended)

    @property
    def _runs(self) -> dict[UUID, int]:
        """Return the runs that it has, each with the latest start of it."""
        jobs = sorted((one.job for one in self._assigned.values()), key=lambda job: job.start)
        return {job.run: job.start for job in jobs}
