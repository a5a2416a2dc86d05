"""Tell, as whoever watches a cluster does, of pods that are killed and of the runs in them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from msgspec import Raw

from peninsula.core import codec
from peninsula.core.events import Event, Resource
from peninsula.core.resources import own
from peninsula.core.runs import Origin, StateChange, state_event
from peninsula.core.states import StateType
from peninsula.demo.leaps import now, until
from peninsula.demo.pods import Pod
from peninsula.demo.processes import LeftRun
from peninsula.demo.timetable import Start, announce
from peninsula.journal import emitter
from peninsula.sdk.telling import reports

__all__ = ["EVICTED", "OOM_KILLED", "Death", "Way", "tell_death"]

PRESSURE_BEFORE: Final = timedelta(seconds=90)
"""How long before an eviction the node says that it has no room."""


@dataclass(frozen=True, kw_only=True)
class Way:
    """How a pod comes to its end."""

    tell: Callable[[Pod, datetime], UUID]
    """Tells of the end of the pod, whose container began then; what the runs in it follow."""
    message: str
    """Of the states of the runs in it."""
    node_event: str | None = None
    """What the node tells before."""


def _tell_oom(pod: Pod, began: datetime) -> UUID:
    return pod.tell_container_end("oom-killed", began, exit_code=137, signal=9, reason="OOMKilled")


def _tell_eviction(pod: Pod, began: datetime) -> UUID:
    said = "The node was low on resource: ephemeral-storage."
    ended = pod.tell("evicted", reason="Evicted", message=said)
    pod.tell_container_end("container-failed", began, exit_code=137, reason="Error")
    return ended


OOM_KILLED: Final = Way(
    tell=_tell_oom,
    message="The container was killed for memory (OOMKilled): its limit is 4Gi.",
)
EVICTED: Final = Way(
    tell=_tell_eviction,
    message="The pod was evicted (Evicted). The node was low on resource: ephemeral-storage.",
    node_event="disk-pressure",
)


@dataclass(frozen=True, kw_only=True)
class Death:
    """The end of one pod."""

    start: Start
    at: datetime
    way: Way
    runs: Sequence[LeftRun]
    """What was running in it; the flow run is the first."""


async def tell_death(death: Death) -> None:
    """Tell of it from the beginning: the pod, its node, then each run with what led to its end."""
    start, way = death.start, death.way
    await announce(start)
    assert start.pod is not None  # noqa: S101  only what runs in pods is killed
    await until(death.at - PRESSURE_BEFORE)
    if way.node_event is not None:
        start.pod.tell_node(way.node_event, reason="KubeletHasDiskPressure")
    await until(death.at)
    ended = way.tell(start.pod, start.begins)
    for run in reversed(death.runs):
        _tell_crash(run, f"{way.message} {start.pod.place}", ended)


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
