"""What a deployment is: a flow that others than its program start, and how they do."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any, Final
from uuid import UUID

from msgspec import UNSET, Meta, Raw, Struct, UnsetType

from peninsula.core import limits
from peninsula.core.pull_steps import MOST_STEPS, PullStep
from peninsula.core.runs import Upstream
from peninsula.core.schedules import Catchup, Rule, Schedule
from peninsula.core.work import MOST_JOBS

__all__ = [
    "MOST_BACKFILLED",
    "PRIORITY",
    "Backfill",
    "Backfilled",
    "ChangedSchedule",
    "Collision",
    "Deployment",
    "NextRun",
    "ServeWanted",
    "Submission",
    "WantedDeployment",
    "WantedRun",
    "WantedSchedule",
    "full_name",
]

EMPTY: Final = Raw(b"{}")
NO_STEPS: Final = Raw(b"[]")

MOST_SERVED: Final = 200
MOST_TAGS: Final = 50
MOST_SCHEDULES: Final = 100

MOST_BACKFILLED: Final = 1_000
"""Runs that one backfill makes."""

Name = Annotated[str, Meta(min_length=1, max_length=limits.NAME_CHARS)]
Jitter = Annotated[float, Meta(ge=0, le=86_400)]
Priority = Annotated[int, Meta(ge=-1000, le=1000)]

PRIORITY: Final = 0
"""Of runs of which nobody says another. Smaller ones go first, within a queue."""


class Collision(StrEnum):
    """What becomes of a run that is due while its deployment's limit is reached."""

    ENQUEUE = "ENQUEUE"
    """It waits."""
    CANCEL_NEW = "CANCEL_NEW"
    """It is cancelled, unless it is started again, or of a backfill or a catch-up: that waits."""


class Deployment(Struct, frozen=True, kw_only=True):
    """A flow that can be run by its name, at any time and by schedules."""

    id: UUID
    flow: str
    name: str
    version: str | None
    description: str | None
    tags: tuple[str, ...]
    entrypoint: str | None
    """Where the flow is: `flows/etl.py:nightly` or `package.module:nightly`."""
    path: str | None
    """The folder that the entrypoint is looked for in."""
    pull_steps: tuple[PullStep, ...]
    """What brings the code to where it runs."""
    parameters: dict[str, Any]
    """What runs get that say nothing else."""
    parameter_schema: dict[str, Any]
    """JSON schema that parameters are checked by."""
    enforce_parameter_schema: bool
    work_pool: str | None
    """Its name. None: the process that serves it runs it."""
    work_pool_id: UUID | None
    work_queue: str | None
    job_variables: dict[str, Any]
    paused: bool
    concurrency_limit: int | None
    """The most runs of it at a time."""
    collision_strategy: Collision
    schedules: tuple[Schedule, ...]
    created: datetime
    updated: datetime

    @property
    def full_name(self) -> str:
        """How people call it: `etl/nightly`."""
        return full_name(self.flow, self.name)


