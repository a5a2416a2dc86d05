"""Run flows in processes that are killed in the middle of them, and see what they left."""

from __future__ import annotations

import asyncio
import os
import signal
from datetime import datetime
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import NamedTuple
from uuid import UUID

from peninsula.core import codec, resources
from peninsula.core.errors import PeninsulaError
from peninsula.core.home import Home
from peninsula.core.records import EventRecord
from peninsula.core.runs import RunKind, StateChange, is_state_event
from peninsula.core.settings import Settings
from peninsula.demo.leaps import LeapingLoop
from peninsula.demo.timetable import Start, play
from peninsula.journal import emitter
from peninsula.journal.adopt import abandoned, read_batches
from peninsula.journal.emitter import Emitter

__all__ = ["LeftRun", "left_behind", "run_until_killed"]


class LeftRun(NamedTuple):
    """A run that a process did not end."""

    id: UUID
    kind: RunKind
    root: UUID


def run_until_killed(start: Start, home: Path, until: datetime) -> None:
    """Run a flow in a child process whose journal lies in that home, and kill it at that moment.

    It is a fork, as another process would import everything again: no thread may run yet.
    """
    child = get_context("fork").Process(target=_run, args=(start, home, until))
    child.start()
    child.join()
    if child.exitcode != -signal.SIGKILL:
        msg = f"The flow {start.flow.name} ended by itself before it was to be killed."
        raise PeninsulaError(msg)


def _run(start: Start, home: Path, until: datetime) -> None:
    with asyncio.Runner(loop_factory=partial(LeapingLoop, start.begins)) as runner:
        loop = runner.get_loop()
        assert isinstance(loop, LeapingLoop)  # noqa: S101  the factory is above
        emitter.swap(Emitter(Settings(home=str(home)), clock=loop.nanoseconds))
        seconds = (until - start.begins).total_seconds()
        loop.call_later(seconds, os.kill, os.getpid(), signal.SIGKILL)
        runner.run(play(start))


def left_behind(home: Path) -> list[LeftRun]:
    """Return the runs that the processes of a home did not end; the flow run is the first."""
    left: dict[UUID, LeftRun] = {}
    for journal in abandoned(Home(home), None):
        for parcel in read_batches(journal):
            for record in map(codec.decode_record, parcel.bodies):
                if isinstance(record, EventRecord) and is_state_event(record.event.event):
                    _follow(left, record)
    return list(left.values())


def _follow(left: dict[UUID, LeftRun], record: EventRecord) -> None:
    named = resources.run_uuid(record.event.resource.id)
    if named is None or record.root is None:
        return
    id_ = UUID(named[1])
    if codec.decode(StateChange, record.event.payload).type.terminal:
        left.pop(id_, None)
    else:
        left[id_] = LeftRun(id_, RunKind(named[0]), record.root)
