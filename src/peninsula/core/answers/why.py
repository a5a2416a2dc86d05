"""What the API answers about why a run failed."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from peninsula.core.answers.base import Answer
from peninsula.core.answers.events import LoggedEvent
from peninsula.core.causes import Evidence, Occurrence, Strength
from peninsula.core.runs import Run, RunKind
from peninsula.core.states import StateType

__all__ = ["FailedRun", "Suspect", "Why"]


class Suspect(Answer, frozen=True, kw_only=True):
    """An event that may have led to the failure."""

    strength: Strength
    """`linked` is a fact; of a `coincident` one say "preceded by"."""
    evidence: tuple[Evidence, ...]
    """What makes it so sure."""
    event: LoggedEvent
    system: str
    """The system that its resource is in."""
    kind: str
    """Of its resource."""
    before: float
    """Seconds from it to the end of the run; negative for what happened before that was seen."""
    history: Occurrence
    """In how many of the flow's last runs an event of that name happened to that system."""
    dismissed: bool
    """Someone said that it is not the cause."""


class FailedRun(Answer, frozen=True, kw_only=True):
    """A run below that failed or crashed."""

    id: UUID
    kind: RunKind
    label: str
    """Name of its flow or task."""
    name: str
    state: StateType
    message: str | None
    error: str | None
    """Type of the exception."""
    ended: datetime | None
    led_by: LoggedEvent | None
    """The event outside that its failure follows in the end."""


class Why(Answer, frozen=True, kw_only=True):
    """Why a run failed, as far as the log tells. Empty for a run that did not."""

    run: Run
    failed: bool
    message: str | None
    error: str | None
    """Type of the exception."""
    chain: tuple[LoggedEvent, ...]
    """The run's last state event, the event it follows, the one that this follows, …"""
    names: dict[UUID, str]
    """Of the runs that the chain's events happened in or are about."""
    origin: FailedRun | None
    """The run below in which the failure began; None when that is the run itself."""
    cause: UUID | None
    """The suspect's event that is the probable cause; None: no cause outside of the code is known,
    and of suspects say no more than "preceded by"."""
    suspects: tuple[Suspect, ...]
    """The surest first; what preceded it only where it says that something was wrong or changed,
    or stands before failures more often than before successes."""
    below: tuple[FailedRun, ...]
    """At most 50, those that failed first. Where the failure follows nothing and is no exception,
    their links make suspects, too; else it may have tolerated them."""
    since: datetime
    until: datetime
    """The time before the failure in which events about the same resources were looked for."""
    reached: datetime
    """From then on all events of that time were looked at; `since`, but where there were more than
    50,000."""
    touched: int
    """Resources that the run touched and that were looked for, at most 20,000."""
    watched: dict[str, int]
    """Kinds of resources that events were about since `reached`, with their number: who would have
    told."""
    partial: bool
    """More that may have led to it was told, or touched, than was looked at."""
