"""What the API answers about resources and the runs that touched them."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from peninsula.core.answers.base import Answer
from peninsula.core.answers.impact import DeploymentUse
from peninsula.core.answers.runs import HistoryBucket
from peninsula.core.runs import Run
from peninsula.core.states import StateType

__all__ = [
    "FlowUse",
    "Operation",
    "Rate",
    "ResourceDetail",
    "ResourceEntry",
    "ResourceHealth",
    "ResourceKinds",
    "TouchingRun",
]


class ResourceEntry(Answer, frozen=True, kw_only=True):
    """A row of the catalogue: something that events were about, or that they touched."""

    id: str
    kind: str
    system: str
    """Its parent: `s3://lake` for `s3://lake/raw/a.csv`; itself when it has none."""
    name: str | None
    labels: dict[str, str]
    first: datetime
    last: datetime
    events: int
    """That it is in; of a run, the newest are counted, up to 1,000."""


class ResourceDetail(ResourceEntry, frozen=True, kw_only=True):
    """A resource, with what became of the runs that touched it."""

    runs: dict[StateType, int]
    """Of the flow runs and task runs that touched it, by state."""
    partial: bool = False
    """They are only of the 20,000 that touched it last."""


class ResourceKinds(Answer, frozen=True, kw_only=True):
    """What kinds of resources the catalogue has."""

    kinds: tuple[str, ...]


class Operation(Answer, frozen=True, kw_only=True):
    """What a run did with a resource: an event that the resource is in."""

    id: UUID
    """Of the event."""
    event: str
    """Its name."""
    seconds: float | None
    """How long it took, where its payload has a number `seconds`."""
    error: str | None = None
    """What went wrong, where its payload has a text `error`."""


class TouchingRun(Answer, frozen=True, kw_only=True):
    """A run that touched a resource, and when."""

    run: Run
    first: datetime
    last: datetime
    events: int
    operation: Operation | None = None
    """The last one, of the run or below it; None where its event is no longer in the log."""
    root_name: str | None = None
    """Of the flow run at the top; None where that is the run itself."""


class Rate(Answer, frozen=True, kw_only=True):
    """How many runs that are over failed or crashed."""

    runs: int
    failures: int


class FlowUse(Answer, frozen=True, kw_only=True):
    """A flow whose runs touched a resource."""

    flow: str
    since: datetime
    """From when on its runs are compared: all of that time, or the newest 2,000 runs."""
    touched: Rate
    untouched: Rate
    """Its runs that never touched it."""
    last: datetime
    """When it was touched last, up to the end of the time."""


class ResourceHealth(Answer, frozen=True, kw_only=True):
    """How the flow runs at the top fared that touched a resource in a time, and those that did not.

    A run counts when it or one below it touched the resource for the last time in that time.
    """

    since: datetime
    until: datetime
    step: float
    """Seconds of one span."""
    reached: datetime
    """From when on runs that touched it were looked at; `since`, but where there were too many."""
    outcomes: tuple[HistoryBucket, ...]
    """States of those runs by that last time, oldest first; empty spans are left out."""
    touched: Rate
    untouched: Rate
    """Of the other runs of the same flows, as far as `flows` tells of them."""
    flows: tuple[FlowUse, ...]
    """Who uses it; the flow with most runs first, at most 50."""
    next: tuple[Run, ...]
    """Runs of those flows that are scheduled and have not begun, at any time; at most 20, the
    soonest first."""
    deployments: tuple[DeploymentUse, ...]
    """Those whose runs touched it; what runs next, first."""
    partial: bool
    """Only the newest runs or flows were looked at."""
