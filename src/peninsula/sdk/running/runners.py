"""Run what flows submit, on threads."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from itertools import count
from threading import Condition, Thread, local
from typing import TYPE_CHECKING, Any, Final, Protocol

from peninsula.core.errors import InvalidError

if TYPE_CHECKING:
    from peninsula.sdk.runs import TaskRun

__all__ = ["Pool", "TaskRunner", "ThreadPool", "ThreadPoolTaskRunner", "checked_workers"]

MOST_WORKERS: Final = 250
"""Threads of one flow run by default. Enough to wait for 250 answers at once; a map over 10,000
items would otherwise start as many threads, which costs more than it gives."""


class Pool(Protocol):
    """What runs the submitted work of one flow run."""

    def execute(self, work: Callable[[], Any]) -> None:
        """Have the work done as soon as there is room. Never waits."""

    def drive(self, run: TaskRun) -> None:
        """Take a run from Pending to its end, in a thread of the pool: here, or elsewhere."""

    def is_here(self) -> bool:
        """Tell whether this is called by work that the pool runs."""

    def close(self) -> None:
        """Take no more work; end what it was done in, with whatever still runs there."""


class TaskRunner(Protocol):
    """Opens a pool for each flow run that submits something."""

    def open(self) -> Pool:
        """Return a pool."""


class ThreadPoolTaskRunner:
    """Runs submitted tasks on threads of this process."""

    def __init__(self, max_workers: int | None = None) -> None:
        """Take the most threads of one flow run, 250 if not given."""
        self.max_workers = (
            MOST_WORKERS if max_workers is None else checked_workers(self, max_workers)
        )

    def open(self) -> ThreadPool:
        """Return a pool without threads; they start with work."""
        return ThreadPool(self.max_workers)

    def __repr__(self) -> str:
        return f"ThreadPoolTaskRunner(max_workers={self.max_workers})"


def checked_workers(runner: object, workers: object) -> int:
    """Return a number of workers. Raises InvalidError naming the runner."""
    if isinstance(workers, bool) or not isinstance(workers, int) or workers < 1:
        msg = f"{type(runner).__name__} has max_workers={workers!r}. Give a number from 1 on."
        raise InvalidError(msg)
    return workers


_HERE: Final = local()
_NUMBERS: Final = count(1)


class ThreadPool:
    """Daemon threads that live as long as their flow run.

    Not those of concurrent.futures: the interpreter waits for them at its exit, however long a
    task that cannot be interrupted takes.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._changed = Condition()
        self._waiting: deque[Callable[[], Any]] = deque()
        self._threads = 0
        self._idle = 0
        self._closed = False

    def execute(self, work: Callable[[], Any]) -> None:
        """Have the work done by an idle thread, by a new one, or when one is free."""
        with self._changed:
            if self._closed:
                return
            self._waiting.append(work)
            if self._idle >= len(self._waiting):
                self._changed.notify()
            elif self._threads < self._most:
                self._start()

    def _start(self) -> None:
        thread = Thread(target=self._run, name=f"peninsula-task-{next(_NUMBERS)}", daemon=True)
        try:
            thread.start()
        except RuntimeError:
            # The machine gives no more threads. Those that are there will do.
            if not self._threads:
                raise
            self._most = self._threads
            return
        self._threads += 1

    def _run(self) -> None:
        _HERE.pool = self
        while (work := self._next()) is not None:
            work()
            del work  # what it returned is not to live until the next one comes

    def _next(self) -> Callable[[], Any] | None:
        with self._changed:
            self._idle += 1
            while not self._waiting and not self._closed:
                self._changed.wait()
            self._idle -= 1
            return self._waiting.popleft() if self._waiting else None

    def drive(self, run: TaskRun) -> None:
        """Take a run to its end in this thread."""
        from peninsula.sdk.running import drivers  # noqa: PLC0415  weight: the engine, at the first submit

        drivers.drive(run)

    def is_here(self) -> bool:
        """Tell whether this thread is one of the pool's."""
        return getattr(_HERE, "pool", None) is self

    def close(self) -> None:
        """Let the threads end when nothing waits. Safe twice."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
