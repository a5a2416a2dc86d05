"""What the API answers about one run for its page."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from peninsula.core.answers.base import Answer
from peninsula.core.answers.flows import SystemUse
from peninsula.core.runs import Run
from peninsula.core.states import StateType

__all__ = ["RunEvents", "RunLines", "RunProcess", "RunSummary", "Usual"]


class RunSummary(Answer, frozen=True, kw_only=True):
    """A run, with what it is compared with. A task run in a flow run is compared with nothing."""

    run: Run
    position: int
    """Of the newest event that this knows: the stream goes on from here."""
    parent_name: str | None
    """Of the run that called it."""
    deployment_name: str | None
    """`nightly`; None where it is of none, or of one that was deleted."""
    startable: bool
    """Whether a worker or program could start it once more: what they need is there."""
    tasks: dict[StateType, int]
    """Task runs below it, by state."""
    flows: dict[StateType, int]
    """Flow runs below it."""
    systems: tuple[SystemUse, ...]
    """What it and those below touched, most events first."""
    previous: UUID | None
    """The run of the same flow that was expected before it; of a task run without a flow, the run
    of its task that was, among 1,000."""
    next: UUID | None
    last_success: UUID | None
    """The last one before it that completed, among 1,000."""
    p50: float | None
    """Seconds that the flow takes, of those of its newest 1,000 runs that completed. Of a task run,
    those that its task took before."""
    p95: float | None


class Usual(Answer, frozen=True, kw_only=True):
    """How long runs like one took before it."""

    runs: int
    """Of the same task in the flow's 50 runs before, of a flow run the flow's 1,000 runs before, of
    a task run without a flow those of the same task among 1,000 task runs before: those that
    completed, and not from a cache."""
    p50: float | None
    """Seconds; half of them took less. None where there are none."""


class RunProcess(Answer, frozen=True, kw_only=True):
    """Where a run ran, as far as it went: the process that told of it last."""

    host: str
    user: str
    pid: int
    started: datetime
    """When the process began."""
    version: str
    """Of Peninsula in it."""
    command: str | None


class RunEvents(Answer, frozen=True, kw_only=True):
    """Events that happened in a run or below it, column by column, as many as one answer holds.

    They are in the order of their positions. How runs change their states is left out: the timeline
    has it. Times are whole µs. Each answer begins its indexes anew.
    """

    base: int
    """When the first of these events occurred, µs since 1970, UTC."""
    rows: int
    position: tuple[int, ...]
    """As the difference to the row before. `GET /api/events?since=<position - 1>&order=oldest`
    begins with the event itself."""
    occurred: tuple[int, ...]
    """As the difference to the row before, to `base` for the first."""
    names: tuple[str, ...]
    name: tuple[int, ...]
    """Index into `names`."""
    resources: tuple[str, ...]
    resource: tuple[int, ...]
    """Index into `resources`, of what it is about."""
    kinds: tuple[str, ...]
    """Kind of each of `resources`."""
    systems: tuple[str, ...]
    system: tuple[int, ...]
    """Index into `systems`, for each of `resources`."""
    run: tuple[int, ...]
    """Which one was innermost: its `number` in the timeline, as the difference to the row before.
    Ids would be told twice, and are most of what both answers weigh."""
    lasted: tuple[tuple[int, int], ...]
    """Row, and µs from the beginning to `occurred`: of calls, and of others that say `seconds`."""
    many: tuple[tuple[int, int, int, int], ...]
    """Of roll-ups: row, how many calls ended, how many of them failed, 95 % took less (µs)."""
    next: str | None
    """`cursor` of the answer that goes on; null when there are no more events."""


class RunLines(Answer, frozen=True, kw_only=True):
    """What a run and everything below it logged, column by column, as much as one answer holds.

    Oldest first. Times are whole µs. Each answer begins its indexes anew.
    """

    base: int
    """When the first of these lines was logged, µs since 1970, UTC."""
    rows: int
    time: tuple[int, ...]
    """As the difference to the row before, to `base` for the first."""
    level: tuple[int, ...]
    loggers: tuple[str, ...]
    logger: tuple[int, ...]
    """Index into `loggers`."""
    runs: str
    """Ids of runs, Base64 of 16 bytes each: the first byte of all, then the second of all, …"""
    run: tuple[int, ...]
    """Index into `runs`, of the innermost one."""
    message: tuple[str, ...]
    containers: tuple[str, ...]
    """`pod/container/restart`: of Kubernetes, one life of a container."""
    printed: tuple[tuple[int, int], ...]
    """Row, and index into `containers`: of what containers printed."""
    next: str | None
    """`cursor` of the answer that goes on; null when there are no more lines."""
