"""Read a flow's newest runs against its tasks: what became of each in each run, by column."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final, NamedTuple
from uuid import UUID

from sqlalchemy import Connection, func, select

from peninsula.core.answers import Grid, GridSystem, GridTask
from peninsula.core.resources import OWN
from peninsula.core.runs import RunKind
from peninsula.core.states import StateType
from peninsula.server.storage import bulk, tables
from peninsula.server.storage.moments import micros
from peninsula.server.storage.read import (
    chains,
    facts,
    flow_pages,
    origins,
    recent,
    subtree,
    systems,
)

__all__ = ["WORST", "read_grid"]

CALLED: Final = 100_000
"""Runs that the runs of one grid called; beyond, the oldest runs are left out."""

ROWS: Final = 200
"""Tasks in a grid, and systems."""

_runs = tables.runs.c

WORST: Final = (
    StateType.FAILED,
    StateType.CRASHED,
    StateType.CANCELLED,
    StateType.CANCELLING,
    StateType.PAUSED,
    StateType.RUNNING,
    StateType.PENDING,
    StateType.SCHEDULED,
    StateType.COMPLETED,
)
"""States in the order in which one stands for many."""

_RANK: Final = {type_: rank for rank, type_ in enumerate(WORST)}


def read_grid(
    tx: Connection,
    name: str,
    *,
    deployment: UUID | None = None,
    limit: int = 50,
    before: datetime | None = None,
) -> Grid:
    """Return the newest runs of a flow, those expected before a moment. Raises NotFoundError.

    Of a deployment, which may have none, those among the newest of its flow.
    """
    newest = _newest(tx, name, deployment, limit, before)
    if not newest and before is None and deployment is None:
        raise flow_pages.unknown(name)
    rows = newest[len(newest) - _bounded(tx, newest) :]
    columns = {row.id: place for place, row in enumerate(rows)}
    tasks = _tasks(tx, columns)
    touched = _systems(tx, rows, columns)
    return Grid(
        ids=tuple(UUID(bytes=bytes(row.uuid)) for row in rows),
        names=tuple(row.name for row in rows),
        states=WORST,
        state=tuple(_RANK[StateType(row.state_type)] for row in rows),
        state_names=tuple(row.state_name for row in rows),
        expected=tuple(row.expected for row in rows),
        started=tuple(-1 if row.started is None else row.started for row in rows),
        lasted=tuple(_lasted(row) for row in rows),
        tasks=tasks[:ROWS],
        systems=touched[:ROWS],
        partial=len(rows) < len(newest) or len(tasks) > ROWS or len(touched) > ROWS,
    )


def _lasted(row: Any) -> int:
    return -1 if row.started is None or row.ended is None else max(row.ended - row.started, 0)


def _newest(
    tx: Connection, name: str, deployment: UUID | None, limit: int, before: datetime | None
) -> Sequence[Any]:
    """Return the runs, the oldest first."""
    ids = tables.run_ids.c
    among = recent.among(name, deployment, limit, None if before is None else micros(before))
    statement = (
        select(
            _runs.id,
            ids.uuid,
            _runs.name,
            _runs.root,
            _runs.state_type,
            _runs.state_name,
            _runs.expected,
            _runs.started,
            _runs.ended,
        )
        .join_from(tables.runs, tables.run_ids, ids.id == _runs.id)
        .where(_runs.id.in_(among))
        .order_by(_runs.expected.desc(), _runs.id.desc())
    )
    return tx.execute(statement).all()[::-1]


def _bounded(tx: Connection, rows: Sequence[Any]) -> int:
    """Return of how many of the runs, from the newest, all that they called can be looked at."""
    called = 0
    for kept, row in enumerate(reversed(rows)):
        few = select(_runs.id).where(_runs.parent == row.id).limit(CALLED + 1 - called)
        called += tx.execute(select(func.count()).select_from(few.subquery())).scalar_one()
        if called > CALLED and kept:
            return kept
    return len(rows)


# --- rows ----------------------------------------------------------------------------------------


class _Cell(NamedTuple):
    worst: int
    runs: int
    lasted: int
    retried: int


def _tasks(tx: Connection, columns: dict[int, int]) -> tuple[GridTask, ...]:
    """Return what the runs called, in the order in which it was begun in the newest run."""
    statement = (
        "SELECT parent, task, coalesce(task_name, flow, '') AS label, state_type, count(*),"
        " max(ended - started), min(created), sum(CASE WHEN attempts > 1 THEN 1 ELSE 0 END)"
        " FROM runs WHERE parent IN {}"
        " GROUP BY parent, task, coalesce(task_name, flow, ''), state_type"
    )
    cells: dict[tuple[str, bool], dict[int, _Cell]] = {}
    begun: dict[tuple[str, bool], tuple[int, int]] = {}
    for one in bulk.select_in(tx, statement, columns):
        parent, task, label, type_, runs, lasted, created, retried = one
        row, place = (label, bool(task)), columns[parent]
        known = cells.setdefault(row, {}).get(place, _Cell(len(WORST), 0, -1, 0))
        cells[row][place] = _Cell(
            min(known.worst, _RANK[StateType(type_)]),
            known.runs + runs,
            max(known.lasted, -1 if lasted is None else lasted),
            known.retried + int(retried),
        )
        begun[row] = min(begun.get(row, (-place, created)), (-place, created))
    return tuple(
        _task(row, cells[row], len(columns)) for row in sorted(cells, key=lambda row: begun[row])
    )


_NONE: Final = _Cell(-1, 0, -1, 0)


def _task(row: tuple[str, bool], cells: dict[int, _Cell], width: int) -> GridTask:
    label, task = row
    line = [cells.get(place, _NONE) for place in range(width)]
    return GridTask(
        label=label,
        kind=RunKind.TASK_RUN if task else RunKind.FLOW_RUN,
        state=tuple(cell.worst for cell in line),
        runs=tuple(cell.runs for cell in line),
        lasted=tuple(cell.lasted for cell in line),
        retried=tuple(cell.retried for cell in line),
    )


def _systems(
    tx: Connection, rows: Sequence[Any], columns: dict[int, int]
) -> tuple[GridSystem, ...]:
    """Return what the runs touched; a run at the top knows what those below it touched."""
    place_of = {
        run: columns[row.id]
        for row in rows
        for run in ([row.id] if row.root == row.id else _below(tx, row.id))
    }
    events: dict[int, dict[int, int]] = {}
    for touch in systems.touches_of(tx, place_of):
        line = events.setdefault(touch.system, {})
        place = place_of[touch.run]
        line[place] = line.get(place, 0) + touch.events
    # Blocks, workers and deployments are ways to systems, and none themselves.
    named = {
        number: one
        for number, one in systems.named(tx, events).items()
        if not one.id.startswith(OWN)
    }
    failed = _failed_on(tx, rows, columns)
    order = sorted(named, key=lambda number: (-sum(events[number].values()), named[number].id))
    return tuple(
        GridSystem(
            id=named[number].id,
            kind=named[number].kind,
            events=tuple(events[number].get(place, 0) for place in range(len(columns))),
            failed=tuple(failed.get(place) == named[number].id for place in range(len(columns))),
        )
        for number in order
    )


def _failed_on(tx: Connection, rows: Sequence[Any], columns: dict[int, int]) -> dict[int, str]:
    """Return by column the system because of which the run failed, where that is a fact."""
    failed = [row.id for row in rows if row.state_type in (StateType.FAILED, StateType.CRASHED)]
    followed = facts.chains_left(tx, chains.chains_of(tx, failed))
    return {columns[run]: system for run, system in origins.systems_of(tx, followed).items()}


def _below(tx: Connection, run: int) -> list[int]:
    return subtree.numbers(tx, run, limit=systems.BELOW)
