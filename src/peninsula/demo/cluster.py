"""Tell, as whoever watches a cluster does, of pods that are killed and of the runs in them."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from msgspec import Raw

from peninsula.core import codec
from peninsula.core.events import Event, Resource
from peninsula.core.resources import own
from peninsula.core.runs import Origin, StateChange, state_event
from peninsula.core.states import StateType
from peninsula.demo.leaps import now
from peninsula.demo.processes import LeftRun
from peninsula.demo.timetable import CLUSTER
from peninsula.journal import emitter
from peninsula.sdk.emit import emit_event
from peninsula.sdk.telling import reports

__all__ = ["EVICTED", "OOM_KILLED", "Death", "Way", "tell_death"]

PRESSURE_BEFORE: Final = timedelta(seconds=90)
"""How long before an eviction the node says that it has no room."""


@dataclass(frozen=True, kw_only=True)
class Way:
    """How a pod comes to its end."""

    event: str
    message: str
    """Of the states of the runs in it."""
    payload: dict[str, Any]
    node: str
    node_event: str | None = None
    """What the node tells before."""


OOM_KILLED: Final = Way(
    event="kubernetes.pod.oom-killed",
    message="The container was killed: it used more than its limit of 4 GiB (OOMKilled).",
    payload={"exit_code": 137, "reason": "OOMKilled", "limit": "4Gi"},
    node=f"{CLUSTER}/node/worker-3",
)
EVICTED: Final = Way(
    event="kubernetes.pod.evicted",
    message="The pod was evicted: its node was low on ephemeral storage.",
    payload={"reason": "Evicted", "message": "The node was low on resource: ephemeral-storage."},
    node=f"{CLUSTER}/node/worker-1",
    node_event="kubernetes.node.disk-pressure",
)


@dataclass(frozen=True, kw_only=True)
class Death:
    """The end of one pod."""

    pod: str
    at: datetime
    way: Way
    runs: Sequence[LeftRun]
    """What was running in it; the flow run is the first."""


async def tell_death(death: Death) -> None:
    """Tell of it when it comes: the node, the pod, then each run with what led to its end."""
    way, cause = death.way, None
    await asyncio.sleep((death.at - PRESSURE_BEFORE - now()).total_seconds())
    if way.node_event is not None:
        cause = emit_event(way.node_event, way.node).id
    await asyncio.sleep((death.at - now()).total_seconds())
    ended = emit_event(
        way.event,
        death.pod,
        related=[
            {"id": way.node, "role": "node"},
            *({"id": own(run.kind.value, run.id), "role": run.kind.value} for run in death.runs),
        ],
        payload=way.payload,
        follows=cause,
    )
    for run in reversed(death.runs):
        _tell_crash(run, way.message, ended.id)


def _tell_crash(run: LeftRun, message: str, follows: UUID) -> None:
    change = StateChange(
        type=StateType.CRASHED, name="Crashed", message=message, origin=Origin.OBSERVER
    )
    event = Event(
        id=reports.new_id(),
        occurred=now(),
        event=state_event(run.kind, change),
        resource=Resource(id=own(run.kind.value, run.id)),
        payload=Raw(codec.encode(change)),
        follows=follows,
    )
    emitter.current().emit_own(event, run=run.id, root=run.root)
