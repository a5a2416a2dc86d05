"""Run what flows submit in processes of this machine."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable
from threading import Lock
from typing import TYPE_CHECKING, Any, Final

from peninsula.sdk.interrupting import signals
from peninsula.sdk.running.runners import ThreadPool, checked_workers

if TYPE_CHECKING:
    from peninsula.sdk.remote.dispatch import RemoteGate
    from peninsula.sdk.remote.worker_process import WorkerProcess
    from peninsula.sdk.runs import TaskRun

__all__ = ["ProcessPool", "ProcessPoolTaskRunner"]


class ProcessPoolTaskRunner:
    """Runs submitted tasks in processes, so that Python code of several runs at once.

    Arguments, results and exceptions are pickled. The program needs no `if __name__ ==
    "__main__"`: it is not imported again, what it defines is sent along.
    """

    def __init__(self, max_workers: int | None = None) -> None:
        """Take the most processes of one flow run, as many as there are processors if not given."""
        self.max_workers = (
            _processors() if max_workers is None else checked_workers(self, max_workers)
        )

    def open(self) -> ProcessPool:
        """Return a pool without processes; they start with work."""
        return ProcessPool(self.max_workers)

    def __repr__(self) -> str:
        return f"ProcessPoolTaskRunner(max_workers={self.max_workers})"


def _processors() -> int:
    # Those this process may use, which a container limits; macOS does not say.
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


PATIENCE: Final = 10.0
"""Seconds that a process has to send what it told, after its flow run is over."""


class ProcessPool:
    """Threads that each wait for one process at a time.

    Not those of concurrent.futures: when one of its processes is killed, all its work is lost; a
    program that lacks `if __name__ == "__main__"` runs again in each; and nobody can be told that
    a task is cancelled.
    """

    def __init__(self, most: int) -> None:
        from peninsula.sdk.remote.dispatch import Carrier  # noqa: PLC0415  weight: cloudpickle

        self._threads = ThreadPool(most)
        self._carrier = Carrier(self._carry)
        self._lock = Lock()
        self._idle: deque[WorkerProcess] = deque()
        self._busy: set[WorkerProcess] = set()
        self._closed = False

    def execute(self, work: Callable[[], Any]) -> None:
        """Have the work done when a process is free."""
        self._threads.execute(work)

    def drive(self, run: TaskRun) -> None:
        """Take a run to its end in a process."""
        self._carrier.drive(run)

    def is_here(self) -> bool:
        """Tell whether this thread is one that waits for a process."""
        return self._threads.is_here()

    def _carry(self, run: TaskRun, parcel: bytes, gate: RemoteGate) -> bytes:
        worker = self._take()
        try:
            answer = worker.run(run.id, parcel, gate)
        finally:
            self._busy.discard(worker)
        self._give_back(worker)
        return answer

    def _take(self) -> WorkerProcess:
        from peninsula.sdk.remote.worker_process import WorkerProcess  # noqa: PLC0415  weight: sockets

        found = None
        with self._lock:
            while self._idle and (found is None or not found.alive):
                found = self._idle.pop()
        worker = found if found is not None and found.alive else WorkerProcess()
        self._busy.add(worker)
        return worker

    def _give_back(self, worker: WorkerProcess) -> None:
        with self._lock:
            if not self._closed:
                self._idle.append(worker)
                return
        worker.dismiss()
        worker.wait(PATIENCE)

    def close(self) -> None:
        """Let the processes end that wait, and kill what was abandoned. Safe twice."""
        self._threads.close()
        with self._lock:
            self._closed = True
            idle, busy = list(self._idle), tuple(self._busy)
            self._idle.clear()
        for worker in busy:
            worker.kill()
        for worker in idle:
            worker.dismiss()
        if idle:
            signals.see_off(_await_end, idle)


def _await_end(workers: list[WorkerProcess]) -> None:
    for worker in workers:
        worker.wait(PATIENCE)
