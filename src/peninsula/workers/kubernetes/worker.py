"""Run flow runs as Jobs of a cluster of Kubernetes."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager, suppress
from functools import partial
from typing import Any, ClassVar, Final
from uuid import UUID

from peninsula.client.configuration import home_of
from peninsula.client.destination import destination
from peninsula.client.port import Port
from peninsula.core import codec, job_templates
from peninsula.core.base_templates import BASE_TEMPLATES
from peninsula.core.errors import (
    InvalidError,
    PeninsulaError,
    UnavailableError,
)
from peninsula.core.ids import flow_id
from peninsula.core.resources import own
from peninsula.core.work import Job, WorkPool
from peninsula.journal import emitter
from peninsula.kube.access import from_usual_place
from peninsula.kube.cluster import Cluster, Object
from peninsula.workers.base import BaseWorker, Launched, Narrator
from peninsula.workers.duties import keep_going
from peninsula.workers.insistence import insist
from peninsula.workers.kubernetes import jobs
from peninsula.workers.kubernetes.belonging import Belonging
from peninsula.workers.kubernetes.lease import Leader
from peninsula.workers.kubernetes.manifests import Address, name_of
from peninsula.workers.kubernetes.observer import Observer
from peninsula.workers.kubernetes.own_jobs import OwnJobs
from peninsula.workers.kubernetes.patience import wait_for
from peninsula.workers.kubernetes.rights import check_rights
from peninsula.workers.kubernetes.rules import Rules
from peninsula.workers.kubernetes.telling import Reception, Teller

__all__ = ["KubernetesWorker"]

ANSWER: Final = 30.0
"""Seconds that the server may take for an answer."""


class KubernetesWorker(BaseWorker):
    """A worker whose runs are Jobs: they go on without it; one worker of a pool observes all."""

    type: ClassVar[str] = "kubernetes"
    template: ClassVar[dict[str, Any]] = BASE_TEMPLATES["kubernetes"]
    leaves_runs: ClassVar[bool] = True

    _cluster: Cluster
    _namespace: str
    _pool: WorkPool
    _id: UUID
    _left: list[Job]
    _own: OwnJobs
    _making: dict[UUID, asyncio.Task[Object]]
    """By the claims of their jobs: Jobs that are not made yet, or not said to be."""

    async def prepare(self) -> None:
        """Find the configuration of the cluster."""
        from_usual_place()

    @asynccontextmanager
    async def set_up(self) -> AsyncIterator[None]:
        """Reach the cluster, and observe the pool unless another worker does."""
        self._pool = await self.api.work_pool(self.pool)
        self._id = UUID(self._related[0].id.removeprefix(own("worker", "")))
        self._making = {}
        access = from_usual_place()
        async with Cluster(access) as self._cluster:
            template = codec.decode(dict[str, Any], self._pool.base_job_template)
            usual = job_templates.by_default(template)
            self._namespace = usual.get("namespace") or self._cluster.namespace
            await check_rights(
                self._cluster,
                self._namespace,
                access.account(),
                with_logs=usual.get("stream_output") is not False,
            )
            self._own = OwnJobs(self.api, self._cluster, self._namespace, self._id)
            self._left = [job async for job in self._own.left()]
            tasks = [
                asyncio.create_task(keep_going("observe the pool", self._lead_on)),
                asyncio.create_task(self._own.watch()),
            ]
            try:
                yield
            finally:
                # What is not made yet is another's to begin: that it ends here is told to nobody.
                leaving = [*tasks, *self._making.values()]
                for task in leaving:
                    task.cancel()
                await asyncio.gather(*leaving, return_exceptions=True)

    # --- its runs --------------------------------------------------------------------------------

    async def attend(self, job: Job, narrator: Narrator) -> Launched:
        """Make the Job, and wait for its end."""
        with self._own.end_of(job) as end:
            made = asyncio.create_task(self._make(job, narrator))
            self._making[job.claimed] = made
            either: set[asyncio.Future[Any]] = {made, end}
            try:
                await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
                if made.done() and not made.cancelled():
                    name = made.result()["metadata"]["name"]
                    narrator.say(f'Made Job "{name}" in namespace "{self._namespace}".')
                    del self._making[job.claimed]
                return await end
            finally:
                made.cancel()
                self._making.pop(job.claimed, None)

    async def _make(self, job: Job, narrator: Narrator) -> Object:
        configuration = codec.decode(dict[str, Any], job.configuration)
        making = self._wanted(job, configuration)
        patience = Rules.of(configuration).pod_watch_timeout_seconds
        warn = partial(narrator.say, level=logging.WARNING)
        try:
            return await wait_for(making.attempt, patience, warn)
        except UnavailableError as problem:
            if not making.may_run:
                raise
            warn(f"{problem.message} Its Job may be at work: it is looked for.")
            if (found := await insist(making.look)) is None:
                raise
            return found

    def _wanted(self, job: Job, configuration: dict[str, Any]) -> jobs.Making:
        wanted = configuration.get("namespace") or self._namespace
        if wanted != self._namespace:
            msg = (
                f'The run is to be in namespace "{wanted}", but this worker makes Jobs in'
                f' "{self._namespace}" only. Set `namespace` for the whole pool, in its template.'
            )
            raise InvalidError(msg)
        found = destination(self.settings, home_of(self.settings))
        assert found is not None  # noqa: S101  it was when the worker began
        return jobs.Making(
            self._cluster,
            self._namespace,
            configuration,
            self._belonging(job),
            Address(url=found.url, key=job.key),
        )

    async def take_back(self, job: Job, narrator: Narrator) -> Launched:
        """Wait for the end of a Job that is there."""
        narrator.say(f'Worker "{self.name}" looks after its Job again.')
        with self._own.end_of(job) as end:
            return await end

    def left(self) -> Iterable[Job]:
        """Return the runs whose Jobs an earlier worker of this name has made."""
        return self._left

    async def stop(self, job: Job) -> None:
        """Delete the Job: its pod is told to end, and killed when its grace is over."""
        if (making := self._making.get(job.claimed)) is not None:
            making.cancel()
            await asyncio.wait({making})
        await jobs.delete(self._cluster, self._namespace, name_of(self._belonging(job)))
        if making is not None:  # whether it was made or not: nobody sees the end of what was not
            ended = Launched("It was ended as its Job was made.", job.claimed)
            self._own.say_end(job.claimed, ended)

    def _belonging(self, job: Job) -> Belonging:
        return Belonging(
            run=job.run,
            start=job.start,
            name=job.name,
            pool=self._pool.id,
            pool_name=self._pool.name,
            worker=self._id,
            worker_name=self.name,
            flow=job.flow,
            flow_id=None if job.flow is None else flow_id(job.flow),
            deployment=job.deployment,
        )

    # --- the pool --------------------------------------------------------------------------------

    async def _lead_on(self, well: Callable[[], None]) -> None:
        """Observe the whole pool while nobody else does."""
        leader = Leader(self._cluster, self._namespace, f"peninsula-{self._pool.id}", f"{self._id}")
        try:
            while True:
                await leader.become(well)
                await self._observe(leader)
        finally:
            with suppress(PeninsulaError):
                await leader.release()

    async def _observe(self, leader: Leader) -> None:
        found = home_of(self.settings)
        port = Port(lambda: destination(self.settings, found), ANSWER)
        teller = Teller(
            self.api, self._cluster, self._namespace, Reception(port), self._own.say_end
        )
        observer = Observer(
            self._cluster, self._pool.id, self._namespace, teller, emitter.current().now
        )
        teller.has_ended, teller.is_over = observer.has_ended, observer.is_over
        teller.is_gone = observer.is_gone
        observing = asyncio.create_task(observer.run())
        keeping = asyncio.create_task(leader.keep())
        try:
            tasks = {observing, keeping}
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
        finally:
            for task in (observing, keeping):
                task.cancel()
            await asyncio.gather(observing, keeping, return_exceptions=True)
            await teller.close()
            port.leave()
