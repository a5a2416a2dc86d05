"""Answer the signals of the main thread while a run is in it: Ctrl-C, SIGTERM, and our own.

A handler is replaced only where the process has none of its own, and only while a run is there.
"""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from contextlib import suppress
from threading import Thread, current_thread, main_thread
from types import FrameType
from typing import Any, Final

from peninsula.journal import emitter
from peninsula.sdk.interrupting.gates import MAIN, Interrupt, TaskGate
from peninsula.sdk.interrupting.orders import give, terminated
from peninsula.sdk.runs import Run

__all__ = ["farewells", "guard", "release", "renew", "see_off", "was_terminated"]

Handler = Callable[[int, FrameType | None], Any]

LEAVING: Final = 15.0
"""Seconds that a cluster gets to end with the process that began it."""

_roots: list[Run] = []
"""The runs of the main thread that no other run is around."""
_replaced: dict[int, Any] = {}
_terminated: list[int] = []
_ended_by: list[int] = []
"""The signal that the process has ended by, which the first one of a container outlives."""
_lost: list[bool] = []
"""That handlers are to be put back."""
_leaving: list[Thread] = []

farewells: Final[list[Callable[[], object]]] = []
"""Called before a signal ends the process, after the last run: no exit handler comes to it."""


def guard(root: Run) -> None:
    """Watch over the root of a tree from its start on, if it is in the main thread."""
    if current_thread() is not main_thread():
        return
    _roots.append(root)
    if len(_roots) == 1:
        for number, (untouched, handler) in _HANDLERS.items():
            if signal.getsignal(number) is untouched:
                _replaced[number] = signal.signal(number, handler)


def renew() -> None:
    """Have the main thread put its handlers back, where a library has put others below Python's.

    From any thread. Python sets a handler of the process only in the main thread, and so it is
    woken by the one signal that no library takes.
    """
    if _roots:
        _lost.append(True)
        signal.pthread_kill(main_thread().ident or 0, signal.SIGURG)


def was_terminated() -> bool:
    """Tell whether a signal was to end the process: nothing is to be waited for any more."""
    return bool(_ended_by)


def see_off(work: Callable[..., Any], *args: Any) -> None:
    """End what a flow run has begun elsewhere, in a thread.

    The program waits for it at its exit, also when a signal ends it; the flow's caller does not.
    """
    thread = Thread(target=work, args=args, name="peninsula-leaving")
    thread.start()
    _leaving[:] = [*filter(Thread.is_alive, _leaving), thread]


def release(root: Run) -> None:
    """Stop watching. After the last root, handlers are put back and what waited is passed on."""
    if root not in _roots:
        return
    _roots.remove(root)
    if not _roots:
        _put_back()
        if _terminated:
            _end_by(_terminated.pop())
        MAIN.release()


def _put_back() -> None:
    for number, before in _replaced.items():
        if signal.getsignal(number) is _HANDLERS[number][1]:
            signal.signal(number, before)
    _replaced.clear()


def _forget_parent() -> None:
    # A forked child is not in the parent's runs: a pool that terminates it must find it as it
    # would be without us.
    _roots.clear()
    farewells.clear()
    _put_back()


os.register_at_fork(after_in_child=_forget_parent)


def _end_by(number: int) -> None:
    # The default action ends the process on the spot, so no exit handler would send what is left.
    for farewell in farewells:
        with suppress(Exception):
            farewell()
    _ended_by.append(number)
    emitter.current().close()
    deadline = time.monotonic() + LEAVING
    while _leaving:
        _leaving.pop().join(max(0.0, deadline - time.monotonic()))
    os.kill(os.getpid(), number)


def _interrupt_from_keyboard(_number: int, _frame: FrameType | None) -> None:
    MAIN.strike(KeyboardInterrupt)


def _terminate(number: int, _frame: FrameType | None) -> None:
    _terminated.append(number)
    order = terminated(signal.Signals(number).name)
    for root in _roots:
        give(root, order)
    _interrupt_roots()


def _interrupt_roots() -> None:
    # A function in the middle of its work is interrupted there, also below a coroutine; coroutines
    # that wait are cancelled where they wait.
    waiting = [root.gate for root in _roots if isinstance(root.gate, TaskGate)]
    if MAIN.is_open or not waiting:
        MAIN.strike(Interrupt)
    for gate in waiting:
        gate.interrupt()


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    if not _lost:
        MAIN.strike(Interrupt)
        return
    _lost.clear()
    for number in _replaced:
        signal.signal(number, _HANDLERS[number][1])


_HANDLERS: Final[dict[int, tuple[Any, Handler]]] = {
    signal.SIGINT: (signal.default_int_handler, _interrupt_from_keyboard),
    signal.SIGTERM: (signal.SIG_DFL, _terminate),
    signal.SIGURG: (signal.SIG_DFL, _interrupt),
}
"""Each signal with the handler it must still have, and ours."""
