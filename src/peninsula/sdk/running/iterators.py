"""Be the generator that a call of a generator flow or task returns.

Its run begins with the first `next` and rests between two of them. What the consumer sends or
throws goes to the user's generator; closing it, as leaving a loop does, ends the run.
"""

from __future__ import annotations

import atexit
import os
from collections.abc import AsyncGenerator, Callable, Generator
from functools import partial
from typing import Any, Final

from peninsula.core.errors import RunCancelledError, RunTimeoutError
from peninsula.sdk.interrupting.gates import Interrupt
from peninsula.sdk.interrupting.interrupts import Shielded
from peninsula.sdk.running import engine, sync_driver
from peninsula.sdk.running.streams import Stream
from peninsula.sdk.runs import Run

__all__ = ["aiterate", "iterate"]


def iterate(begin: Callable[[], Run]) -> Generator[Any, Any, Any]:
    """Drive the run of a generator function from value to value."""
    with Shielded():
        run, stream = _begin(begin, _drive)
        if run.parent is None or run.parent.flow_run is None:
            _close_at_exit(run)
        sync_driver.drive(run)
    while stream.resting:
        with stream:
            stream.say("send", (yield stream.value))
        if stream.resting:
            stream.drive()
    return _conclude(run, stream)


async def aiterate(begin: Callable[[], Run]) -> AsyncGenerator[Any, Any]:
    """Drive the run of an async generator function from value to value."""
    from peninsula.sdk.running import async_driver  # noqa: PLC0415  weight: asyncio

    with Shielded():
        run, stream = _begin(begin, async_driver.drive)
    await async_driver.drive(run)
    while stream.resting:
        with stream:
            stream.say("send", (yield stream.value))
        if stream.resting:
            await stream.drive()
    _conclude(run, stream)


def _begin(begin: Callable[[], Run], drive: Callable[[Run], Any]) -> tuple[Run, Stream]:
    run = begin()
    stream = run.stream = Stream(partial(drive, run))
    return run, stream


_alone: Final[set[Run]] = set()
"""Runs of generators in no flow run, which would close them at its end."""
os.register_at_fork(after_in_child=_alone.clear)


def _close_at_exit(run: Run) -> None:
    _alone.add(run)
    # Again each time: the last to be registered is the first to be called, and the emitter, which
    # is to be told of it, may have been registered after the run before.
    atexit.unregister(_close_alone)
    atexit.register(_close_alone)


def _close_alone() -> None:
    for run in tuple(_alone):
        stream = run.stream
        if stream is not None and stream.resting:
            stream.say("close")
            stream.drive()


def _drive(run: Run) -> None:
    with Shielded():
        sync_driver.drive(run)


def _conclude(run: Run, stream: Stream) -> Any:
    _alone.discard(run)
    if stream.word == "close" and isinstance(run.error, _ORDERED):
        return None  # whoever closes it does not ask how it ended
    return engine.result_of(run, return_state=False)


_ORDERED: Final = (Interrupt, RunCancelledError, RunTimeoutError)
