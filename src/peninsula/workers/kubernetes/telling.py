"""Bring what an observer sees to the log: events by the journal, ends by the API, and prints."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Final, TypeVar
from uuid import UUID

from peninsula.client.api import Api
from peninsula.client.port import Port
from peninsula.core import codec
from peninsula.core.answers import LoggedEvent
from peninsula.core.errors import NotFoundError, PeninsulaError
from peninsula.core.events import Event
from peninsula.core.filters import EventFilter
from peninsula.core.records import Batch, LogLine
from peninsula.core.resources import own
from peninsula.core.work import Crash
from peninsula.journal import emitter
from peninsula.kube.cluster import Cluster, Object
from peninsula.launching.launcher import Launched
from peninsula.launching.narrator import WORKER
from peninsula.workers.insistence import insist, is_away
from peninsula.workers.kubernetes.belonging import Belonging
from peninsula.workers.kubernetes.bringing import Bringer, Source
from peninsula.workers.kubernetes.lost_lines import keep_lost
from peninsula.workers.kubernetes.pod_logs import PodLog
from peninsula.workers.kubernetes.pod_stories import node_of

__all__ = ["Reception", "Teller", "told_of_pods"]

T = TypeVar("T")

PAGE: Final = 1_000
"""Lines of a log that are asked for at once."""

EVENTS: Final = 200
"""That are asked for at once."""

FLUSH: Final = 5.0
"""Seconds that events may take to the server, before what follows them."""

_log = logging.getLogger("peninsula.worker")


class Reception:
    """Takes batches to the server, one after the other, and waits for it where it is away."""

    def __init__(self, port: Port) -> None:
        """Use a port that nobody else uses."""
        self._port = port
        self._turn = asyncio.Lock()

    async def committed(self, emitter: UUID) -> int:
        """Return the highest number of an emitter that is in the log; 0 is none."""
        offers = await self._asked(lambda: self._port.offers([emitter]))
        return offers.committed.get(emitter, 0)

    async def take(self, batch: Batch) -> None:
        """Bring a batch there, however long that takes."""
        data = codec.encode(batch)
        await self._asked(lambda: self._port.take(data))

    async def _asked(self, call: Callable[[], T]) -> T:
        async def once() -> T:
            async with self._turn:
                return await asyncio.to_thread(call)

        return await insist(once)


class Teller:
    """The audience of an observer, in a worker."""

    def __init__(
        self,
        api: Api,
        cluster: Cluster,
        namespace: str,
        reception: Reception,
        waiting: Callable[[UUID, Launched], bool],
    ) -> None:
        """Tell nothing yet.

        `waiting` gives the end of what was claimed so to who waits for it here, if somebody does.
        """
        self._api = api
        self._cluster = cluster
        self._namespace = namespace
        self._reception = reception
        self._waiting = waiting
        self.has_ended: Callable[[str, str], bool] = lambda _, __: True
        """Says of a pod and a container whether it prints no more."""
        self.is_over: Callable[[str], bool] = lambda _: True
        """Says of a pod whether nothing of it runs any more."""
        self.is_gone: Callable[[str], bool] = lambda _: True
        """Says of a pod whether it is no more."""
        self._reading: dict[tuple[str, str, int], asyncio.Task[None]] = {}

    def tell(self, event: Event, run: UUID | None) -> None:
        """Put an event into the journal of this process; the log has each id once."""
        emitter.current().emit(event, run=run)

    async def end(self, belonging: Belonging, launched: Launched) -> None:
        """Say that the process of a run is gone. Nothing happens to a run that is over."""
        # What it follows is in the log before it.
        await asyncio.to_thread(emitter.current().flush, FLUSH)
        if self._waiting(belonging.claimed, launched):
            return
        told = Crash(
            emitter=emitter.current().id,
            start=belonging.start,
            message=launched.message,
            follows=launched.follows,
            explains=launched.explains,
            unreached=launched.unreached,
        )
        try:
            ended = await self._api.crash_flow_run(belonging.run, told)
        except NotFoundError:
            return  # somebody has deleted the run
        if launched.untold is not None:
            _warn_in_log(ended.id, ended.root, launched.untold)

    async def is_heard(self, belonging: Belonging) -> bool:
        """Tell whether the server answers."""
        try:
            await self._api.run(belonging.run)
        except PeninsulaError as problem:
            return not is_away(problem)
        return True

    async def known(self, belonging: Belonging) -> list[LoggedEvent]:
        """Return what was told of the pods of a run, the oldest first."""
        return await told_of_pods(self._api, belonging.run)

    def printed(self, belonging: Belonging, pod: Object, container: str, restart: int) -> None:
        """Keep what a container prints, from now on or from the start of it."""
        key = (pod["metadata"]["uid"], container, restart)
        if key not in self._reading:
            task = asyncio.create_task(self._read(belonging, pod, container, restart))
            self._reading[key] = task
            task.add_done_callback(lambda _: self._reading.pop(key))
            task.add_done_callback(_say_failure)

    async def _read(self, belonging: Belonging, pod: Object, container: str, restart: int) -> None:
        about = pod["metadata"]
        try:
            run = await insist(partial(self._api.run, belonging.run))
        except NotFoundError:
            return
        source = Source(
            pod=about["name"],
            uid=about["uid"],
            container=container,
            restart=restart,
            node=node_of(pod) or "",
            run=run.id,
            root=run.root,
        )
        say = partial(self._say, source)
        log = PodLog(
            self._cluster,
            self._namespace,
            Bringer(source, self._reception, say),
            lambda: self.has_ended(about["uid"], container),
            lambda: self.is_gone(about["uid"]),
            lambda problem: say(f"It cannot be read: {problem.message}"),
        )
        await log.run()
        is_over, logged = partial(self.is_over, about["uid"]), partial(self._logged, run.id)
        lost = Bringer(source.of_lost, self._reception, say)
        await keep_lost(lost, log.marked, is_over, logged)

    def _say(self, source: Source, problem: str) -> None:
        """Say in the log of the run, and here, what is wrong with what a container prints."""
        text = f"What container {source.container} of pod {source.pod} prints: {problem}"
        _log.warning("%s", text)
        _warn_in_log(source.run, source.root, text)

    async def _logged(self, run: UUID, since: datetime) -> list[str]:
        """Return what is in the log of a run since then."""
        found: list[str] = []
        ask = partial(self._api.logs, run, order="newest", limit=PAGE)
        cursor: str | None = None
        while True:
            page = await insist(partial(ask, cursor=cursor))
            found += [entry.message for entry in page.items if entry.time >= since]
            cursor = page.next
            if cursor is None or page.items[-1].time < since:
                return found

    async def close(self) -> None:
        """Let go of logs; whoever goes on finds where they were."""
        for task in self._reading.values():
            task.cancel()
        await asyncio.gather(*self._reading.values(), return_exceptions=True)


def _warn_in_log(run: UUID, root: UUID, text: str) -> None:
    journal = emitter.current()
    line = LogLine(time=journal.micros(), level=logging.WARNING, logger=WORKER, message=text)
    journal.log(run, root, [line])


async def told_of_pods(api: Api, run: UUID) -> list[LoggedEvent]:
    """Return what the server knows of the pods of a run, the oldest first."""
    wanted = EventFilter(run=run, names=(own("kubernetes", "pod.*"),))
    found: list[LoggedEvent] = []
    cursor: str | None = None
    while True:
        page = await api.events(wanted, order="oldest", limit=EVENTS, cursor=cursor)
        found += page.items
        cursor = page.next
        if cursor is None:
            return found


def _say_failure(task: asyncio.Task[None]) -> None:
    if task.cancelled() or (problem := task.exception()) is None:
        return
    expected = isinstance(problem, PeninsulaError)
    _log.warning(
        "Cannot keep what a container prints: %s", problem, exc_info=None if expected else problem
    )
