"""Say in labels and annotations which flow run an object of Kubernetes is of, and read it there."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Self
from uuid import UUID

from msgspec import Struct

from peninsula.core.events import Related
from peninsula.core.resources import own
from peninsula.core.work import claimed_event
from peninsula.kube.cluster import Object

__all__ = ["POOL", "RUN", "START", "Belonging", "of_pool", "of_worker"]

RUN: Final = "peninsula/flow-run"
"""Label: id of the flow run."""
START: Final = "peninsula/start"
"""Label: which start of it."""
POOL: Final = "peninsula/work-pool"
"""Label: id of the work pool. What a worker looks for is chosen by it, at the server."""

_WORKER: Final = "peninsula/worker"
"""Label: id of the worker."""
_DEPLOYMENT: Final = "peninsula/deployment"
# Names are no labels: those have 63 characters of few kinds.
_RUN_NAME: Final = "peninsula/flow-run-name"
_POOL_NAME: Final = "peninsula/work-pool-name"
_WORKER_NAME: Final = "peninsula/worker-name"
_FLOW: Final = "peninsula/flow"
_FLOW_ID: Final = "peninsula/flow-id"


class Belonging(Struct, frozen=True, kw_only=True):
    """The flow run that an object is of, and by whom it was made."""

    run: UUID
    start: int
    name: str
    """Of the run."""
    pool: UUID
    pool_name: str
    worker: UUID
    worker_name: str
    flow: str | None = None
    flow_id: UUID | None = None
    deployment: UUID | None = None

    @classmethod
    def of(cls, thing: Object) -> Self | None:
        """Read what labels and annotations say; None where the object is of no run."""
        about = thing["metadata"]
        said: Mapping[str, str] = {
            **(about.get("annotations") or {}),
            **(about.get("labels") or {}),
        }
        try:
            return cls(
                run=UUID(said[RUN]),
                start=int(said[START]),
                name=said[_RUN_NAME],
                pool=UUID(said[POOL]),
                pool_name=said[_POOL_NAME],
                worker=UUID(said[_WORKER]),
                worker_name=said[_WORKER_NAME],
                flow=said.get(_FLOW),
                flow_id=UUID(said[_FLOW_ID]) if _FLOW_ID in said else None,
                deployment=UUID(said[_DEPLOYMENT]) if _DEPLOYMENT in said else None,
            )
        except (KeyError, ValueError):
            return None  # somebody else's, or edited since

    @property
    def claimed(self) -> UUID:
        """The event by which its start was claimed."""
        return claimed_event(self.run, self.start)

    @property
    def selector(self) -> str:
        """What chooses the objects of this start."""
        return f"{RUN}={self.run},{START}={self.start}"

    def labels(self) -> dict[str, str]:
        """Return what selectors may choose by."""
        found = {
            RUN: str(self.run),
            START: str(self.start),
            POOL: str(self.pool),
            _WORKER: str(self.worker),
        }
        if self.deployment is not None:
            found[_DEPLOYMENT] = str(self.deployment)
        return found

    def annotations(self) -> dict[str, str]:
        """Return what else is to be known of the run."""
        said = {
            _RUN_NAME: self.name,
            _POOL_NAME: self.pool_name,
            _WORKER_NAME: self.worker_name,
            _FLOW: self.flow,
            _FLOW_ID: None if self.flow_id is None else str(self.flow_id),
        }
        return {key: text for key, text in said.items() if text is not None}

    def related(self) -> tuple[Related, ...]:
        """Return who takes part in what happens to the object."""
        found = [
            Related(id=own("flow-run", self.run), role="flow-run", name=self.name),
            Related(id=own("work-pool", self.pool), role="work-pool", name=self.pool_name),
            Related(id=own("worker", self.worker), role="worker", name=self.worker_name),
        ]
        if self.flow_id is not None:
            found.append(Related(id=own("flow", self.flow_id), role="flow", name=self.flow))
        if self.deployment is not None:
            found.append(Related(id=own("deployment", self.deployment), role="deployment"))
        return tuple(found)


def of_pool(pool: UUID) -> str:
    """Return what chooses the objects of all runs of a work pool."""
    return f"{POOL}={pool}"


def of_worker(worker: UUID) -> str:
    """Return what chooses the objects that a worker has made."""
    return f"{_WORKER}={worker}"
