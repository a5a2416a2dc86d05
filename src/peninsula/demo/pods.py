"""Tell of pods and their nodes what the worker for Kubernetes would have seen."""

from __future__ import annotations

from datetime import datetime
from random import Random
from typing import Any, Final
from uuid import UUID

from peninsula.demo.booked import Booking
from peninsula.demo.leaps import now
from peninsula.journal import emitter
from peninsula.workers.kubernetes.belonging import Belonging
from peninsula.workers.kubernetes.manifests import FLOW
from peninsula.workers.kubernetes.stories import Story, event_of

__all__ = ["CLUSTER", "NAMESPACE", "Pod"]

CLUSTER: Final = "kubernetes://prod-eu"
NAMESPACE: Final = "data"


class Pod:
    """The pod of one start of a run."""

    def __init__(self, name: str, booking: Booking, node: str) -> None:
        """Take its name, without a namespace, and that of its node."""
        self.node = node
        self._name = name
        self._booking = booking
        # Of the name: two histories of one seed are the same.
        self._uid = str(UUID(int=Random(name).getrandbits(128), version=4))  # noqa: S311  no secret
        deployment, worker = booking.place.deployment, booking.place.worker
        assert deployment.work_pool_id is not None  # noqa: S101  it has pods
        self._belonging = Belonging(
            run=booking.run,
            start=1,
            name=booking.name,
            pool=deployment.work_pool_id,
            pool_name=worker.pool,
            worker=worker.id,
            worker_name=worker.name,
            flow=deployment.flow,
            deployment=deployment.id,
        )
        self._image = deployment.job_variables["image"]
        self._limits = {"memory": deployment.job_variables["memory"]}

    @property
    def place(self) -> str:
        """Where it is, at the end of what is said of it."""
        return f"Pod {self._name} on node {self.node}."

    def tell(self, what: str, **payload: Any) -> UUID:
        """Tell something of it, and return the event."""
        return self._tell("Pod", self._name, what, self.node, payload)

    def tell_node(self, what: str, **payload: Any) -> UUID:
        """Tell something of its node."""
        return self._tell("Node", self.node, what, None, payload)

    def tell_started(self) -> None:
        """Tell that the container of the flow runs."""
        self.tell("started", container=FLOW, restart=0)

    def tell_end(self, began: datetime, *, completed: bool) -> None:
        """Tell that the process has ended by itself, and the pod with it."""
        if completed:
            self.tell_container_end("container-completed", began, exit_code=0, reason="Completed")
            self.tell("completed")
        else:
            self.tell_container_end("container-failed", began, exit_code=1, reason="Error")
            self.tell("failed", container=FLOW, exit_code=1)

    def tell_container_end(self, what: str, began: datetime, **payload: Any) -> UUID:
        """Tell how that container has ended."""
        return self.tell(
            what,
            container=FLOW,
            limits=self._limits,
            restart=0,
            started=began.isoformat(),
            **payload,
        )

    def _tell(self, kind: str, name: str, what: str, node: str | None, payload: Any) -> UUID:
        story = Story(
            what=what,
            kind=kind,
            name=name,
            uid=self._uid if kind == "Pod" else f"{self._uid}-{name}",
            namespace=NAMESPACE if kind == "Pod" else None,
            since=now(),
            at=now(),
            payload=payload,
            node=node,
            image=self._image if kind == "Pod" else None,
            belonging=self._belonging if kind == "Pod" else None,
        )
        event = event_of(story, CLUSTER, now())
        run = self._booking.run if kind == "Pod" else None
        emitter.current().emit(event, run=run, root=run)
        return event.id
