"""Read what the page of a run shows beside it: its neighbours, and how its flow or task does."""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, Subquery, func, select, tuple_

from peninsula.core.answers import RunSummary
from peninsula.core.runs import Run, RunKind
from peninsula.core.states import StateType
from peninsula.server.storage import tables
from peninsula.server.storage.moments import micros
from peninsula.server.storage.read import (
    events,
    flow_pages,
    run_rows,
    starting,
    subtree,
    systems,
    trees,
    usual,
)

__all__ = ["read_any_summary", "read_summary"]

LOOKED_AT: Final = 1_000
"""Runs before this one among which the last success is looked for."""

_runs = tables.runs.c
_ids = tables.run_ids.c


def read_any_summary(tx: Connection, id_: UUID) -> RunSummary:
    """Return the summary of a run of whichever kind. Raises NotFoundError."""
    return read_summary(tx, trees.kind_of(tx, id_), id_)


def read_summary(tx: Connection, kind: RunKind, id_: UUID) -> RunSummary:
    """Return a run with what it is compared with. Raises NotFoundError."""
    position = events.head_position(tx)
    number, root = trees.run_and_root(tx, kind, id_)
    run = run_rows.run_by_id(tx, kind, id_)
    p50, p95 = _durations(tx, run)
    below = _below(tx, number, root)
    return RunSummary(
        run=run,
        position=position,
        parent_name=_parent_name(tx, run),
        deployment_name=_deployment_name(tx, run),
        startable=starting.lack_of(tx, id_.bytes) is None,
        tasks=below[True],
        flows=below[False],
        systems=systems.used_by(tx, number, root),
        previous=_neighbour(tx, run, number, back=True),
        next=_neighbour(tx, run, number, back=False),
        last_success=_last_success(tx, run, number),
        p50=p50,
        p95=p95,
    )


def _durations(tx: Connection, run: Run) -> tuple[float | None, float | None]:
    if run.kind is RunKind.FLOW_RUN:
        return flow_pages.durations_of(tx, run.flow)
    return usual.read_usual(tx, run.kind, run.id).p50, None


def _parent_name(tx: Connection, run: Run) -> str | None:
    if run.parent is None:
        return None
    by_id = select(_runs.name).join_from(tables.runs, tables.run_ids, _ids.id == _runs.id)
    return tx.execute(by_id.where(_ids.uuid == run.parent.bytes)).scalar()


def _deployment_name(tx: Connection, run: Run) -> str | None:
    if run.deployment is None:
        return None
    known = tables.deployments.c
    return tx.execute(select(known.name).where(known.id == run.deployment.bytes)).scalar()


def _below(tx: Connection, number: int, root: int) -> dict[bool, dict[StateType, int]]:
    rows = tx.execute(
        select(_runs.task, _runs.state_type, func.count())
        .where(_runs.id.in_(subtree.members(number, root)), _runs.id != number)
        .group_by(_runs.task, _runs.state_type)
    )
    counts: dict[bool, dict[StateType, int]] = {True: {}, False: {}}
    for task, type_, count in rows:
        counts[bool(task)][StateType(type_)] = count
    return counts


def _neighbour(tx: Connection, run: Run, number: int, *, back: bool) -> UUID | None:
    looked_at = 1 if run.kind is RunKind.FLOW_RUN else LOOKED_AT
    return _nearest(tx, run, _beyond(run, number, looked_at, back=back), back=back)


def _last_success(tx: Connection, run: Run, number: int) -> UUID | None:
    some = _beyond(run, number, LOOKED_AT, back=True)
    return _nearest(tx, run, some, some.c.state_type == StateType.COMPLETED.value, back=True)


def _beyond(run: Run, number: int, limit: int, *, back: bool) -> Subquery:
    """Return the nearest of the flow's runs before or after; task runs are all of no flow."""
    here, there = tuple_(_runs.expected, _runs.id), tuple_(micros(run.expected), number)
    return (
        select(_runs.id, _runs.expected, _runs.state_type, _runs.root, _runs.task_name)
        .where(_runs.flow == run.flow, here < there if back else here > there)
        .order_by(*_from_here(_runs, back=back))
        .limit(limit)
        .subquery()
    )


def _nearest(
    tx: Connection, run: Run, some: Subquery, *more: ColumnElement[bool], back: bool
) -> UUID | None:
    """Return the nearest of them that is like this one: of the same task, and of no flow either."""
    if run.kind is RunKind.TASK_RUN:
        if run.root != run.id:
            return None
        more = (*more, some.c.root == some.c.id, some.c.task_name == run.task)
    found = tx.execute(
        select(_ids.uuid)
        .join_from(some, tables.run_ids, _ids.id == some.c.id)
        .where(*more)
        .order_by(*_from_here(some.c, back=back))
        .limit(1)
    ).scalar()
    return UUID(bytes=bytes(found)) if found is not None else None


def _from_here(columns: Any, *, back: bool) -> list[ColumnElement[Any]]:
    order = (columns.expected, columns.id)
    return [column.desc() if back else column.asc() for column in order]
