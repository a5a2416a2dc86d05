"""What the API answers, where the answer is more than one thing of the core by itself."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any, Generic, TypeVar
from uuid import UUID

from msgspec import Raw, Struct

from peninsula.core.events import Related, Resource
from peninsula.core.runs import EdgeKind, Run, RunKind
from peninsula.core.states import StateType

__all__ = [
    "Edge",
    "Emitters",
    "Error",
    "EventCount",
    "EventCounts",
    "Flow",
    "Health",
    "History",
    "HistoryBucket",
    "Key",
    "LogEntry",
    "LoggedEvent",
    "Meta",
    "NewKey",
    "Offers",
    "Page",
    "Poll",
    "Posted",
    "RefusedEvent",
    "ResourceDetail",
    "ResourceEntry",
    "RunCounts",
    "Scope",
    "Session",
    "Timeline",
    "TouchingRun",
]

T = TypeVar("T")


class Answer(Struct, frozen=True, kw_only=True):
    """What every answer shares: it is a value, and its fields are named."""


class Page(Answer, Generic[T], frozen=True, kw_only=True):
    """Some of many. The cursors are opaque and hold for the same filters only."""

    items: tuple[T, ...]
    next: str | None = None
    """Cursor of the page after this one; None when there is none."""
    previous: str | None = None
    """Cursor of the page before this one; None on the first."""
    partial: bool = False
    """The search stopped at its bound before the page was full. There may be more: follow `next`,
    or narrow the filters."""


class Error(Answer, frozen=True, kw_only=True):
    """Every error the API answers."""

    code: str
    message: str
    details: dict[str, Any] = {}


# --- events --------------------------------------------------------------------------------------


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
    root: UUID | None = None
    """The flow run at the top of that run's tree."""
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


# --- runs ----------------------------------------------------------------------------------------


class RunCounts(Answer, frozen=True, kw_only=True):
    """How many runs are in each state."""

    total: int
    types: dict[StateType, int]
    names: dict[str, int]
    partial: bool = False
    """Only the newest runs were counted: narrow the filters or the time."""


class HistoryBucket(Answer, frozen=True, kw_only=True):
    """How many runs that were expected in one span of time are in each state now."""

    start: datetime
    types: dict[StateType, int]


class History(Answer, frozen=True, kw_only=True):
    """Runs by time and state, oldest first; spans without a run are left out."""

    since: datetime
    until: datetime
    step: float
    """Seconds of one span."""
    buckets: tuple[HistoryBucket, ...]
    partial: bool = False


class Edge(Answer, frozen=True, kw_only=True):
    """Which run depends on which."""

    run: UUID
    upstream: UUID
    parameter: str | None
    kind: EdgeKind


class LogEntry(Answer, frozen=True, kw_only=True):
    """One line of a run's log."""

    time: datetime
    level: int
    logger: str
    message: str
    run: UUID


class Timeline(Answer, frozen=True, kw_only=True):
    """A run and everything below it, column by column; row 0 is the run itself.

    Rows are in the order in which they were begun, but for row 0. Times are whole µs. Columns that
    go up from row to row hold the difference to the row before, so that they compress well.
    """

    base: int
    """When the first of them was begun, µs since 1970, UTC."""
    rows: int
    ids: str
    """Base64 of 16 bytes for each row: the first byte of all rows, then the second of all, …"""
    kinds: tuple[RunKind, ...]
    kind: tuple[int, ...]
    """Index into `kinds`, and so on for the pairs of columns below."""
    labels: tuple[str, ...]
    """Names of flows and tasks."""
    label: tuple[int, ...]
    names: tuple[str, ...]
    name: tuple[int, ...]
    """Index into `names`, as the difference to the row before."""
    parent: tuple[int, ...]
    """Row of the parent; -1 for row 0."""
    states: tuple[tuple[StateType, str], ...]
    """Type and name."""
    state: tuple[int, ...]
    begun: tuple[int, ...]
    """When it was known first, as the difference to the row before; to `base` for row 0."""
    waited: tuple[int, ...]
    """From there until it was Running; -1 for one that never was."""
    lasted: tuple[int, ...]
    """From there, or from `begun` where it was never Running, to its end; -1 while it has none."""
    segments: dict[int, tuple[tuple[int, int], ...]]
    """Row of a run with more than one attempt → its states: (µs after `base`, index into
    `states`)."""
    edge_run: tuple[int, ...]
    """Edges: row of the run that depends, as the difference to the edge before …"""
    edge_upstream: tuple[int, ...]
    """… on the row that is so many before it (after it, when negative) …"""
    edge_label: tuple[int, ...]
    """… by this index into `edge_labels`."""
    edge_labels: tuple[tuple[EdgeKind, str | None], ...]
    partial: bool = False
    """There are more runs than an answer holds; the first are here."""


# --- flows and resources -------------------------------------------------------------------------


class Flow(Answer, frozen=True, kw_only=True):
    """A flow, as its runs tell of it."""

    id: UUID
    name: str
    runs: int
    """At most 100,000."""
    types: dict[StateType, int]
    """Of its newest 1,000 runs, by state."""
    last: Run
    """Its newest run."""


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


# --- emitters ------------------------------------------------------------------------------------


class Emitters(Answer, frozen=True, kw_only=True):
    """The emitters whose journals someone holds."""

    emitters: tuple[UUID, ...]


class Offers(Answer, frozen=True, kw_only=True):
    """What the log has of them: the highest number, 0 for none."""

    log_id: UUID
    committed: dict[UUID, int]


class Poll(Answer, frozen=True, kw_only=True):
    """A process asks what it is told to do, and says what it has heard."""

    emitter: UUID
    wait: float = 0.0
    """Seconds to wait for a command when there is none."""
    acknowledged: tuple[UUID, ...] = ()
    """Commands that need not be said again."""


# --- access --------------------------------------------------------------------------------------


class Scope(StrEnum):
    """What a key may be used for; `admin` includes the others."""

    EMIT = "emit"
    """Send events, logs and control polls."""
    READ = "read"
    """Ask anything."""
    WORK = "work"
    """Steer runs."""
    ADMIN = "admin"
    """Keys, deletion, upkeep."""


class Key(Answer, frozen=True, kw_only=True):
    """An API key without its secret, of which only a hash is kept."""

    id: UUID
    name: str
    scopes: tuple[Scope, ...]
    run: UUID | None
    """Set: it works for this run only."""
    created: datetime
    expires: datetime | None
    last_used: datetime | None


class NewKey(Answer, frozen=True, kw_only=True):
    """A key that was just made: the only time its secret is said."""

    key: Key
    secret: str


class Session(Answer, frozen=True, kw_only=True):
    """Who the caller is."""

    name: str
    scopes: tuple[Scope, ...]
    csrf: str | None = None
    """In a browser's session: send it as `X-CSRF-Token` with everything but GET."""
    expires: datetime | None = None


# --- the server itself ---------------------------------------------------------------------------


class Meta(Answer, frozen=True, kw_only=True):
    """What this server is."""

    version: str
    log_id: UUID
    protocol: int
    capabilities: tuple[str, ...]


class Health(Answer, frozen=True, kw_only=True):
    """Whether it serves."""

    status: str
