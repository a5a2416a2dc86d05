"""Interrupt Python code at each place where a signal could, one place at a time."""

from __future__ import annotations

import dis
import gc
import os
import sys
from collections.abc import Callable, Iterator
from types import FrameType
from typing import Any

__all__ = ["interrupted_everywhere"]

MOST = 20_000
TESTS = f"{os.sep}tests{os.sep}"
"""Frames of tests are not interrupted."""


def interrupted_everywhere(
    prepare: Callable[[], Any],
    act: Callable[[Any], None],
    interrupt: Callable[[Any], None],
    *,
    start: int = 0,
    step: int = 1,
) -> Iterator[tuple[str, Any, bool]]:
    """Give (place, what was prepared, whether `act` returned) for every place, or each `step`th.

    The interpreter looks for signals where a function begins, after a call and when a loop jumps
    back, and nowhere else. So `act` is run once for each such place that it comes by, and there
    `interrupt` is called, as a signal handler would be: it may do things, and it may raise.
    """
    for place in range(start, MOST, step):
        prepared = prepare()
        tracer = _Tracer(place, lambda prepared=prepared: interrupt(prepared))
        try:
            tracer.run(lambda prepared=prepared: act(prepared))
            returned = True
        except KeyboardInterrupt:
            returned = False
        if not tracer.came_by:
            assert place > start, "There was nothing to interrupt."
            return
        yield f"{tracer.where} (place {place})", prepared, returned
    raise AssertionError(f"There are more than {MOST} places.")


class _Tracer:
    def __init__(self, place: int, interrupt: Callable[[], None]) -> None:
        self._left = place
        self._interrupt = interrupt
        self._before: dict[FrameType, str] = {}
        self.came_by = False
        self.where = ""

    def run(self, act: Callable[[], None]) -> None:
        # What the collector runs is interrupted too, but its exceptions are only printed.
        gc.disable()
        # Python 3.12 looks at this before it looks at the frames that are entered.
        sys._getframe().f_trace_opcodes = True
        sys.settrace(self._enter)
        try:
            act()
        finally:
            sys.settrace(None)
            gc.enable()

    def _enter(self, frame: FrameType, *_: Any) -> Any:
        if TESTS in frame.f_code.co_filename:
            return None
        frame.f_trace_opcodes = True
        frame.f_trace_lines = False
        self._before[frame] = "RESUME"
        return self._at

    def _at(self, frame: FrameType, event: str, _: Any) -> Any:
        if event == "opcode":
            before = self._before.get(frame, "")
            self._before[frame] = _NAMES[frame.f_code.co_code[frame.f_lasti]]
            if before.startswith(("CALL", "JUMP_BACKWARD", "RESUME")):
                self._come_by(frame)
        return self._at

    def _come_by(self, frame: FrameType) -> None:
        if self.came_by:
            return
        if self._left:
            self._left -= 1
            return
        self.came_by = True
        self.where = f"{frame.f_code.co_qualname} line {frame.f_lineno}"
        sys.settrace(None)
        self._interrupt()


_NAMES = dict(enumerate(dis.opname))
