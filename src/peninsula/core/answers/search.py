"""What the API answers about anything that has a name or an id."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from peninsula.core.answers.base import Answer
from peninsula.core.states import StateType

__all__ = ["Hit", "HitKind", "Hits"]


class HitKind(StrEnum):
    """What was found."""

    FLOW = "flow"
    FLOW_RUN = "flow-run"
    TASK_RUN = "task-run"
    RESOURCE = "resource"
    ARTIFACT = "artifact"
    BLOCK = "block-document"
    VARIABLE = "variable"
    WORK_POOL = "work-pool"
    EVENT = "event"


class Hit(Answer, frozen=True, kw_only=True):
    """One thing that was found."""

    kind: HitKind
    id: str
    """What its page is asked for by: of flows, variables and work pools the
    name."""
    name: str
    about: str | None = None
    """The flow or task of a run, the kind of a resource or an artifact, the type of a block,
    what an event is about."""
    state: StateType | None = None
    """Of a run."""
    at: datetime | None = None
    """When a run was expected, a resource seen last, an artifact made, when an event
    occurred."""


class Hits(Answer, frozen=True, kw_only=True):
    """A few of each kind; those whose name begins like the text first, then the newest."""

    items: tuple[Hit, ...]
