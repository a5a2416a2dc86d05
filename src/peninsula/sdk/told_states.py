"""Take over the state of a run that is elsewhere, as the server tells it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

from msgspec import structs

from peninsula.core.filters import EventFilter
from peninsula.core.resources import own
from peninsula.core.runs import Run, StateChange, state_event
from peninsula.core.states import StateType
from peninsula.sdk.states import State, get_state_exception
from peninsula.sdk.telling.causes import mark_run

if TYPE_CHECKING:
    from peninsula.client.api import Api

__all__ = ["ended_by", "state_of"]

_FAULTS: Final = frozenset({StateType.FAILED, StateType.CRASHED})


async def ended_by(api: Api, run: Run) -> UUID | None:
    """Return the event that tells of the failure of a run; None where it has not failed."""
    state = run.state
    if state.type not in _FAULTS:
        return None
    name = state_event(run.kind, StateChange(type=state.type, name=state.name))
    wanted = EventFilter(run=run.id, names=(name,), resources=(own(run.kind.value, run.id),))
    told = (await api.events(wanted)).items
    return next((event.id for event in told if event.occurred == state.timestamp), None)


def state_of(run: Run, data: Any, event: UUID | None) -> State:
    """Return the state of a run with its data.

    Where an event tells of its failure, it holds an exception that says so: what fails by that
    follows the event.
    """
    told = run.state
    state: State = State(
        type=told.type,
        name=told.name,
        message=told.message,
        timestamp=told.timestamp,
        details=told.details,
        data=data,
        run=run.id,
    )
    if event is None:
        return state
    error = get_state_exception(state)
    mark_run(error, event)
    return structs.replace(state, data=error)
