"""Have the calls of threads that a run begins seen as the run's."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack
from contextvars import ContextVar
from functools import cache, partial, wraps
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from peninsula.client import own
from peninsula.journal.forking import OURS
from peninsula.sdk.outside.here import call_here, enter, innermost
from peninsula.sdk.outside.imports import once_imported
from peninsula.sdk.runs import Run, current_run

if TYPE_CHECKING:
    from peninsula.sdk.outside.call import Call

__all__ = ["NOWHERE", "Place", "accompany", "at", "follow", "place_here", "run_here"]

_EXECUTORS: Final = "concurrent.futures.thread"

_RUN: Final[ContextVar[Run | None]] = ContextVar("peninsula_run_of_thread", default=None)


def run_here() -> Run | None:
    """Return the run that is at work here; in a thread that it began itself, as long as it runs."""
    run = current_run()
    if run is None and (run := _RUN.get()) is not None and run.over:
        return None
    return run


@cache
def follow() -> None:
    """Follow runs into threads that begin, and into what is submitted to some, from now on."""
    threading.Thread.start = _of_start(threading.Thread.start)  # type: ignore[method-assign]
    once_imported(_EXECUTORS, _follow_into_executors)


def accompany(enters: Callable[[Run], AbstractContextManager[object]]) -> None:
    """Have this entered as well, for the run, around what its threads do."""
    _companions.append(enters)


_companions: Final[list[Callable[[Run], AbstractContextManager[object]]]] = []


def _follow_into_executors() -> None:
    executor: Any = sys.modules[_EXECUTORS].ThreadPoolExecutor
    executor.submit = _of_submit(executor.submit)


def _of_start(start: Callable[..., None]) -> Callable[..., None]:
    @wraps(start)
    def start_following(thread: threading.Thread) -> None:
        place = place_here()
        # Ours say themselves what they work for, and outlive runs.
        if place is not None and not thread.name.startswith(OURS):
            thread.run = partial(at, place, thread.run)  # type: ignore[method-assign]
        start(thread)

    return start_following


def _of_submit(submit: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(submit)
    def submit_following(executor: Any, fn: Any, /, *args: Any, **kwargs: Any) -> Any:
        # Its thread may be that of another run, so what is of none is told as well.
        return submit(executor, partial(at, place_here() or NOWHERE, fn), *args, **kwargs)

    return submit_following


# --- places --------------------------------------------------------------------------------------


class Place(NamedTuple):
    """Where something is called."""

    run: Run | None
    call: Call | None


NOWHERE: Final = Place(None, None)


def place_here() -> Place | None:
    """Return where this is called; None in no run, and of what is ours."""
    if own.is_traffic():
        return None
    run, call = run_here(), call_here()
    return None if run is None and call is None else Place(run, call)


def at(place: Place, fn: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    """Call it, in another thread or process, as if at that place."""
    run = place.run
    before, around = _RUN.set(run), innermost()
    enter(place.call)
    try:
        if run is None or not _companions:
            return fn(*args, **kwargs)
        with ExitStack() as stack:
            for companion in _companions:
                stack.enter_context(companion(run))
            return fn(*args, **kwargs)
    finally:
        enter(around)
        _RUN.reset(before)
