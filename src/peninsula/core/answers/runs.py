"""What the API answers about runs."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from peninsula.core.answers.base import Answer
from peninsula.core.runs import EdgeKind, RunKind
from peninsula.core.states import StateType

__all__ = [
    "DoneToMany",
    "Edge",
    "History",
    "HistoryBucket",
    "LogEntry",
    "RefusedRun",
    "RunCounts",
    "Timeline",
]


class RefusedRun(Answer, frozen=True, kw_only=True):
    """A run to which something was not done, and why."""

    id: UUID
    code: str
    message: str


class DoneToMany(Answer, frozen=True, kw_only=True):
    """What became of a request about many runs: each stands in one of the two."""

    done: tuple[UUID, ...]
    refused: tuple[RefusedRun, ...]


class RunCounts(Answer, frozen=True, kw_only=True):
    """How many runs are in each state."""

    total: int
    types: dict[StateType, int]
    names: dict[str, int]
    partial: bool = False
    """Only the 50,000 that were expected last were looked at: narrow the time."""


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
    """Only the 50,000 that were expected last were looked at."""


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
    """A run and everything below it, column by column, as much as one answer holds.

    The first row of the first answer is the run itself; the others are in the order in which they
    were begun. Times are whole µs. Columns that go up from row to row hold the difference to the
    row before, so that they compress well. Each answer counts its own rows, and begins all of its
    indexes anew.
    """

    base: int
    """When the first of these rows was begun, µs since 1970, UTC."""
    rows: int
    ids: str
    """Base64 of 16 bytes for each row: the first byte of all rows, then the second of all, …"""
    number: tuple[int, ...]
    """By which the events of the run name it, as the difference to the row before."""
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
    """Row of the parent, -1 for the run itself; from `rows` on it is one of `others`."""
    others: str
    """Ids of runs that these rows name and that are in other answers, written as `ids`."""
    states: tuple[tuple[StateType, str], ...]
    """Type and name."""
    state: tuple[int, ...]
    begun: tuple[int, ...]
    """When it was known first, or was due, if it was made ahead and began; as the difference to the
    row before, to `base` for the first."""
    waited: tuple[int, ...]
    """From there until it was Running; -1 for one that never was."""
    lasted: tuple[int, ...]
    """From there, or from `begun` where it was never Running, to its end, or until it was
    suspended or paused without a process; -1 while it goes on."""
    segments: dict[int, tuple[tuple[int, int], ...]]
    """Row of a run with more than one attempt → its states: (µs after `base`, index into
    `states`)."""
    edge_run: tuple[int, ...]
    """Edges: row of the run that depends, as the difference to the edge before …"""
    edge_upstream: tuple[int, ...]
    """… on the row that is so many before it (after it, when negative; also one of `others`) …"""
    edge_label: tuple[int, ...]
    """… by this index into `edge_labels`."""
    edge_labels: tuple[tuple[EdgeKind, str | None], ...]
    next: str | None
    """`cursor` of the answer that goes on; null when there are no more runs."""
