"""Have runs of deployments begin: tell what scheduler and worker tell before, then run the flow."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from msgspec import Raw

from peninsula.core import codec
from peninsula.core.events import Event, Related, Resource
from peninsula.core.resources import own
from peninsula.core.runs import Birth, Origin, RunKind, StateChange, state_event
from peninsula.core.states import StateType
from peninsula.core.work import claimed_event
from peninsula.demo.deployed import Place
from peninsula.demo.leaps import now
from peninsula.journal import emitter
from peninsula.sdk.flows import Flow
from peninsula.sdk.interrupting.interrupts import Shielded
from peninsula.sdk.running import async_driver
from peninsula.sdk.running.invocation import Invocation, new_run
from peninsula.sdk.running.names import written_name
from peninsula.sdk.runs import FlowRun
from peninsula.sdk.telling import reports

__all__ = ["Booking", "run_booked", "tell_scheduled", "tell_taken"]


class Booking(NamedTuple):
    """A run that a schedule makes, before anybody has begun it."""

    run: UUID
    name: str
    place: Place

    @classmethod
    def of(cls, flow: Flow[..., Any], parameters: Mapping[str, Any], place: Place) -> Booking:
        """Book a run, by the name that it would give itself."""
        name = written_name(flow.run_name or flow.name, "flow_run_name", parameters, flow.name)
        return cls(reports.new_id(), name, place)

    def related(self) -> tuple[Related, ...]:
        """Return the deployment, as the events of scheduler and worker name it."""
        deployment = self.place.deployment
        return (
            Related(
                id=own("deployment", deployment.id), role="deployment", name=deployment.full_name
            ),
        )


def tell_scheduled(booking: Booking, parameters: Mapping[str, Any], expected: datetime) -> None:
    """Tell that it is to be, as the scheduler does."""
    deployment = booking.place.deployment
    born = Birth(
        name=booking.name,
        flow=deployment.flow,
        tags=deployment.tags,
        parameters=Raw(codec.encode(parameters)),
        expected=expected,
        version=deployment.version,
        code=deployment.entrypoint,
        deployment=deployment.id,
    )
    # It is in no process yet, so none that falls silent takes it along.
    change = StateChange(
        type=StateType.SCHEDULED, name="Scheduled", origin=Origin.OBSERVER, born=born
    )
    _tell(booking, change, booking.related())


def tell_taken(booking: Booking) -> None:
    """Tell that the worker of its pool has it, as the referee does."""
    worker, deployment = booking.place.worker, booking.place.deployment
    change = StateChange(
        type=StateType.PENDING,
        name="Pending",
        message=f'Worker "{worker.name}" has taken it.',
        origin=Origin.OBSERVER,
    )
    related = (
        Related(id=own("worker", worker.id), role="worker", name=worker.name),
        Related(
            id=own("work-pool", str(deployment.work_pool_id)), role="work-pool", name=worker.pool
        ),
    )
    _tell(booking, change, related, claimed_event(booking.run, 1))


def _tell(
    booking: Booking,
    change: StateChange,
    related: tuple[Related, ...],
    id_: UUID | None = None,
) -> None:
    event = Event(
        id=id_ or reports.new_id(),
        occurred=now(),
        event=state_event(RunKind.FLOW_RUN, change),
        resource=Resource(id=own(RunKind.FLOW_RUN.value, booking.run), name=booking.name),
        related=related,
        payload=Raw(codec.encode(change)),
    )
    emitter.current().emit_own(event, run=booking.run, root=booking.run)


async def run_booked(
    flow: Flow[..., Any], parameters: Mapping[str, Any], booking: Booking, expected: datetime
) -> bool:
    """Run it to its end, as the process that a worker starts for it; tell whether it Completed."""
    with Shielded():
        run = new_run(Invocation.of(flow, (), dict(parameters), None))
    assert isinstance(run, FlowRun)  # noqa: S101  it is of a flow
    run.rename(booking.run, booking.name, 1)
    run.told, run.expected = True, expected
    await async_driver.drive(run)
    return run.state is not None and run.state.is_completed()
