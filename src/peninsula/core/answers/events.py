"""What the API answers about events."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from msgspec import Raw

from peninsula.core.answers.base import Answer
from peninsula.core.events import Related, Resource

__all__ = [
    "EventCount",
    "EventCounts",
    "Exported",
    "LoggedEvent",
    "PartialSuccess",
    "Posted",
    "RefusedEvent",
]


class LoggedEvent(Answer, frozen=True, kw_only=True):
    """An event as the log has it."""

    position: int
    """Its place in the log, in the order of commits. The only thing to resume from."""
    id: UUID
    occurred: datetime
    event: str
    resource: Resource
    related: tuple[Related, ...] = ()
    payload: Raw
    follows: UUID | None = None
    run: UUID | None = None
    """The innermost run it happened in."""
    run_name: str | None = None
    """What that run is called, where it has said so."""
    root: UUID | None = None
    """The flow run at the top of that run's tree."""
    root_name: str | None = None
    """What that flow run is called, where it has said so."""
    emitter: UUID | None = None
    """The process that told it; None when it was posted, or when the server says it."""
    number: int | None = None
    """Its number among that emitter's records."""


class RefusedEvent(Answer, frozen=True, kw_only=True):
    """One event of a list that was not taken, and why."""

    index: int
    code: str
    message: str


class Posted(Answer, frozen=True, kw_only=True):
    """What became of posted events."""

    log_id: UUID
    accepted: int
    """In the log now; some may have been there before, with the same content."""
    refused: tuple[RefusedEvent, ...] = ()


class PartialSuccess(Answer, frozen=True, kw_only=True, rename="camel"):
    """What of exported spans was not taken."""

    rejected_spans: str
    """How many, as a text: so the protocol writes numbers."""
    error_message: str


class Exported(Answer, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """What became of exported spans, as OpenTelemetry's protocol says it: by itself, all well."""

    partial_success: PartialSuccess | None = None


class EventCount(Answer, frozen=True, kw_only=True):
    """How many events share a name, a resource or a span of time."""

    key: str
    """The name, the id of the resource, or the start of the span."""
    events: int


class EventCounts(Answer, frozen=True, kw_only=True):
    """Events counted by time (oldest first), or by name or resource (most first)."""

    by: str
    items: tuple[EventCount, ...]
    step: float | None = None
    """By time: seconds of one span."""
    partial: bool = False
    """Only the newest events were counted: narrow the filters or the time."""
