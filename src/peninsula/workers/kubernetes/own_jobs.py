"""Know the Jobs of one worker: who waits for their ends, and why they end where nobody says it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Final
from uuid import UUID

from peninsula.client.api import Api
from peninsula.core.answers import LoggedEvent
from peninsula.core.errors import PeninsulaError
from peninsula.core.work import Job
from peninsula.journal import emitter
from peninsula.kube.cluster import Cluster, Listed, Object, WatchEvent
from peninsula.kube.resources import JOBS
from peninsula.launching.launcher import Launched
from peninsula.workers.duties import keep_going
from peninsula.workers.insistence import insist
from peninsula.workers.kubernetes import jobs
from peninsula.workers.kubernetes.belonging import Belonging, of_worker
from peninsula.workers.kubernetes.patience import wait_for
from peninsula.workers.kubernetes.telling import FLUSH, told_of_pods
from peninsula.workers.kubernetes.watching import Selected, follow
from peninsula.workers.kubernetes.witness import end_of

__all__ = ["OwnJobs"]

OTHERS: Final = 4.0
"""Seconds that another worker, which observes the pool, has to say why a Job ended."""

WITNESS: Final = 300.0
"""Seconds that its worker tries to see that for itself, after that."""

_log = logging.getLogger("peninsula.worker")


class OwnJobs:
    """The Jobs that a worker has made, under its name of today or before."""

    def __init__(self, api: Api, cluster: Cluster, namespace: str, worker: UUID) -> None:
        """Know none yet."""
        self._api = api
        self._cluster = cluster
        self._namespace = namespace
        self._chosen = Selected(resource=JOBS, namespace=namespace, labels=of_worker(worker))
        self._known: dict[str, Object] = {}
        """By uid: those that are not over."""
        self._ends: dict[UUID, asyncio.Future[Launched]] = {}
        """By the claims of their jobs."""

    async def left(self) -> AsyncIterator[Job]:
        """Give what an earlier worker has left at work, and delete what it had not let go."""
        chosen = self._chosen
        listed = await self._cluster.list(chosen.resource, chosen.namespace, labels=chosen.labels)
        for each in listed.items:
            if jobs.is_held(each):
                # It was killed in the middle of making it. The run is Scheduled anew.
                await jobs.delete(self._cluster, self._namespace, each["metadata"]["name"])
            elif not jobs.is_finished(each) and (job := jobs.job_of(each)) is not None:
                yield job

    # --- their ends ------------------------------------------------------------------------------

    @contextmanager
    def end_of(self, job: Job) -> Iterator[asyncio.Future[Launched]]:
        """Give what has the end of a start as soon as somebody sees it."""
        end: asyncio.Future[Launched] = asyncio.get_running_loop().create_future()
        self._ends[job.claimed] = end
        try:
            yield end
        finally:
            del self._ends[job.claimed]

    def say_end(self, claimed: UUID, launched: Launched) -> bool:
        """Give the end of a start to who waits for it; tell whether somebody does."""
        end = self._ends.get(claimed)
        if end is None:
            return False
        if not end.done():
            end.set_result(launched)
        return True

    async def watch(self) -> None:
        """See Jobs end, where another worker observes the pool and says why, until cancelled."""
        async with asyncio.TaskGroup() as group:
            await keep_going("watch its own Jobs", partial(self._follow, group))

    async def _follow(self, group: asyncio.TaskGroup, well: Callable[[], None]) -> None:
        async for change in follow(self._cluster, self._chosen):
            well()
            for job, gone in self._over(change):
                group.create_task(self._speak_up(job, gone=gone))

    def _over(self, change: Listed | WatchEvent) -> list[tuple[Object, bool]]:
        """Return the Jobs that are over by now, and of each whether it is gone."""
        if isinstance(change, Listed):
            there = {each["metadata"]["uid"]: each for each in change.items}
            gone = [each for uid, each in self._known.items() if uid not in there]
        elif change.type == "DELETED":
            there, gone = self._known, [change.object]
        else:
            there, gone = self._known | {change.object["metadata"]["uid"]: change.object}, []
        ended = [each for each in there.values() if jobs.is_finished(each)]
        over = {each["metadata"]["uid"] for each in (*gone, *ended)}
        self._known = {uid: each for uid, each in there.items() if uid not in over}
        return [*((each, True) for each in gone), *((each, False) for each in ended)]

    async def _speak_up(self, job: Object, *, gone: bool) -> None:
        """Say why a Job is over, where the observer of the pool has not: it may be gone as well."""
        await asyncio.sleep(OTHERS)
        made = jobs.job_of(job)
        if made is None or made.claimed not in self._ends:
            return
        end = await self._seen(made, job, gone=gone)
        # What it follows is in the log before it.
        await asyncio.to_thread(emitter.current().flush, FLUSH)
        nobody = "The Job of the run is over, and nobody saw why."
        self.say_end(made.claimed, end or Launched(nobody, made.claimed))

    async def _seen(self, made: Job, job: Object, *, gone: bool) -> Launched | None:
        journal = emitter.current()
        tell, now = partial(journal.emit, run=made.run), journal.now()

        async def known(belonging: Belonging) -> list[LoggedEvent]:
            return await insist(partial(told_of_pods, self._api, belonging.run))

        async def look() -> Launched | None:
            return await end_of(
                self._cluster, self._namespace, job, gone=gone, known=known, tell=tell, now=now
            )

        try:
            return await wait_for(look, WITNESS, _log.warning)
        except PeninsulaError as problem:
            _log.warning("Cannot see why %s is over: %s", made.name, problem.message)
        except Exception:  # noqa: BLE001  the other Jobs are to be seen, and the run is over
            _log.exception("Cannot see why %s is over, for an unexpected reason.", made.name)
        return None
