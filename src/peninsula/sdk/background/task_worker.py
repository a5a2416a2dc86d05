"""Serve background tasks: claim their runs from the server, and run them here."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
from collections.abc import Iterable
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

from msgspec import Raw

from peninsula.client.configuration import home_of
from peninsula.client.destination import destination
from peninsula.core import codec
from peninsula.core.claims import MOST_CLAIMS, Wanted
from peninsula.core.errors import InvalidError, UnavailableError
from peninsula.core.events import Event, Resource
from peninsula.core.resources import own
from peninsula.journal import emitter
from peninsula.launching.shift import Shift
from peninsula.sdk.background.claimed_runs import GRACE, ClaimedRun
from peninsula.sdk.background.cleanup import Cleanup
from peninsula.sdk.background.following import NO_SERVER
from peninsula.sdk.interrupting.orders import terminated
from peninsula.sdk.loops import in_loop
from peninsula.sdk.running.runners import ThreadPool
from peninsula.sdk.settings import settings
from peninsula.sdk.telling import logs, reports

if TYPE_CHECKING:
    from peninsula.sdk.tasks import Task

__all__ = ["TaskWorker", "serve"]

WAIT: Final = 30.0
"""Seconds that the server may hold a question for runs."""

LOOK: Final = 1.0
"""Seconds between looks for a server, where there is none."""

_log = logging.getLogger("peninsula.task_worker")


def serve(*tasks: Task[..., Any], limit: int = 10, timeout: float | None = None) -> None:
    """Run background task runs of these tasks in this process, until it is told to end.

    Ctrl-C or SIGTERM lets what runs here end, and takes no more; the second one ends it, too.

    Args:
        tasks: What is served. A worker finds the runs of a task by its name.
        limit: The most runs at once, each in a thread.
        timeout: Seconds after which to take no more runs; None is never.

    Raises:
        InvalidError: There is no task, two have one name, or an event loop runs here.
    """
    TaskWorker(*tasks, limit=limit).run(timeout)


class TaskWorker:
    """A process that serves background tasks."""

    def __init__(self, *tasks: Task[..., Any], limit: int = 10) -> None:
        """Take the tasks. Raises InvalidError for what cannot be served."""
        self._tasks = _by_name(tasks)
        if isinstance(limit, bool) or not 1 <= limit <= MOST_CLAIMS:
            msg = f"The task worker has limit={limit!r}. Give a number from 1 to {MOST_CLAIMS:,}."
            raise InvalidError(msg)
        self._limit = limit
        self._pool = ThreadPool(limit)
        self._claimed: dict[UUID, ClaimedRun] = {}
        self._cleanup = Cleanup(self._tasks)
        self._shift: Shift
        self._seen = 0
        """Stamp of the last answer: what it was given after that never reached it."""

    def run(self, timeout: float | None = None) -> None:
        """Serve until told to end, or for `timeout` seconds."""
        if in_loop():
            msg = "serve() goes on until it is told to end. Call it outside of event loops."
            raise InvalidError(msg)
        logs.install()
        self._tell("started")
        _log.info("Serving %s. Ctrl-C ends it.", ", ".join(sorted(self._tasks)))
        asyncio.run(self._serve(timeout))
        self._tell("stopped")
        self._pool.close()

    async def _serve(self, timeout: float | None) -> None:  # noqa: ASYNC109  of the service
        self._shift = Shift(_log)
        with self._shift.signals_to(self._stop):
            try:
                with suppress(TimeoutError):
                    async with asyncio.timeout(timeout):
                        await self._shift.take(self._claim, self._has_room)
            finally:
                await self._drain()

    def _has_room(self) -> bool:
        return len(self._claimed) < self._limit

    def _at_work(self) -> list[ClaimedRun]:
        """Return what is not over. What is, may have its thread still, and its room."""
        return [claimed for claimed in self._claimed.values() if not claimed.over]

    async def _drain(self) -> None:
        """Wait for what runs here; told again, for no longer than that may take to end."""
        await self._shift.until(lambda: not self._at_work() or self._shift.told > 1)
        with suppress(TimeoutError):
            async with asyncio.timeout(GRACE):
                await self._shift.until(lambda: not self._at_work())
        for claimed in self._at_work():
            _log.warning("%s could not be interrupted, and is left as it is.", claimed.task)
            claimed.forsake()

    def _stop(self, number: int) -> None:
        """Take no more runs; told again, end those that are here."""
        self._shift.end()
        if self._shift.told > 1:
            order = terminated(signal.Signals(number).name)
            for claimed in self._claimed.values():
                claimed.order(order.ending)
        elif at_work := self._at_work():
            names = ", ".join(sorted(claimed.task for claimed in at_work))
            _log.warning("It ends when its task runs end: %s. Told again, it ends them.", names)

    # --- claiming --------------------------------------------------------------------------------

    async def _claim(self) -> None:
        """Ask for as many runs as there is room for, and run what is given."""
        from peninsula.client.api import open_api  # noqa: PLC0415  weight: httpx

        found = settings()
        if destination(found, home_of(found)) is None:
            await asyncio.sleep(LOOK)
            raise UnavailableError(NO_SERVER)
        async with open_api(found) as api:
            await self._cleanup.remove(api)
            given = await api.claim_task_runs(
                Wanted(
                    emitter=emitter.current().id,
                    tasks=tuple(self._tasks),
                    limit=self._limit - len(self._claimed),
                    seen=self._seen,
                    wait=WAIT,
                )
            )
        emitter.current().observe(given.stamp)
        self._seen = given.stamp
        loop = asyncio.get_running_loop()
        for claim in given.claims:
            claimed = ClaimedRun(claim, self._tasks[claim.task], partial(self._notice, loop))
            self._claimed[claim.run] = claimed
            self._pool.execute(partial(self._do, claimed, loop))

    def _do(self, claimed: ClaimedRun, loop: asyncio.AbstractEventLoop) -> None:
        """Run it, in a thread of the pool."""
        try:
            claimed.run()
        except BaseException:  # noqa: BLE001  the thread is the pool's, and another run's next
            _log.exception("The task run %s could not be run.", claimed.id)
        finally:
            with suppress(RuntimeError):  # the worker is gone, without it
                loop.call_soon_threadsafe(self._end, claimed)

    def _end(self, claimed: ClaimedRun) -> None:
        del self._claimed[claimed.id]
        self._shift.notice()

    def _notice(self, loop: asyncio.AbstractEventLoop) -> None:
        with suppress(RuntimeError):  # the worker is gone
            loop.call_soon_threadsafe(self._shift.notice)

    # --- what it tells ---------------------------------------------------------------------------

    def _tell(self, what: str) -> None:
        """Tell of the worker. Its journal is then there to be found, however the process ends."""
        journal = emitter.current()
        name = f"{journal.process.host}:{os.getpid()}"
        payload = {"tasks": sorted(self._tasks), "limit": self._limit}
        journal.emit(
            Event(
                id=reports.new_id(),
                occurred=journal.now(),
                event=own("task-worker", what),
                resource=Resource(id=own("task-worker", journal.id), name=name),
                payload=Raw(codec.encode(payload)),
            )
        )


def _by_name(tasks: Iterable[Task[..., Any]]) -> dict[str, Task[..., Any]]:
    found: dict[str, Task[..., Any]] = {}
    for task in tasks:
        if getattr(task, "kind", None) != "task":
            msg = f"serve() got {task!r}. Give it tasks: functions with @task."
            raise InvalidError(msg)
        if found.setdefault(task.name, task) is not task:
            msg = f'serve() got two tasks of the name "{task.name}". Give one of them another name.'
            raise InvalidError(msg)
    if not found:
        msg = "serve() got no task. Give it the tasks to serve: serve(send_mail, resize)."
        raise InvalidError(msg)
    return found
