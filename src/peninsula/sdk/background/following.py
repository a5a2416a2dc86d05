"""Follow background task runs: ask the server how they are, for as long as anybody waits."""

from __future__ import annotations

import asyncio
import logging
import os
import time
from threading import Event, Lock, Thread
from typing import Any, Final
from uuid import UUID

from peninsula.client.configuration import home_of
from peninsula.client.destination import destination
from peninsula.core.errors import MissingResultError, NotFoundError, PeninsulaError
from peninsula.core.runs import Run, RunKind
from peninsula.core.states import StateType
from peninsula.journal import emitter
from peninsula.journal.backoff import pause_after
from peninsula.sdk.results.result_store import StoredResult
from peninsula.sdk.results.storage_paths import name_for
from peninsula.sdk.running.futures import Future, finish
from peninsula.sdk.running.memory import UNNAMED, store_of
from peninsula.sdk.settings import settings
from peninsula.sdk.states import Deferred
from peninsula.sdk.told_states import ended_by, state_of

__all__ = ["NO_SERVER", "follow", "learn"]

FIRST: Final = 0.05
LONGEST: Final = 1.0
"""Seconds between two rounds of questions: few at first, as many a run is short."""

SHARE: Final = 10
"""A round that took long is followed by a pause this many times as long."""

NO_SERVER: Final = (
    "No server runs here, and without one nobody runs background tasks."
    ' Start it: "peninsula server start".'
)

_log = logging.getLogger("peninsula.background")


def follow(future: Future[Any]) -> None:
    """Have the future know how its run ends, some time. Cheap for one that is followed already."""
    _followed.add(future)


class _Followed:
    """The futures of this process whose runs are elsewhere, and the thread that asks for them."""

    def __init__(self) -> None:
        self._futures: dict[UUID, Future[Any]] = {}
        self._lock = Lock()
        self._new = Event()
        self._asks = False

    def add(self, future: Future[Any]) -> None:
        with self._lock:
            if future.task_run_id in self._futures:
                return
            self._futures[future.task_run_id] = future
            self._new.set()
            if self._asks:
                return
            self._asks = True
        Thread(target=self._run, name="peninsula-following", daemon=True).start()

    def _run(self) -> None:
        pause, failures = FIRST, 0
        while self._any_left():
            began = time.monotonic()
            try:
                asyncio.run(self._look())
                failures, least = 0, SHARE * (time.monotonic() - began)
            except PeninsulaError as problem:
                failures += 1
                least = pause_after(failures)
                if failures == 1:
                    _log.warning("%s Waiting for it.", problem.message)
            if self._new.wait(max(pause, least)):
                self._new.clear()
                pause = FIRST
            else:
                pause = min(1.5 * pause, LONGEST)

    def _any_left(self) -> bool:
        with self._lock:
            self._asks = bool(self._futures)
            return self._asks

    async def _look(self) -> None:
        from peninsula.client.api import open_api  # noqa: PLC0415  weight: httpx

        found = settings()
        if destination(found, home_of(found)) is None:
            raise NotFoundError(NO_SERVER)
        emitter.current().look_out()  # the server may be new, and who waits tells nothing
        async with open_api(found) as api:
            for id_, future in tuple(self._futures.items()):
                if future.done():
                    self._futures.pop(id_)  # it was cancelled here
                    continue
                try:
                    told = await api.run(id_, RunKind.TASK_RUN)
                except NotFoundError:
                    continue  # the journal has it, and the server has not yet
                if learn(future, told, await ended_by(api, told)):
                    self._futures.pop(id_)
                    finish(future)


_followed = _Followed()


def _forget_parents() -> None:
    # A forked child has no thread that asks; its futures are followed anew when they are asked.
    global _followed  # noqa: PLW0603  a process has one
    _followed = _Followed()


os.register_at_fork(after_in_child=_forget_parents)


# --- what was learnt ------------------------------------------------------------------------------


def learn(future: Future[Any], told: Run, event: UUID | None = None) -> bool:
    """Take over the state of the run; tell whether it is over.

    `event` is the one that tells of its failure.
    """
    run = future.task_run
    if run.over:
        return True  # an answer that was on its way longer than a later one
    run.run_count, run.start_time = told.attempts, told.started
    state = told.state
    data = _data(future, state.details) if state.type is StateType.COMPLETED else None
    run.state = state_of(told, data, event)
    return run.over


def _data(future: Future[Any], details: dict[str, Any]) -> Deferred:
    run = future.task_run
    if "result" not in details:
        return _NotKept(run.definition.titled)
    key = details.get("cache_key") or f"{UNNAMED}/{run.id}"
    return StoredResult(store_of(run), name_for(key))


class _NotKept(Deferred):
    """Stands for the result of a run that another process has had, and has not kept."""

    __slots__ = ("_titled",)

    def __init__(self, titled: str) -> None:
        self._titled = titled

    def read(self) -> Any:
        """Raise MissingResultError."""
        msg = (
            f"The {self._titled} ran in another process and its result was not kept."
            " Give the task persist_result=True."
        )
        raise MissingResultError(msg)
