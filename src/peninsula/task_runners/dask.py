"""Run what flows submit on a Dask cluster: `pip install peninsula[dask]`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from importlib import import_module
from threading import Lock, Thread
from typing import Any, Final
from uuid import UUID

from peninsula.core.errors import InvalidError
from peninsula.core.life import Ending
from peninsula.sdk.extras import require
from peninsula.sdk.interrupting import signals
from peninsula.sdk.remote import execution
from peninsula.sdk.remote.dispatch import Carrier, LostError, RemoteGate
from peninsula.sdk.running.runners import ThreadPool
from peninsula.sdk.runs import TaskRun

__all__ = ["DaskTaskRunner"]

IN_FLIGHT: Final = 1_000
"""Task runs of one flow run that are on the cluster at a time; a thread here waits for each."""


class DaskTaskRunner:
    """Runs submitted tasks on the workers of a Dask cluster.

    Each flow run that submits something connects to the cluster, or starts one of its own: local
    processes, unless `cluster_class` says otherwise. Workers need Peninsula, what the tasks import,
    and elsewhere than on this machine, the settings `PENINSULA_API_URL` and `PENINSULA_API_KEY`.
    """

    def __init__(
        self,
        cluster: Any = None,
        address: str | None = None,
        cluster_class: str | Callable[..., Any] | None = None,
        cluster_kwargs: Mapping[str, Any] | None = None,
        adapt_kwargs: Mapping[str, Any] | None = None,
        client_kwargs: Mapping[str, Any] | None = None,
    ) -> None:
        """Take a cluster that is there, or its address, or how to make one.

        Args:
            cluster: A cluster object, which stays as it is after the run.
            address: Of a scheduler: `tcp://dask.internal:8786`.
            cluster_class: What makes a cluster, or its name, such as
                `dask_kubernetes.operator.KubeCluster`; `distributed.LocalCluster` by default.
            cluster_kwargs: What it is called with.
            adapt_kwargs: How the made cluster grows: `{"minimum": 1, "maximum": 10}`.
            client_kwargs: What `distributed.Client` is called with.

        Raises InvalidError for two of them that contradict each other.
        """
        require("distributed", "DaskTaskRunner", "dask")
        there = {"cluster": cluster, "address": address}
        made = {
            "cluster_class": cluster_class,
            "cluster_kwargs": cluster_kwargs,
            "adapt_kwargs": adapt_kwargs,
        }
        given = [name for name, value in {**there, **made}.items() if value is not None]
        if set(given) & set(there) and len(given) > 1:
            msg = f"DaskTaskRunner has {' and '.join(given)}. Give one cluster: to use, or to make."
            raise InvalidError(msg)
        self.cluster = cluster
        self.address = address
        self.cluster_class = cluster_class
        self.cluster_kwargs = dict(cluster_kwargs or {})
        self.adapt_kwargs = dict(adapt_kwargs or {})
        self.client_kwargs = dict(client_kwargs or {})

    def open(self) -> DaskPool:
        """Return a pool that connects when there is work."""
        return DaskPool(self)

    def make_cluster(self) -> Any:
        """Return a cluster of the flow run's own, None where one is there."""
        if self.cluster is not None or self.address is not None:
            return None
        import dask  # noqa: PLC0415  weight: a second

        made = self.cluster_class or "distributed.LocalCluster"
        if isinstance(made, str):
            module, _, name = made.rpartition(".")
            made = getattr(import_module(module), name)
        # A task whose worker dies has crashed. Whether it may run again is for its flow to say.
        with dask.config.set({"distributed.scheduler.allowed-failures": 0}):
            cluster = made(**self.cluster_kwargs)
        if self.adapt_kwargs:
            cluster.adapt(**self.adapt_kwargs)
        return cluster

    def __repr__(self) -> str:
        return f"DaskTaskRunner({self.address or self.cluster or self.cluster_class or ''})"


class DaskPool:
    """Threads that each wait for one task on the cluster at a time."""

    def __init__(self, runner: DaskTaskRunner) -> None:
        self._runner = runner
        self._threads = ThreadPool(IN_FLIGHT)
        self._carrier = Carrier(self._carry)
        self._lock = Lock()
        self._cluster: Any = None
        self._client: Any = None

    def execute(self, work: Callable[[], Any]) -> None:
        """Have the work done by a thread that is free."""
        self._threads.execute(work)

    def drive(self, run: TaskRun) -> None:
        """Take a run to its end on the cluster."""
        self._carrier.drive(run)

    def is_here(self) -> bool:
        """Tell whether this thread is one that waits for the cluster."""
        return self._threads.is_here()

    def _connected(self) -> Any:
        from distributed import Client  # noqa: PLC0415  weight: a second

        with self._lock:
            if self._client is None:
                self._cluster = self._cluster or self._runner.make_cluster()
                self._client = Client(  # type: ignore[no-untyped-call]  # it has no types
                    self._cluster or self._runner.cluster or self._runner.address,
                    set_as_default=False,
                    **self._runner.client_kwargs,
                )
            return self._client

    def _carry(self, run: TaskRun, parcel: bytes, gate: RemoteGate) -> bytes:
        from concurrent.futures import CancelledError  # noqa: PLC0415  with Dask's own weight

        from distributed import KilledWorker  # noqa: PLC0415  as above

        client = self._connected()
        future = client.submit(execution.receive, parcel, key=f"{run.name}-{run.id}", pure=False)
        gate.lead("a Dask worker", partial(self._order, future, run.id))
        try:
            answer: bytes = future.result()
        except KilledWorker as killed:
            worker = getattr(killed.last_worker, "address", killed.last_worker)
            msg = f"The Dask worker {worker} died in the middle of the task."
            raise LostError(msg) from None
        except CancelledError:
            msg = "The Dask cluster gave up the task, or is gone."
            raise LostError(msg) from None
        finally:
            future.release()
        return answer

    def _order(self, future: Any, run: UUID, ending: Ending) -> None:
        # Asking the cluster takes a while, and whoever orders goes on to order others.
        Thread(target=self._pass_on, args=(future, run, ending), daemon=True).start()

    def _pass_on(self, future: Any, run: UUID, ending: Ending) -> None:
        # `run` bypasses the queue, so it reaches a worker in the middle of the task.
        found = self._client.run(execution.order, run, ending, on_error="ignore")
        if not any(answer is True for answer in found.values()):
            future.cancel()

    def close(self) -> None:
        """Leave the cluster, and end one of its own with whatever still runs there. Safe twice."""
        self._threads.close()
        with self._lock:
            client, self._client = self._client, None
            cluster, self._cluster = self._cluster, None
        if client is not None:
            signals.see_off(_leave, client, cluster)


def _leave(client: Any, cluster: Any) -> None:
    client.close()
    if cluster is not None:
        cluster.close()
