"""What a deployment is: a flow that others than its program start, and how they do."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any, Final
from uuid import UUID

from msgspec import Meta, Raw, Struct

from peninsula.core.runs import Upstream
from peninsula.core.schedules import Schedule

__all__ = [
    "PRIORITY",
    "Collision",
    "Deployment",
    "Submission",
    "full_name",
]

EMPTY: Final = Raw(b"{}")
NO_STEPS: Final = Raw(b"[]")

PRIORITY: Final = 0
"""Of runs of which nobody says another. Smaller ones go first, within a queue."""


class Collision(StrEnum):
    """What becomes of a run that is due while its deployment's limit is reached."""

    ENQUEUE = "ENQUEUE"
    """It waits."""
    CANCEL_NEW = "CANCEL_NEW"
    """It is cancelled."""


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
    pull_steps: Raw
    """JSON list of steps that bring the code."""
    parameters: Raw
    """JSON object: what runs get that say nothing else."""
    parameter_schema: Raw
    """JSON schema that parameters are checked by."""
    enforce_parameter_schema: bool
    work_pool: UUID | None
    """None: the process that serves it runs it."""
    work_queue: str | None
    job_variables: Raw
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
    priority: Annotated[int, Meta(ge=-1000, le=1000)] = PRIORITY
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
