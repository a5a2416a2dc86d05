"""Tell of a run that is to begin later, as whoever keeps a schedule does."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from msgspec import Raw

from peninsula.core import codec
from peninsula.core.events import Event, Resource
from peninsula.core.resources import own
from peninsula.core.runs import Birth, Origin, RunKind, StateChange, state_event
from peninsula.core.states import StateType
from peninsula.journal import emitter
from peninsula.sdk.flows import Flow
from peninsula.sdk.telling import reports

__all__ = ["tell_planned"]


def tell_planned(flow: Flow[..., Any], name: str, day: str, expected: datetime) -> UUID:
    """Tell that a flow is to run for a day at that moment, and return the run's id."""
    run = reports.new_id()
    journal = emitter.current()
    change = StateChange(
        type=StateType.SCHEDULED,
        name="Scheduled",
        # It is in no process yet, so none that falls silent takes it along.
        origin=Origin.OBSERVER,
        born=Birth(
            name=name,
            flow=flow.name,
            parameters=Raw(codec.encode({"day": day})),
            expected=expected,
            version=flow.version,
        ),
    )
    event = Event(
        id=reports.new_id(),
        occurred=journal.now(),
        event=state_event(RunKind.FLOW_RUN, change),
        resource=Resource(id=own(RunKind.FLOW_RUN.value, run), name=name),
        payload=Raw(codec.encode(change)),
    )
    journal.emit_own(event, run=run, root=run)
    return run
