"""What a run is, and what its events say of it."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any, Final
from uuid import UUID

from msgspec import Meta, Raw, Struct

from peninsula.core.events import check_moment, check_text
from peninsula.core.resources import OWN
from peninsula.core.states import NAMES, State, StateType, event_part

__all__ = [
    "Birth",
    "EdgeKind",
    "Origin",
    "Run",
    "RunKind",
    "StateChange",
    "Upstream",
    "check_change",
    "is_state_event",
    "state_event",
]

Count = Annotated[int, Meta(ge=0, lt=1 << 30)]
StateKey = Annotated[bytes, Meta(min_length=41, max_length=41)]

NO_PARAMETERS: Final = Raw(b"{}")


class RunKind(StrEnum):
    """Flow run or task run; together they form a tree by parent."""

    FLOW_RUN = "flow-run"
    TASK_RUN = "task-run"


class Origin(StrEnum):
    """Who reports a state: what the engine saw of itself outranks what others saw of it."""

    ENGINE = "engine"
    OBSERVER = "observer"
    """Proof from outside: the worker saw the exit, the journal's lock is free, a referee ruled."""
    PRESUMED = "presumed"
    """No proof: the process has been silent for too long."""


class EdgeKind(StrEnum):
    """Why one run depends on another."""

    RESULT = "result"
    """It got the other's future or result as an argument."""
    WAIT = "wait"
    """It was told to wait for the other (`wait_for`)."""


class Upstream(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An edge: the run this one depends on, and the parameter it came in by."""

    run: UUID
    parameter: str | None = None
    kind: EdgeKind = EdgeKind.RESULT


class Birth(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a run is from its start on. Told once, with the first state.

    A run that was made by others than its process may be told of again by that, which knows what
    its name template makes of the parameters.
    """

    name: str
    flow: str | None = None
    """Name of the flow, of a flow run."""
    task: str | None = None
    """Name of the task, of a task run; a subflow's flow run has none."""
    key: str | None = None
    """What tells calls of one task in one flow run apart: `clean-0`, `clean-1`, …; inside of a
    submitted task run, whose key is before theirs, `load-3.clean-0`."""
    parent: UUID | None = None
    """The run it was called from."""
    root: UUID | None = None
    """The flow run at the top of its tree; None is itself."""
    tags: tuple[str, ...] = ()
    parameters: Raw = NO_PARAMETERS
    """JSON object of parameter summaries, secrets masked."""
    expected: datetime | None = None
    """When it was to start; None is at once."""
    retries: Count = 0
    version: str | None = None
    """Version of the flow or task."""
    code: str | None = None
    """Where the code is: `flows/etl.py:nightly`."""
    upstream: tuple[Upstream, ...] = ()
    deployment: UUID | None = None
    created: datetime | None = None
    """When the run was made; None is when this is told."""


class StateChange(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The payload of a run's state event."""

    type: StateType
    name: str
    message: str | None = None
    details: dict[str, Any] = {}
    start: Count = 1
    """Fencing number: which start of the run this is."""
    attempt: Count = 0
    """Which attempt within the start, from 0; a retry is the next one."""
    origin: Origin = Origin.ENGINE
    upon: StateKey | None = None
    """What a presumption and its taking back are about: the run's state key then (`core.fold`)."""
    born: Birth | None = None


class Run(Struct, frozen=True, kw_only=True):
    """A flow run or task run as the API answers it. Times are UTC."""

    id: UUID
    kind: RunKind
    name: str
    flow: str | None
    flow_id: UUID | None
    task: str | None
    key: str | None
    parent: UUID | None
    root: UUID
    tags: tuple[str, ...]
    parameters: Raw
    state: State
    created: datetime
    expected: datetime
    started: datetime | None
    ended: datetime | None
    attempts: int
    """The most attempts of one start: 0 before the first Running."""
    retries: int
    start: int
    version: str | None
    code: str | None
    deployment: UUID | None
    process: UUID | None
    """The emitter that reported it last: `peninsula.process.<uuid>`."""

    def span(self, now: datetime) -> tuple[datetime, datetime] | None:
        """Return from when until when it went on; until now where a process has it.

        None where nothing goes on: it has not begun, is to be started anew, or is suspended.
        """
        if self.started is None:
            return None
        if self.state.terminal:
            return self.started, self.ended or self.started
        in_process = self.process is not None and self.state.name != "Suspended"
        return (self.started, now) if in_process else None


def state_event(kind: RunKind, change: StateChange) -> str:
    """Return the name of the event that tells of a state."""
    return f"{OWN}{kind.value}.{event_part(change.type, change.name)}"


REAPPEARED: Final = "reappeared"
"""Last part of the event that takes a presumption back."""

_STATE_EVENTS: Final = frozenset(
    f"{OWN}{kind.value}.{part}"
    for kind in RunKind
    for part in {REAPPEARED, *(event_part(type_, name) for name, type_ in NAMES.items())}
)


def is_state_event(name: str) -> bool:
    """Tell whether the event's payload is a StateChange of the run that it is about."""
    return name in _STATE_EVENTS


def check_change(change: StateChange) -> None:
    """Refuse what no run can be called, and a start that no calendar reaches.

    Messages may say anything. Raises InvalidError or TooLargeError.
    """
    check_text("state name", change.name)
    if change.born is not None:
        _check_birth(change.born)


def _check_birth(born: Birth) -> None:
    names = {"flow": born.flow, "task": born.task, "key": born.key, "version": born.version}
    for what, text in {"name": born.name, **names, "code": born.code}.items():
        if text is not None:
            check_text(f"{what} of the run", text)
    for tag in born.tags:
        check_text("tag", tag)
    for upstream in born.upstream:
        if upstream.parameter is not None:
            check_text("parameter of an edge", upstream.parameter)
    if born.expected is not None:
        check_moment("expected", born.expected)
    if born.created is not None:
        check_moment("created", born.created)
