"""Decide which of many calls are told one by one."""

from __future__ import annotations

import os
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import TYPE_CHECKING, Final, NamedTuple

from peninsula.core.calls import CALL, Begun
from peninsula.journal import emitter
from peninsula.journal.ledger import Sample, Slot, Window
from peninsula.sdk.runs import Run

if TYPE_CHECKING:
    from peninsula.sdk.outside.call import Call

__all__ = ["Flood", "Floods", "floods_of", "this_process"]

FIRST: Final = 100
"""Calls of one method that are told one by one in a run; of failures as many of each error type."""

SPAN: Final = 600.0
"""Seconds after which calls outside of runs are told one by one again."""

MOST: Final = 1_000
"""Methods of systems and blocks that are known at a time, in one run."""


class Flood:
    """The calls of one method of one block or system, in one run."""

    __slots__ = ("_failures", "_slowest", "_told", "window")

    def __init__(self, of: Begun) -> None:
        self.window = Window(of)
        self._told = 0
        self._failures: dict[str, int] = {}
        self._slowest = 0

    def is_told(self, error_type: str | None, micros: int) -> bool:
        """Tell whether a call that ended so is told by itself, and take note of it if it is."""
        if error_type is None:
            if self._told >= FIRST:
                return False
            self._told += 1
        else:
            count = self._failures.get(error_type, 0)
            if count >= FIRST or (count == 0 and len(self._failures) >= FIRST):
                return False
            self._failures[error_type] = count + 1
        self._slowest = max(self._slowest, micros)
        return True

    def count(self, slot: Slot, sample: Sample, tell: Callable[[], None]) -> None:
        """Count a call that is not told, unless it is the slowest up to now or the newest failure.

        Those are told with the roll-up, by `tell`.
        """
        counted = emitter.current().ledger.count(slot, self.window, sample)
        if sample.failed:
            counted.notable["failure"] = tell
        if sample.micros > self._slowest:
            self._slowest = sample.micros
            counted.notable["slowest"] = tell


class Floods:
    """All calls of one run, or of none."""

    __slots__ = ("_known", "process")

    def __init__(self) -> None:
        self._known: OrderedDict[Hashable, Flood] = OrderedDict()
        self.process = _process

    def of(self, call: Call) -> Flood:
        """Return what is known of calls like this one."""
        target = call.target
        uses = target.related[0].id if target.related else ""
        key = call.type, call.method, target.about.id, uses
        flood = self._known.get(key)
        if flood is None:
            flood = self._known[key] = Flood(_alike(call))
            if len(self._known) > MOST:
                _, oldest = self._known.popitem(last=False)
                emitter.current().ledger.settle(oldest.window)
        return flood

    def settle(self) -> None:
        """Tell what was counted and not told: the run is over."""
        if self.process is not _process:
            return
        for flood in tuple(self._known.values()):
            if flood.window.tally is not None:
                emitter.current().ledger.settle(flood.window)


def _alike(call: Call) -> Begun:
    """Return what is said of all calls like this one."""
    run, target = call.run, call.target
    return Begun(
        run=None if run is None else run.id,
        root=None if run is None else run.root.id,
        name=f"{CALL}{call.type}.{call.method}",
        about=target.about,
        related=target.related,
        type=call.type,
        method=call.method,
    )


_process = object()
"""Stands for this process: what its parent counted is the parent's."""


def this_process() -> object:
    """Return what stands for this process: what came through a fork has another."""
    return _process


def floods_of(run: Run | None) -> Floods:
    """Return what the run has called up to now; of none, what is called outside of runs."""
    if run is None:
        return _floods_outside()
    if run.calls is None or run.calls.process is not _process:
        run.calls = Floods()
    return run.calls


class _Outside(NamedTuple):
    floods: Floods
    emitter: emitter.Emitter
    until: float


_outside: _Outside | None = None


def _floods_outside() -> Floods:
    # A notebook may live for weeks: there the first calls of each span are told.
    global _outside  # noqa: PLW0603  a process has one
    before, now, here = _outside, time.monotonic(), emitter.current()
    if before is not None and before.emitter is here and now < before.until:
        return before.floods
    _outside = _Outside(Floods(), here, now + SPAN)
    if before is not None:
        before.floods.settle()
    return _outside.floods


def _be_another_process() -> None:
    global _process  # noqa: PLW0603  a process is one
    _process = object()


os.register_at_fork(after_in_child=_be_another_process)
