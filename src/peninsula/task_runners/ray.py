"""Run what flows submit on a Ray cluster: `pip install peninsula[ray]`."""

from __future__ import annotations

import signal
from collections.abc import Callable, Mapping
from functools import partial
from threading import Lock, current_thread, main_thread
from typing import Any, Final

from peninsula.core.errors import InvalidError
from peninsula.core.life import Ending
from peninsula.core.states import StateType
from peninsula.sdk.extras import require
from peninsula.sdk.interrupting import signals
from peninsula.sdk.remote import child_processes, execution
from peninsula.sdk.remote.dispatch import Carrier, LostError, RemoteGate
from peninsula.sdk.running.runners import ThreadPool
from peninsula.sdk.runs import TaskRun

__all__ = ["RayTaskRunner"]

SHUTDOWN: Final = 3.0
"""Seconds that what Ray has started gets to end with it; agents may miss the end of their node."""

IN_FLIGHT: Final = 1_000
"""Task runs of one flow run that are on the cluster at a time; a thread here waits for each."""


class RayTaskRunner:
    """Runs submitted tasks on Ray.

    A program that has called `ray.init` keeps its connection. Else the first flow run that submits
    something connects, or starts Ray on this machine, and the last one that is over shuts it down.
    Nodes need Peninsula, what the tasks import, and elsewhere than on this machine, the settings
    `PENINSULA_API_URL` and `PENINSULA_API_KEY`.
    """

    def __init__(
        self, address: str | None = None, init_kwargs: Mapping[str, Any] | None = None
    ) -> None:
        """Take the address of a cluster, `ray://head:10001`, and what `ray.init` is called with.

        Raises InvalidError for an address that is given twice.
        """
        require("ray", "RayTaskRunner", "ray")
        self.address = address
        self.init_kwargs = dict(init_kwargs or {})
        if address is not None and "address" in self.init_kwargs:
            msg = "RayTaskRunner has address, and address in init_kwargs. Give it once."
            raise InvalidError(msg)

    def open(self) -> RayPool:
        """Return a pool that connects when there is work."""
        return RayPool(self)

    def __repr__(self) -> str:
        return f"RayTaskRunner(address={self.address!r})"


class RayPool:
    """Threads that each wait for one task on Ray at a time."""

    def __init__(self, runner: RayTaskRunner) -> None:
        self._runner = runner
        self._threads = ThreadPool(IN_FLIGHT)
        self._carrier = Carrier(self._carry)
        self._lock = Lock()
        self._receive: Any = None
        self._away: set[Any] = set()

    def execute(self, work: Callable[[], Any]) -> None:
        """Have the work done by a thread that is free."""
        self._threads.execute(work)

    def drive(self, run: TaskRun) -> None:
        """Take a run to its end on Ray."""
        self._carrier.drive(run)

    def is_here(self) -> bool:
        """Tell whether this thread is one that waits for Ray."""
        return self._threads.is_here()

    def _connected(self) -> Any:
        import ray  # noqa: PLC0415  weight: a second

        with self._lock:
            if self._receive is None:
                _CONNECTION.join(self._runner)
                # A task whose worker dies has crashed. Whether it may run again is for its flow to
                # say.
                self._receive = ray.remote(max_retries=0)(_receive)
            return self._receive

    def _carry(self, run: TaskRun, parcel: bytes, gate: RemoteGate) -> bytes:
        import ray  # noqa: PLC0415  as above

        reference = self._connected().options(name=run.name).remote(parcel)
        self._away.add(reference)
        gate.lead("a Ray worker", partial(_order, reference))
        try:
            answer: bytes = ray.get(reference)
        except ray.exceptions.TaskCancelledError:
            msg = "Ray took the task back."
            raise LostError(msg) from None
        except (ray.exceptions.WorkerCrashedError, ray.exceptions.NodeDiedError):
            msg = "The Ray worker died in the middle of the task."
            raise LostError(msg) from None
        finally:
            self._away.discard(reference)
        return answer

    def close(self) -> None:
        """Leave Ray, and kill the workers of what still runs there. Safe twice."""
        self._threads.close()
        with self._lock:
            receive, self._receive = self._receive, None
        if receive is not None:
            signals.see_off(_CONNECTION.leave, tuple(self._away))


class _Connection:
    """Ray of this process, which has one, for all flow runs that use it."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._users = 0
        self._ours = False
        self._guard: child_processes.Guard | None = None

    def join(self, runner: RayTaskRunner) -> None:
        import ray  # noqa: PLC0415  as above

        with self._lock:
            if not ray.is_initialized():
                ray.init(**({"address": runner.address} | runner.init_kwargs))
                self._ours = True
                if started := child_processes.below("raylet"):
                    self._guard = child_processes.Guard(started, SHUTDOWN)
                signals.renew()  # Ray aborts a program that gets a SIGTERM
            self._users += 1

    def leave(self, left: tuple[Any, ...]) -> None:
        import ray  # noqa: PLC0415  as above

        with self._lock:
            for reference in left:
                ray.cancel(reference, force=True)
            self._users -= 1
            if self._ours and not self._users:
                self._ours = False
                started = child_processes.below("raylet")
                ray.shutdown()
                child_processes.end(started, SHUTDOWN)
                if self._guard is not None:
                    self._guard.release()
                    self._guard = None


_CONNECTION: Final = _Connection()


def _order(reference: Any, _: Ending) -> None:
    import ray  # noqa: PLC0415  as above

    ray.cancel(reference, recursive=False)


# --- in the worker --------------------------------------------------------------------------------


def _receive(parcel: bytes) -> bytes:
    if current_thread() is not main_thread():
        return execution.receive(parcel)
    before = signal.getsignal(signal.SIGINT)
    try:
        return execution.receive(parcel, _listen)
    finally:
        signal.signal(signal.SIGINT, before)


_TAKEN_BACK: Final = Ending(
    type=StateType.CANCELLED,
    name="Cancelled",
    message="The flow run that it belongs to ended before it, or was cancelled.",
)


def _listen(received: execution.ReceivedRun) -> None:
    """Take Ray's way to end a task, a SIGINT, as an order; there is no other way to a worker."""
    signal.signal(signal.SIGINT, lambda *_: received.order(_TAKEN_BACK))
