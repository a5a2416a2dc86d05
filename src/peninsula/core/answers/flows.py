"""What the API answers about flows."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from peninsula.core.answers.base import Answer, Counted
from peninsula.core.runs import Run, RunKind
from peninsula.core.states import StateType

__all__ = ["Flow", "FlowDetail", "Grid", "GridSystem", "GridTask", "SystemUse"]


class Flow(Answer, frozen=True, kw_only=True):
    """A flow, as its runs tell of it."""

    id: UUID
    name: str
    runs: Counted
    types: dict[StateType, Counted]
    """All of them by state; of each state, 100,000 at most are counted."""
    last: Run
    """Its newest run."""


class SystemUse(Answer, frozen=True, kw_only=True):
    """A system that runs touched, and how often."""

    id: str
    kind: str
    name: str | None
    events: int
    last: datetime


class FlowDetail(Flow, frozen=True, kw_only=True):
    """A flow, with how long it takes."""

    judged: int
    """The newest of its runs by which it is said how long it takes, 1,000 at most."""
    p50: float | None
    """Seconds, of those of them that completed; None when none did."""
    p95: float | None
    last_success: Run | None
    """Of all its runs, that which was expected last."""
    last_failure: Run | None
    """Failed or Crashed."""


class GridTask(Answer, frozen=True, kw_only=True):
    """A row of a grid: one task or subflow, in each of the runs."""

    label: str
    kind: RunKind
    state: tuple[int, ...]
    """Index into `states`, of the worst of its runs; -1 where it has none."""
    runs: tuple[int, ...]
    """How many there are."""
    lasted: tuple[int, ...]
    """µs of the longest; -1 where none is over."""
    retried: tuple[int, ...]
    """How many of them needed more than one attempt."""


class GridSystem(Answer, frozen=True, kw_only=True):
    """A row above: one system, and how many events of each run touched it."""

    id: str
    kind: str
    events: tuple[int, ...]
    failed: tuple[bool, ...]
    """Whether the run failed because of it: its failure follows, in the end, an event of it."""


class Grid(Answer, frozen=True, kw_only=True):
    """The newest runs of a flow by column, oldest first, and what each called."""

    ids: tuple[UUID, ...]
    names: tuple[str, ...]
    states: tuple[StateType, ...]
    state: tuple[int, ...]
    """Index into `states`."""
    state_names: tuple[str, ...]
    expected: tuple[int, ...]
    """µs since 1970, UTC."""
    started: tuple[int, ...]
    """The same; -1 for one that has not."""
    lasted: tuple[int, ...]
    """µs from start to end; -1 while it has none."""
    tasks: tuple[GridTask, ...]
    """What these runs called themselves, in the order in which it was first begun."""
    systems: tuple[GridSystem, ...]
    """What these runs and those below touched, most events first."""
    partial: bool
    """Runs, rows or columns were left out: the oldest, and those that are least used."""