class WantedSchedule(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A schedule as it is to be."""

    rule: Rule
    timezone: Name = "UTC"
    active: bool = True
    parameters: dict[str, Any] = {}
    catchup: Catchup = Catchup.NONE
    jitter: Jitter = 0.0
    slug: Name | None = None


class ChangedSchedule(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is to be otherwise about a schedule; what is left out stays."""

    rule: Rule | UnsetType = UNSET
    timezone: Name | UnsetType = UNSET
    active: bool | UnsetType = UNSET
    parameters: dict[str, Any] | UnsetType = UNSET
    catchup: Catchup | UnsetType = UNSET
    jitter: Jitter | UnsetType = UNSET
    slug: Name | UnsetType | None = UNSET


class WantedDeployment(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A deployment as it is to be: made, or put in the place of the one of that flow and name."""

    flow: Name
    name: Name
    version: Name | None = None
    description: Annotated[str, Meta(max_length=limits.DESCRIPTION_CHARS)] | None = None
    tags: Annotated[tuple[Name, ...], Meta(max_length=MOST_TAGS)] = ()
    entrypoint: Name | None = None
    path: Name | None = None
    pull_steps: Annotated[tuple[PullStep, ...], Meta(max_length=MOST_STEPS)] = ()
    parameters: dict[str, Any] = {}
    parameter_schema: dict[str, Any] = {}
    enforce_parameter_schema: bool = True
    work_pool: Name | None = None
    """Its name. None: a process serves the deployment."""
    work_queue: Name | None = None
    job_variables: dict[str, Any] = {}
    paused: bool | None = None
    """None leaves it as it is; a new one is not."""
    concurrency_limit: Annotated[int, Meta(ge=1, le=1_000_000)] | None = None
    collision_strategy: Collision = Collision.ENQUEUE
    schedules: Annotated[tuple[WantedSchedule, ...], Meta(max_length=MOST_SCHEDULES)] | None = None
    """All that it has from now on. None leaves them as they are."""


class WantedRun(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A run of a deployment that someone asks for."""

    parameters: dict[str, Any] = {}
    """They go before those of the deployment."""
    due: datetime | None = None
    """When it is to start. None: now."""
    name: Name | None = None
    tags: Annotated[tuple[Name, ...], Meta(max_length=MOST_TAGS)] = ()
    """Besides those of the deployment."""
    work_queue: Name | None = None
    job_variables: dict[str, Any] = {}
    """They go before those of the deployment."""
    priority: Priority = PRIORITY
    key: Name | None = None
    """Asked with it again, it is the same run."""
    parent: UUID | None = None
    """The run that asks, and waits for it as for a subflow."""
    upstream: Annotated[tuple[Upstream, ...], Meta(max_length=1_000)] = ()
    summary: dict[str, Any] | None = None
    """The parameters as everybody may read them, where the one who asks knows more of them."""


class Backfill(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Runs for the moments of a schedule in a span of time that has passed, or will."""

    start: datetime
    end: datetime
    """The moment itself is not part of it."""
    schedule: UUID | None = None
    """Whose moments they are. None: of the only one that the deployment has."""
    rule: Rule | None = None
    """Another rule than that of a schedule."""
    timezone: Name | None = None
    """Of `rule`, and of a parameter that is set to a moment."""
    parameters: dict[str, Any] = {}
    parameter: Name | None = None
    """The parameter that is set to the moment of each run."""
    key: Name = "backfill"
    """By which its runs are known: the same moments run again under another."""
    tags: Annotated[tuple[Name, ...], Meta(max_length=MOST_TAGS)] = ()


class Backfilled(Struct, frozen=True, kw_only=True):
    """What a backfill made."""

    runs: tuple[UUID, ...]
    """In the order of their moments."""
    moments: tuple[datetime, ...]
    known: int
    """How many of them were there already, by an earlier backfill with the same key."""
    again: int = 0
    """How many were cancelled, beside those, and start again as they were asked for then."""


class ServeWanted(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a process asks for that serves deployments."""

    emitter: UUID
    deployments: Annotated[tuple[UUID, ...], Meta(min_length=1, max_length=MOST_SERVED)]
    limit: Annotated[int, Meta(ge=1, le=MOST_JOBS)] = 1
    """The most runs it takes now."""
    seen: Annotated[int, Meta(ge=0, lt=1 << 62)] = 0
    """Stamp of the last answer that reached it: what it was given later is given again."""
    wait: Annotated[float, Meta(ge=0, le=60)] = 0.0
    """Seconds to wait for a run, if there is none."""


class NextRun(Struct, frozen=True, kw_only=True):
    """A moment at which a schedule will have its deployment run."""

    at: datetime
    schedule: UUID
    rule: str
    """In a few words."""
    timezone: str
    parameters: dict[str, Any]
    """As the run will get them."""


class Submission(Struct, frozen=True, kw_only=True):
    """A run that is to be made, and all that who starts it needs to know."""

    run: UUID
    flow: str
    name: str
    """Of the run."""
    due: datetime
    expected: datetime | None = None
    """When it says it was to start; None is when it is due. Of a backfill, another moment."""
    deployment: UUID | None = None
    deployment_name: str | None = None
    schedule: UUID | None = None
    pool: UUID | None = None
    queue: str | None = None
    priority: Priority = PRIORITY
    parameters: Raw = EMPTY
    """JSON object, as the flow gets them."""
    summary: Raw = EMPTY
    """The same as everybody may read them, secrets masked."""
    job_variables: Raw = EMPTY
    entrypoint: str | None = None
    path: str | None = None
    pull_steps: Raw = NO_STEPS
    key: str | None = None
    """Asked with it again, it is the same run. Once for each deployment."""
    retry: bool = False
    tags: tuple[str, ...] = ()
    version: str | None = None
    message: str | None = None
    details: dict[str, Any] = {}
    parent: UUID | None = None
    root: UUID | None = None
    upstream: tuple[Upstream, ...] = ()


def full_name(flow: str, name: str) -> str:
    """Return how people call a deployment: `etl/nightly`."""
    return f"{flow}/{name}"
