"""Observe the Jobs and pods of one work pool: tell what becomes of them, and which runs end."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from functools import partial
from typing import Final, Protocol
from uuid import UUID

from peninsula.core.answers import LoggedEvent
from peninsula.core.errors import PeninsulaError
from peninsula.core.events import Event
from peninsula.kube.cluster import Cluster, Listed, Object, WatchEvent
from peninsula.kube.resources import EVENTS, JOBS, NODES, PODS
from peninsula.launching.launcher import Launched
from peninsula.workers.kubernetes import jobs, sidecars
from peninsula.workers.kubernetes.belonging import Belonging, of_pool
from peninsula.workers.kubernetes.cases import Case
from peninsula.workers.kubernetes.pod_stories import is_at_end, is_over
from peninsula.workers.kubernetes.recall import recall
from peninsula.workers.kubernetes.rules import Rules
from peninsula.workers.kubernetes.scene import Scene
from peninsula.workers.kubernetes.sidecars import Sidecars
from peninsula.workers.kubernetes.stories import Story, event_of
from peninsula.workers.kubernetes.verdicts import Verdict, verdict_of
from peninsula.workers.kubernetes.watching import Selected, each, follow, taken

__all__ = ["Audience", "Observer"]

LOOK: Final = 1.0
"""Seconds between looks at what only time decides: pods that do not start, Jobs that have had
their time."""

LAST_WORDS: Final = timedelta(seconds=2)
"""How long a process that ended by itself has for what it told to arrive."""

HELD: Final = timedelta(minutes=2)
"""How long a worker may take from making a Job to letting it go: two requests, beside the patience
that it has with an API server that is away."""

AT_ONCE: Final = 16
"""Runs that are judged side by side: one that waits for an answer holds no other up."""

_log = logging.getLogger("peninsula.worker")


class Audience(Protocol):
    """Who is told what is observed."""

    def tell(self, event: Event, run: UUID | None) -> None:
        """Take an event, with the flow run it happened to."""

    async def end(self, belonging: Belonging, launched: Launched) -> None:
        """Take that the infrastructure of a run is at its end.

        Raises PeninsulaError to be asked again.
        """

    async def known(self, belonging: Belonging) -> Sequence[LoggedEvent]:
        """Return what was told of the pods of a run, the oldest first. Raises PeninsulaError."""

    async def is_heard(self, belonging: Belonging) -> bool:
        """Tell whether the server answers, which the sidecar of the run ships to."""

    def printed(self, belonging: Belonging, pod: Object, container: str, restart: int) -> None:
        """Take that a container of a pod has begun to print."""


class Observer:
    """What one worker of a pool does for all of them."""

    def __init__(
        self,
        cluster: Cluster,
        pool: UUID,
        namespace: str,
        audience: Audience,
        now: Callable[[], datetime],
    ) -> None:
        """Observe nothing yet."""
        self._cluster = cluster
        self._pool = pool
        self._namespace = namespace
        self._audience = audience
        self._now = now
        self._scene = Scene()
        self._cases: dict[tuple[UUID, int], Case] = {}
        self._latest: dict[UUID, int] = {}
        """Of each run, the latest start that has a case."""
        self._ended: dict[tuple[UUID, int], datetime] = {}
        """Since when verdicts stand that were passed on."""
        self._sidecars = Sidecars(audience.is_heard)
        self._changed: set[tuple[UUID, int]] = set()
        self._looking: set[tuple[UUID, int]] = set()
        """Who is judged just now."""
        self._places = asyncio.Semaphore(AT_ONCE)
        self._hindered: set[tuple[UUID, int]] = set()
        """For whom something could not be done at the last look."""
        self._unlisted = {JOBS, PODS}
        self._unrecalled: set[tuple[UUID, int]] = set()
        """Those that were there before this one looked."""
        self._news = asyncio.Event()
        self._address = ""

    async def run(self) -> None:
        """Observe until cancelled."""
        self._address = await self._cluster.address()
        chosen = of_pool(self._pool)
        scene = self._scene
        here = partial(Selected, namespace=self._namespace)
        async with asyncio.TaskGroup() as group:
            for selected, take in (
                (here(resource=JOBS, labels=chosen), self._jobs),
                (here(resource=PODS, labels=chosen), self._pods),
                (Selected(resource=NODES, namespace=None), each(scene.node)),
                (here(resource=EVENTS, fields="involvedObject.kind=Pod"), each(scene.event)),
                (here(resource=EVENTS, fields="involvedObject.kind=Job"), each(scene.event)),
                (_NODE_EVENTS, each(scene.event)),
            ):
                group.create_task(self._follow(selected, take))
            group.create_task(self._judge_on(group))

    # --- what is seen ----------------------------------------------------------------------------

    async def _follow(
        self, selected: Selected, take: Callable[[Listed | WatchEvent], list[Story]]
    ) -> None:
        async for change in follow(self._cluster, selected):
            for story in take(change):
                self._tell(story)
            self._unlisted.discard(selected.resource)
            self._news.set()

    def _pods(self, change: Listed | WatchEvent) -> list[Story]:
        scene = self._scene
        stories, there, gone = taken(
            change, scene.pods, scene.listed_pods, scene.pod, scene.pod_gone
        )
        for pod in (*there, *gone):
            if (case := self._case(pod)) is not None:
                uid = pod["metadata"]["uid"]
                case.pods[uid] = pod
                if uid not in scene.pods:
                    case.gone.add(uid)
        return stories

    def _jobs(self, change: Listed | WatchEvent) -> list[Story]:
        scene = self._scene
        stories, there, gone = taken(
            change, scene.jobs, scene.listed_jobs, scene.job, scene.job_gone
        )
        for job in (*there, *gone):
            if (case := self._case(job)) is not None:
                case.job, case.job_gone = job, job["metadata"]["uid"] not in scene.jobs
        return stories

    def _case(self, thing: Object) -> Case | None:
        """Return what an object is part of, which is to be looked at then."""
        if (belonging := Belonging.of(thing)) is None:
            return None
        case = Case(belonging=belonging)
        self._changed.add(case.key)
        self._latest[belonging.run] = max(belonging.start, self._latest.get(belonging.run, 0))
        return self._cases.setdefault(case.key, case)

    def _tell(self, story: Story) -> None:
        event = event_of(story, self._address, self._now())
        belonging = story.belonging
        self._audience.tell(event, belonging.run if belonging else None)
        if belonging is None or (case := self._cases.get((belonging.run, belonging.start))) is None:
            return
        case.told.append((story, event.id))
        self._changed.add(case.key)
        if story.what == "started" and Rules.on(case.job).stream_output:
            told = story.payload
            self._audience.printed(
                belonging, case.pods[story.uid], told["container"], told["restart"]
            )

    def has_ended(self, pod: str, container: str) -> bool:
        """Tell whether a container of a pod prints no more."""
        return self.is_gone(pod) or is_at_end(self._scene.pods[pod], container)

    def is_over(self, pod: str) -> bool:
        """Tell whether nothing of a pod runs any more."""
        return self.is_gone(pod) or is_over(self._scene.pods[pod])

    def is_gone(self, pod: str) -> bool:
        """Tell whether a pod is no more."""
        return pod not in self._scene.pods

    # --- what it means ---------------------------------------------------------------------------

    async def _judge_on(self, group: asyncio.TaskGroup) -> None:
        while self._unlisted:  # of a Job that failed while nobody looked, its pod says more
            self._news.clear()
            await self._news.wait()
        self._unrecalled = set(self._cases)
        loop = asyncio.get_running_loop()
        looked = loop.time()
        while True:
            self._news.clear()
            changed, self._changed = self._changed, set()
            if loop.time() - looked >= LOOK:
                looked, changed = loop.time(), set(self._cases)
            for key in changed & self._cases.keys():
                if key in self._looking:
                    self._changed.add(key)  # for when that look is over
                else:
                    self._looking.add(key)
                    group.create_task(self._look_at(self._cases[key]))
            with suppress(TimeoutError):
                async with asyncio.timeout(LOOK if self._cases else None):
                    await self._news.wait()

    async def _look_at(self, case: Case) -> None:
        """Judge a case; what cannot be done for it now is tried again at the next look."""
        try:
            async with self._places:
                await self._judge(case)
        except PeninsulaError as problem:
            if case.key not in self._hindered:
                name = case.belonging.name
                _log.warning("Cannot see %s to its end: %s Trying on.", name, problem.message)
            self._hindered.add(case.key)
        else:
            self._hindered.discard(case.key)
        finally:
            self._looking.discard(case.key)
            if case.key in self._changed:
                self._news.set()

    async def _judge(self, case: Case) -> None:
        rules, now = Rules.on(case.job), self._now()
        if case.key in self._ended:
            await self._clean_up(case, rules, now)
            return
        if case.is_held:
            await self._clean_up_held(case, rules, now)
            return
        if case.key in self._unrecalled:
            await self._recall(case)
        if self._is_superseded(case):
            await self._delete(case)
            return
        verdict = verdict_of(case, now, rules)
        if verdict is None:
            return
        if verdict.may_tell_more and (
            not _is_late(verdict, now) or await self._sidecars.goes_on(case, now)
        ):
            return
        launched = verdict.launched(case.event_of(verdict.story))
        await self._audience.end(case.belonging, launched)
        self._ended[case.key] = now
        await self._clean_up(case, rules, now)

    async def _recall(self, case: Case) -> None:
        """Have a case know of the pods that went before this observer began."""
        events = await self._audience.known(case.belonging)
        self._unrecalled.discard(case.key)
        for story in recall(case, events):
            self._tell(story)

    async def _clean_up(self, case: Case, rules: Rules, now: datetime) -> None:
        """Delete the Job when it has had its time, or would go on; forget it when it is gone."""
        if case.is_gone:
            del self._ended[case.key]
            self._forget(case)
            return
        since = now - self._ended[case.key]
        ttl = rules.finished_job_ttl
        if not case.would_go_on and await self._sidecars.goes_on(case, now):
            return
        waits = since >= sidecars.SIDECARS and not case.is_over
        if case.would_go_on or waits or (ttl is not None and since >= timedelta(seconds=ttl)):
            await self._delete(case)

    async def _clean_up_held(self, case: Case, rules: Rules, now: datetime) -> None:
        """Delete a Job whose worker was killed before it had made all of it.

        Its run had not begun: the server lets it start anew, and hears nothing of this start.
        """
        if case.is_gone:
            self._forget(case)
        elif case.age(now) >= HELD + rules.start:
            await self._delete(case)

    def _is_superseded(self, case: Case) -> bool:
        """Tell whether a Job waits for what it would not be let do.

        Nobody had begun its run when the worker ended that had claimed it: another start is there.
        """
        run, start = case.key
        later = self._latest.get(run, start) > start
        return later and case.would_go_on and not case.has_begun

    def _forget(self, case: Case) -> None:
        del self._cases[case.key]
        self._sidecars.forget(case)
        if self._latest.get(case.belonging.run) == case.belonging.start:
            del self._latest[case.belonging.run]

    async def _delete(self, case: Case) -> None:
        if case.job is not None and not case.job_gone:
            await jobs.delete(self._cluster, self._namespace, case.job["metadata"]["name"])


_NODE_EVENTS: Final = Selected(
    resource=EVENTS, namespace="default", fields="involvedObject.kind=Node"
)
"""What happens to nodes is in no namespace, so Kubernetes tells of it in the first one."""


def _is_late(verdict: Verdict, now: datetime) -> bool:
    return verdict.story.at is None or now - verdict.story.at >= LAST_WORDS
