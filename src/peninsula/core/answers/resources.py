"""What the API answers about resources and the runs that touched them."""

from __future__ import annotations

from datetime import datetime

from peninsula.core.answers.base import Answer
from peninsula.core.runs import Run
from peninsula.core.states import StateType

__all__ = [
    "ResourceDetail",
    "ResourceEntry",
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
    """Of the newest 1,000 flow runs and task runs that touched it, by state."""


class TouchingRun(Answer, frozen=True, kw_only=True):
    """A run that touched a resource, and when."""

    run: Run
    first: datetime
    last: datetime
    events: int
