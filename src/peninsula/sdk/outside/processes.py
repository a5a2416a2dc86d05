"""Have the calls of processes that a run begins seen as the run's."""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import cache, lru_cache, partial, wraps
from typing import Any, Final, NamedTuple
from uuid import UUID

from peninsula.sdk.outside.imports import once_imported
from peninsula.sdk.outside.threads import NOWHERE, Place, at, place_here
from peninsula.sdk.runs import FlowRun, Run, TaskRun, current_run, leave, within
from peninsula.sdk.telling import pickled

__all__ = ["Job", "Sent", "follow", "place_of"]

KNOWN: Final = 100
"""Runs of other processes that are known here at a time."""

_JOBS: Final = {
    "concurrent.futures.process": ("ProcessPoolExecutor", ("submit",)),
    "multiprocessing.pool": ("Pool", ("apply_async", "_map_async", "imap", "imap_unordered")),
}
"""By module: the class, and by which of its methods all others send a function."""

_PROCESSES: Final = "multiprocessing.process"


class Sent(NamedTuple):
    """A place as another process is told of it."""

    runs: tuple[str, ...]
    """Resources of the run and, if it is another, of the one at the top; none outside of runs."""
    call: UUID | None


Arrived = Callable[[Callable[..., Any], Sent], "Job"]
"""Makes a job of what was sent, in the process that it came to."""


@cache
def follow(arrived: Arrived) -> None:
    """Follow runs into processes that begin, and into what is sent to some, from now on."""
    once_imported(_PROCESSES, partial(_follow_into_processes, arrived))
    for module in _JOBS:
        once_imported(module, partial(_follow_into_jobs, module, arrived))


def _follow_into_processes(arrived: Arrived) -> None:
    process: Any = sys.modules[_PROCESSES].BaseProcess
    process.start = _of_start(process.start, arrived)


def _follow_into_jobs(module: str, arrived: Arrived) -> None:
    pool, methods = _JOBS[module]
    found: Any = getattr(sys.modules[module], pool)
    for method in methods:
        setattr(found, method, _of_method(getattr(found, method), arrived))


def _of_start(start: Callable[..., None], arrived: Arrived) -> Callable[..., None]:
    @wraps(start)
    def start_following(process: Any) -> None:
        place = place_here()
        if place is None or "run" in vars(process):
            start(process)
            return
        process.run = Job(process.run, place, arrived)
        try:
            start(process)  # a process that is not forked gets a pickle of it here
        finally:
            del process.run

    return start_following


def _of_method(send: Callable[..., Any], arrived: Arrived) -> Callable[..., Any]:
    @wraps(send)
    def send_following(pool: Any, /, *args: Any, **kwargs: Any) -> Any:
        # Its process may be that of another run, so what is of none is told as well.
        place = place_here() or NOWHERE
        if args:
            args = Job(args[0], place, arrived), *args[1:]
        elif "func" in kwargs:
            kwargs["func"] = Job(kwargs["func"], place, arrived)
        return send(pool, *args, **kwargs)

    return send_following


class Job:
    """A function to call as if at some place, wherever it is sent to."""

    __slots__ = ("_arrived", "_fn", "_place")

    def __init__(self, fn: Callable[..., Any], place: Place, arrived: Arrived) -> None:
        self._fn = fn
        self._place = place
        self._arrived = arrived

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Call it there."""
        try:
            return self._call(*args, **kwargs)
        except Exception as error:
            pickled.ready(error)
            raise

    def _call(self, *args: Any, **kwargs: Any) -> Any:
        inherited, run = current_run(), self._place.run
        if inherited is None or (run is not None and run.root.id == inherited.root.id):
            return at(self._place, self._fn, *args, **kwargs)
        token = within(None)  # the process was forked in a run that this is not of
        try:
            return at(self._place, self._fn, *args, **kwargs)
        finally:
            leave(token)

    def __reduce__(self) -> tuple[Arrived, tuple[Callable[..., Any], Sent]]:
        return self._arrived, (self._fn, _sent(self._place))


def _sent(place: Place) -> Sent:
    run, call = place
    runs = () if run is None else (run,) if run.root is run else (run, run.root)
    if call is not None:
        call.tell_late()  # what is called there follows it
    return Sent(tuple(each.resource for each in runs), None if call is None else call.id)


def place_of(sent: Sent) -> Place:
    """Return the place that is told of, with what stands for its run and its call here."""
    run = _standing_for(sent.runs) if sent.runs else None
    if sent.call is None:
        return Place(run, None)
    from peninsula.sdk.outside.call import Call  # noqa: PLC0415  weight: for processes with calls

    return Place(run, Call.elsewhere(sent.call, run))


@lru_cache(KNOWN)
def _standing_for(runs: tuple[str, ...]) -> Run:
    """Return a run as far as calls ask for it: it has an id, and one at the top."""
    resource, *top = runs
    kind = FlowRun if resource.startswith(FlowRun.prefix) else TaskRun
    id_ = UUID(resource.removeprefix(kind.prefix))
    definition: Any = None
    return kind(definition, id_, _standing_for(tuple(top)) if top else None, frozenset())
