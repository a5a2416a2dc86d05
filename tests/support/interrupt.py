"""Interrupt Python code at each place where a signal could, one place at a time."""

from __future__ import annotations

import dis
import gc
import os
import sys
import threading
from collections.abc import Callable, Iterator
from functools import cache
from types import CodeType, FrameType
from typing import Any

__all__ = ["interrupted_everywhere"]

MOST = 20_000
TESTS = f"{os.sep}tests{os.sep}"
"""Frames of tests are not interrupted."""

MAIN = threading.main_thread()

if sys.version_info >= (3, 12):
    TOOL = sys.monitoring.DEBUGGER_ID
    INSTRUCTION = sys.monitoring.events.INSTRUCTION


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


def _is_place(code: CodeType, before: int | None, offset: int) -> bool:
    if before is None:
        return True
    if not dis.opname[code.co_code[before]].startswith(("CALL", "JUMP_BACKWARD", "RESUME")):
        return False
    # A signal's exception comes out of the instruction before, ours out of this one. They must be
    # in the same block, or a lock would seem to stay taken where none does.
    return _handler(code, before) == _handler(code, offset)


@cache
def _handler(code: CodeType, offset: int) -> int | None:
    entries = dis._parse_exception_table(code)  # type: ignore[attr-defined]
    return next((e.target for e in entries if e.start <= offset < e.end), None)


class _Tracer:
    """Watches every instruction of the code under test, until the place is reached."""

    def __init__(self, place: int, interrupt: Callable[[], None]) -> None:
        self._left = place
        self._interrupt = interrupt
        self._before: dict[FrameType, int] = {}
        self.came_by = False
        self.where = ""

    def run(self, act: Callable[[], None]) -> None:
        # What the collector runs is interrupted too, but its exceptions are only printed.
        gc.disable()
        self._watch()
        try:
            act()
        finally:
            self._unwatch()
            gc.enable()

    def _at(self, frame: FrameType, offset: int) -> None:
        """Note that an instruction comes next; interrupt after the one before, if it is time."""
        before = self._before.get(frame)
        self._before[frame] = offset
        if self.came_by or not _is_place(frame.f_code, before, offset):
            return
        if self._left:
            self._left -= 1
            return
        self.came_by = True
        self.where = f"{frame.f_code.co_qualname} line {frame.f_lineno}"
        self._unwatch()
        self._interrupt()

    if sys.version_info >= (3, 12):

        def _watch(self) -> None:
            sys.monitoring.use_tool_id(TOOL, "peninsula-tests")
            sys.monitoring.register_callback(TOOL, INSTRUCTION, self._instruction)
            sys.monitoring.set_events(TOOL, INSTRUCTION)

        def _unwatch(self) -> None:
            if sys.monitoring.get_tool(TOOL) is not None:
                sys.monitoring.set_events(TOOL, 0)
                sys.monitoring.register_callback(TOOL, INSTRUCTION, None)
                sys.monitoring.free_tool_id(TOOL)

        def _instruction(self, code: CodeType, offset: int) -> Any:
            if TESTS in code.co_filename or threading.current_thread() is not MAIN:
                return None
            return self._at(sys._getframe(1), offset)

    else:

        def _watch(self) -> None:
            sys.settrace(self._enter)

        def _unwatch(self) -> None:
            sys.settrace(None)

        def _enter(self, frame: FrameType, *_: Any) -> Any:
            if TESTS in frame.f_code.co_filename:
                return None
            frame.f_trace_opcodes = True
            frame.f_trace_lines = False
            return self._opcode

        def _opcode(self, frame: FrameType, event: str, _: Any) -> Any:
            if event == "opcode":
                self._at(frame, frame.f_lasti)
            return self._opcode
