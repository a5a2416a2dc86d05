"""Interrupt runs of functions whose time is up.

One thread watches all deadlines of the process: limits nest, threads other than the main one have
them too, and SIGALRM with its one timer stays the user's.
"""

from __future__ import annotations

import heapq
import os
import time
from itertools import count
from threading import Condition, Thread, get_ident
from typing import Final

from peninsula.sdk.interrupting.gates import place_of
from peninsula.sdk.interrupting.interrupts import interrupt
from peninsula.sdk.interrupting.orders import Order, give, timed_out
from peninsula.sdk.runs import Run

__all__ = ["Deadline"]


class Deadline:
    """The moment until which one attempt of a run may take."""

    def __init__(self, run: Run, seconds: float) -> None:
        """Begin to watch; `passed` ends it."""
        self._run: Run | None = run
        self._seconds = seconds
        self._thread = get_ident()
        self._fired: Order | None = None
        self._where = ""
        self._at = time.monotonic() + seconds
        _CLOCK.watch(self, self._at)

    def passed(self) -> Order | None:
        """Stop watching. Return the order that was given if the time was up, else None."""
        with _CLOCK.changed:
            # The clock has it until its time comes: it is not to keep what the run held.
            run, self._run = self._run, None
            _CLOCK.sweep()
            order = self._fired
        if order is None or run is None:
            return None
        run.order = None
        late = time.monotonic() - self._at
        if late < LATE:
            return order
        return timed_out(
            run,
            self._seconds,
            f"It could not be interrupted in {self._where}, and ended {late:.1f} s late.",
        )

    def rest(self) -> None:
        """Interrupt nobody until the run goes on: its generator rests, its gate is another's."""
        with _CLOCK.changed:
            if self._run is not None:
                self._run.gate = None

    @property
    def over(self) -> bool:
        """Whether nobody waits for it any more."""
        return self._run is None

    def fire(self) -> None:
        """Order the run to end and interrupt it. The clock calls it, holding its lock."""
        if self._run is None:
            return
        self._where = place_of(self._thread)
        self._fired = timed_out(self._run, self._seconds)
        give(self._run, self._fired)
        interrupt(self._run)


LATE: Final = 1.0
"""Seconds after which an ending that should have come at once is called late."""


class _Clock:
    """A thread that sleeps until the next deadline. It starts with the first one."""

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Forget all deadlines and the thread: a child after a fork has neither."""
        self.changed = Condition()
        self._heap: list[tuple[float, int, Deadline]] = []
        self._numbers = count()
        self._thread: Thread | None = None

    def watch(self, deadline: Deadline, at: float) -> None:
        with self.changed:
            heapq.heappush(self._heap, (at, next(self._numbers), deadline))
            if self._thread is None:
                self._thread = Thread(target=self._run, name="peninsula-deadlines", daemon=True)
                self._thread.start()
            elif self._heap[0][2] is deadline:
                self.changed.notify()

    def sweep(self) -> None:
        """Drop what is over and would be next. The caller holds the lock."""
        while self._heap and self._heap[0][2].over:
            heapq.heappop(self._heap)

    def _run(self) -> None:
        with self.changed:
            while True:
                self._fire_due()
                wait = self._heap[0][0] - time.monotonic() if self._heap else None
                self.changed.wait(wait)

    def _fire_due(self) -> None:
        while self._heap and self._heap[0][0] <= time.monotonic():
            heapq.heappop(self._heap)[2].fire()


_CLOCK: Final = _Clock()
os.register_at_fork(after_in_child=_CLOCK.reset)
