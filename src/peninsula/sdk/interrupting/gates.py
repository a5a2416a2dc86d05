"""Know of each thread whether it may be interrupted now.

A gate is open while its thread is in the user's code. Only there it is interrupted: an exception in
the middle of the engine or of an emit would lose what they were about to write. What comes at
another moment waits at the gate.
"""

from __future__ import annotations

import signal
import sys
import time
from contextlib import suppress
from pathlib import Path
from threading import main_thread
from typing import TYPE_CHECKING, Any, Final

from peninsula.sdk.interrupting.orders import order_over
from peninsula.sdk.runs import Run, current_run

if TYPE_CHECKING:
    from asyncio import AbstractEventLoop, Task

__all__ = ["MAIN", "Gate", "Interrupt", "TaskGate", "place_of"]


class Interrupt(BaseException):
    """Raised in the user's code to end its run. `except Exception` lets it by."""


class Gate:
    """Whether one thread may be interrupted now, and what waits until it may."""

    __slots__ = ("_open", "_waiting")

    def __init__(self) -> None:
        self._open = False
        self._waiting: type[BaseException] | None = None

    def open(self) -> None:
        """Enter the user's code. Raises what has waited."""
        self._open = True
        if self._waiting is not None:
            self._deliver()

    def shut(self) -> bool:
        """Leave the user's code; tell whether it was open."""
        was, self._open = self._open, False
        return was

    def restore(self, was: bool) -> None:  # noqa: FBT001  what `shut` told
        """Go back to where the thread was before `shut`."""
        if was:
            self.open()

    def land(self, error: BaseException) -> BaseException:
        """Take note that the user's code was left with an exception; return the one that counts."""
        self._open = False
        return error

    def sleep(self, seconds: float) -> None:
        """Wait, with the gate open, until the time is over or someone interrupts."""
        time.sleep(seconds)

    def interrupt(self) -> None:
        """End the user's code of this thread by an Interrupt, as soon as it may be."""
        raise NotImplementedError

    def tell_held(self) -> None:
        """Say where the code is whether what it begins is to wait: here, it finds that out."""

    @property
    def place(self) -> str:
        """Where the user's code is, for people."""
        raise NotImplementedError

    def _deliver(self) -> None:
        waiting, self._waiting = self._waiting, None
        if waiting is None or (waiting is Interrupt and not _is_ordered()):
            return
        self._open = False
        raise waiting


def _is_ordered() -> bool:
    # An interrupt may come late, when the run it was meant for is over.
    run = current_run()
    return run is not None and run.root.ordered and order_over(run) is not None


class MainGate(Gate):
    """The main thread's. Signal handlers run in it, between two bytecodes, so it needs no lock."""

    __slots__ = ()

    def interrupt(self) -> None:
        """Send SIGURG, which also ends a blocking system call; nobody minds one too many."""
        ident = main_thread().ident
        if ident is not None:
            signal.pthread_kill(ident, signal.SIGURG)

    @property
    def place(self) -> str:
        """Where the main thread is."""
        return place_of(main_thread().ident or 0)

    @property
    def is_open(self) -> bool:
        """Whether the main thread is in the user's code, below a run of functions."""
        return self._open

    def release(self) -> None:
        """Raise a Ctrl-C that waits although nobody will open the gate again."""
        waiting, self._waiting = self._waiting, None
        if waiting is KeyboardInterrupt:
            raise KeyboardInterrupt

    def strike(self, error: type[BaseException]) -> None:
        """Raise in the user's code, or at the next moment it goes on. For signal handlers."""
        self._waiting = error
        if self._open:
            self._deliver()


MAIN: Final = MainGate()


class TaskGate(Gate):
    """An asyncio task's: it is cancelled where it awaits."""

    __slots__ = ("_loop", "runs", "task")

    def __init__(self, loop: AbstractEventLoop, task: Task[Any]) -> None:
        super().__init__()
        self._loop = loop
        self.task = task
        self.runs: list[Run] = []
        """The runs that this task is in, the innermost last."""

    @property
    def place(self) -> str:
        """Where coroutines are as long as they wait."""
        return "an await"

    def interrupt(self) -> None:
        """Cancel the task from its own loop."""
        # A loop that is closed runs nothing that could be interrupted.
        with suppress(RuntimeError):
            self._loop.call_soon_threadsafe(self.strike)

    def strike(self) -> None:
        """Cancel the task, unless what was ordered to end did so meanwhile. In its loop only."""
        if any(order_over(run) for run in self.runs):
            self.task.cancel()


def place_of(ident: int) -> str:
    """Return where a thread is, for people: `fetch (etl.py:12)`."""
    frame = sys._current_frames().get(ident)  # noqa: SLF001  there is no public way
    if frame is None:
        return "a thread that is gone"
    code = frame.f_code
    return f"{code.co_name} ({Path(code.co_filename).name}:{frame.f_lineno})"
