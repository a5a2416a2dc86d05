"""What the API answers about what depends on a resource."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from peninsula.core.answers.base import Answer
from peninsula.core.runs import Run

__all__ = ["DeploymentUse", "Impact", "ImpactedRun"]


class ImpactedRun(Answer, frozen=True, kw_only=True):
    """A flow run that touched the resource."""

    run: Run
    touched: datetime
    """When it did, or a run below it, for the last time."""
    linked: bool
    """Its failure follows an event that the resource is in: it failed because of it."""


class DeploymentUse(Answer, frozen=True, kw_only=True):
    """A deployment whose runs touched the resource."""

    id: UUID
    name: str
    """Flow and deployment: `etl/nightly`."""
    touched: datetime
    """When one of its runs did, for the last time in the time asked about."""
    next: datetime | None
    """When its schedules have it run next."""
    paused: bool


class Impact(Answer, frozen=True, kw_only=True):
    """The flow runs that touched a resource, by what became of them; the last touched first.

    Those that no other run called, and that did so for the last time in the time asked about.
    """

    resource: str
    since: datetime
    until: datetime
    failed: tuple[ImpactedRun, ...]
    """Failed or crashed, for whatever reason."""
    passed: tuple[ImpactedRun, ...]
    """Completed."""
    other: tuple[ImpactedRun, ...]
    """Cancelled, or not over."""
    counts: tuple[int, int, int]
    """How many failed, passed, and neither: of each, so many are listed as were asked for."""
    linked: int
    """How many failed because of it, of the last `followed`, however many are listed."""
    followed: int
    """So many of those that failed, the last ones, were asked what they failed because of."""
    next: tuple[Run, ...]
    """Runs of the flows that touched it, scheduled and not begun; at most 20, the soonest first."""
    deployments: tuple[DeploymentUse, ...]
    """Those whose runs touched it; what runs next, first."""
    partial: bool
    """Only the last runs were looked at."""
