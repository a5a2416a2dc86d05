"""Count what is submitted, by task, and have it shown on the terminal while it lasts."""

from __future__ import annotations

import atexit
import io
import os
import sys
from threading import Event, RLock, Thread
from time import monotonic
from typing import TYPE_CHECKING, Any, Final

from peninsula.core.states import StateType
from peninsula.sdk.runs import Run
from peninsula.sdk.settings import settings

if TYPE_CHECKING:
    from peninsula.sdk.telling.bars import Bars

__all__ = ["Tally", "give_way", "settle", "submitted"]

PATIENCE: Final = 0.5
"""Seconds that work lasts before it is shown, and that its end is shown before it goes."""

PAUSE: Final = 0.125
"""Seconds between two drawings."""


class Tally:
    """How far the runs of one task are."""

    __slots__ = ("_lock", "begun", "failed", "name", "over", "skipped", "submitted")

    def __init__(self, name: str) -> None:
        self.name = name
        self.begun = monotonic()
        self.submitted = 0
        self.over = 0
        """However they ended."""
        self.failed = 0
        self.skipped = 0
        """Those that were cancelled, and those whose inputs did not complete."""
        self._lock = RLock()  # what handles a signal may end a run while its thread counts

    @property
    def open(self) -> int:
        """How many are to end."""
        return self.submitted - self.over

    def enter(self) -> None:
        """Count one more."""
        with self._lock:
            self.submitted += 1

    def leave(self, run: Run) -> None:
        """Count the run's end."""
        type_ = None if run.state is None else run.state.type
        with self._lock:
            self.over += 1
            if type_ is StateType.FAILED or type_ is StateType.CRASHED:
                self.failed += 1
            elif type_ is not StateType.COMPLETED:
                self.skipped += 1


class Burst:
    """Submitted work without a long rest in it, and the thread that shows it."""

    def __init__(self) -> None:
        self.tallies: dict[str, Tally] = {}
        self._over = Event()
        self._screen: Bars | None = None
        self._drawing = RLock()
        Thread(target=self._run, name="peninsula-progress", daemon=True).start()

    @property
    def rests(self) -> bool:
        """Whether nothing is to end."""
        return not any(tally.open for tally in tuple(self.tallies.values()))

    def enter(self, task: str) -> Tally:
        """Count one more run of a task."""
        tally = self.tallies.get(task)
        if tally is None:
            tally = self.tallies[task] = Tally(task)
        tally.enter()
        return tally

    def close(self) -> None:
        """Take from the terminal what was drawn. Safe twice."""
        self._over.set()
        with self._drawing:
            if self._screen is not None:
                self._screen.close()

    def forget(self) -> None:
        """Leave the terminal as it is: it is the parent process's."""
        if self._screen is not None:
            self._screen.forget()

    def _run(self) -> None:
        rested = 0.0
        while not self._over.wait(PAUSE):
            rested = rested + PAUSE if self.rests else 0.0
            if rested >= PATIENCE:
                _board.rest()
                continue
            now = monotonic()
            shown = [
                tally for tally in tuple(self.tallies.values()) if now - tally.begun >= PATIENCE
            ]
            if shown:
                self._draw(shown, now)

    def _draw(self, tallies: list[Tally], now: float) -> None:
        from peninsula.sdk.telling.bars import Bars  # noqa: PLC0415  weight: rich, for work that lasts

        with self._drawing:
            if self._over.is_set():
                return
            if self._screen is None:
                self._screen = Bars()
            if not self._screen.draw(tallies, now):
                self._over.set()
                self._screen.close()
                _board.hide()


class Board:
    """What this process shows: at most one burst of work."""

    def __init__(self) -> None:
        self._lock = RLock()
        self._burst: Burst | None = None
        self._judged: tuple[Any, bool] | None = None
        self._hidden = False

    def submitted(self, task: str) -> Tally | None:
        """Count a run of a task; None where nobody would see it."""
        if self._hidden or not self._is_seen():
            return None
        with self._lock:
            if self._burst is None:
                try:
                    self._burst = Burst()
                except RuntimeError:  # no more threads, or the interpreter is about to end
                    return None
            return self._burst.enter(task)

    def rest(self) -> None:
        """End the burst, if there is one and all its work is over."""
        with self._lock:
            burst = self._burst
            if burst is None or not burst.rests:
                return
            self._burst = None
        burst.close()

    def hide(self) -> None:
        """Show nothing from now on."""
        self._hidden = True

    def give_way(self) -> None:
        """Show nothing from now on, unless something is there already."""
        if self._burst is None:
            self._hidden = True

    def close(self) -> None:
        """Take from the terminal what is there, at the end of the process."""
        if self._burst is not None:
            self._burst.close()

    def forget(self) -> None:
        """Begin anew in a forked child: what its parent shows is its parent's."""
        burst, self._burst = self._burst, None
        self._lock = RLock()  # a thread that is not here may hold the old one
        if burst is not None:
            burst.forget()

    def _is_seen(self) -> bool:
        # Tests and notebooks replace stderr; to ask it each time would be a system call.
        stream = sys.stderr
        if self._judged is None or self._judged[0] is not stream:
            self._judged = stream, settings().progress and _can_be_drawn_on(stream)
        return self._judged[1]


def _can_be_drawn_on(stream: Any) -> bool:
    # What stands in for a stream has its own ways: rich's displays, notebooks, captures.
    if type(stream) is not io.TextIOWrapper or os.name != "posix":
        return False
    try:
        return stream.isatty() and os.environ.get("TERM", "dumb") != "dumb"
    except ValueError:  # it is closed
        return False


_board: Final = Board()
submitted = _board.submitted
settle = _board.rest
"""Clear the terminal at the end of a flow, unless others have work there."""
give_way = _board.give_way
"""Leave the terminal to another display, or to that of the process whose tasks run here."""
atexit.register(_board.close)
os.register_at_fork(after_in_child=_board.forget)
