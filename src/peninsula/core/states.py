"""What state a run is in, and which moves a referee allows.

Types and names follow Prefect 3 (docs.prefect.io, "States").
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from msgspec import Struct

__all__ = [
    "AWAITING_RETRY",
    "MOVES",
    "NAMES",
    "OPEN",
    "UNDER_WAY",
    "State",
    "StateType",
    "event_part",
    "may_move",
]


class StateType(StrEnum):
    """What kind of state it is; the name says more."""

    SCHEDULED = "SCHEDULED"
    PENDING = "PENDING"
    RUNNING = "RUNNING"
    COMPLETED = "COMPLETED"
    FAILED = "FAILED"
    CANCELLED = "CANCELLED"
    CRASHED = "CRASHED"
    PAUSED = "PAUSED"
    CANCELLING = "CANCELLING"

    # Enum's own hash is a Python function, and states are looked up all the time.
    __hash__ = str.__hash__

    @property
    def terminal(self) -> bool:
        """Whether nothing follows it within one attempt."""
        return self in TERMINAL


TERMINAL: Final = frozenset(
    {StateType.COMPLETED, StateType.FAILED, StateType.CANCELLED, StateType.CRASHED},
)

OPEN: Final = tuple(type_ for type_ in StateType if type_ not in TERMINAL)
"""Of a run that is not over."""

UNDER_WAY: Final = tuple(type_ for type_ in OPEN if type_ is not StateType.SCHEDULED)
"""Of a run that has begun and is not over; so is one that is `AWAITING_RETRY`."""

AWAITING_RETRY: Final = "AwaitingRetry"
"""Name of the state of a run that waits for its next attempt in its process."""

NAMES: Final[dict[str, StateType]] = {
    "Scheduled": StateType.SCHEDULED,
    "Late": StateType.SCHEDULED,
    "AwaitingRetry": StateType.SCHEDULED,
    "Pending": StateType.PENDING,
    "Submitting": StateType.PENDING,
    "Running": StateType.RUNNING,
    "Retrying": StateType.RUNNING,
    "Completed": StateType.COMPLETED,
    "Cached": StateType.COMPLETED,
    "RolledBack": StateType.COMPLETED,
    "Failed": StateType.FAILED,
    "TimedOut": StateType.FAILED,
    "NotReady": StateType.PENDING,
    "Cancelled": StateType.CANCELLED,
    "Crashed": StateType.CRASHED,
    "Paused": StateType.PAUSED,
    "Suspended": StateType.PAUSED,
    "Cancelling": StateType.CANCELLING,
}
"""The names the product gives, each with its type. Users may give others to any type."""

_EVENT_PARTS: Final = {
    "Late": "late",
    "AwaitingRetry": "awaiting-retry",
    "Retrying": "retrying",
    "Cached": "cached",
    "TimedOut": "timed-out",
    "NotReady": "not-ready",
    "Suspended": "suspended",
}

MOVES: Final[dict[StateType, frozenset[StateType]]] = {
    StateType.SCHEDULED: frozenset(
        {
            StateType.SCHEDULED,
            StateType.PENDING,
            StateType.RUNNING,
            StateType.PAUSED,
            StateType.CANCELLED,
            StateType.CANCELLING,
            StateType.CRASHED,
        },
    ),
    StateType.PENDING: frozenset(StateType) - {StateType.PENDING},
    StateType.RUNNING: frozenset(StateType) - {StateType.PENDING},
    StateType.PAUSED: frozenset(
        {
            StateType.SCHEDULED,
            StateType.RUNNING,
            StateType.CANCELLED,
            StateType.CANCELLING,
            StateType.FAILED,
            StateType.CRASHED,
        },
    ),
    StateType.CANCELLING: TERMINAL,
    StateType.COMPLETED: frozenset(),
    StateType.FAILED: frozenset({StateType.SCHEDULED}),
    StateType.CANCELLED: frozenset({StateType.SCHEDULED}),
    StateType.CRASHED: frozenset({StateType.SCHEDULED}),
}
"""Where a referee call may move a run from each type. Facts reported by an engine are not held to
it: they are settled by the fold (`core.fold`). A failed run is scheduled again by a retry, which
is a new start."""


class State(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One state of one run."""

    type: StateType
    name: str
    message: str | None = None
    timestamp: datetime
    details: dict[str, Any] = {}

    @property
    def terminal(self) -> bool:
        """Whether the run is over, as far as this attempt goes."""
        return self.type in TERMINAL

    @property
    def under_way(self) -> bool:
        """Whether the run has begun and is not over."""
        waits = self.type is StateType.SCHEDULED and self.name == AWAITING_RETRY
        return waits or self.type in UNDER_WAY


def may_move(before: StateType | None, after: StateType) -> bool:
    """Tell whether a referee may move a run from one type to the other; None is a new run."""
    return before is None or after in MOVES[before]


def event_part(type_: StateType, name: str) -> str:
    """Return the last part of the event's name: "retrying" for a known name, else by type."""
    return _EVENT_PARTS.get(name) or type_.value.lower()
