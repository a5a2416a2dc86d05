"""Read what the page of a flow run shows beside it: its neighbours, and how the flow does."""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, func, select, tuple_

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
)

__all__ = ["read_summary"]

LOOKED_AT: Final = 1_000
"""Runs before this one among which the last success is looked for."""

_runs = tables.runs.c
_ids = tables.run_ids.c


def read_summary(tx: Connection, id_: UUID) -> RunSummary:
    """Return a flow run with what it is compared with. Raises NotFoundError."""
    position = events.head_position(tx)
    number, root = trees.run_and_root(tx, RunKind.FLOW_RUN, id_)
    run = run_rows.run_by_id(tx, RunKind.FLOW_RUN, id_)
    p50, p95 = flow_pages.durations_of(tx, run.flow)
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
    found = tx.execute(_beyond(run, number, _ids.uuid, back=back).limit(1)).scalar()
    return UUID(bytes=bytes(found)) if found is not None else None


def _last_success(tx: Connection, run: Run, number: int) -> UUID | None:
    before = _beyond(run, number, _ids.uuid, _runs.state_type, back=True)
    some = before.add_columns(_runs.expected, _runs.id).limit(LOOKED_AT).subquery()
    found = tx.execute(
        select(some.c.uuid)
        .where(some.c.state_type == StateType.COMPLETED.value)
        .order_by(some.c.expected.desc(), some.c.id.desc())
        .limit(1)
    ).scalar()
    return UUID(bytes=bytes(found)) if found is not None else None


def _beyond(run: Run, number: int, *columns: ColumnElement[Any], back: bool) -> Any:
    """Return a select of the flow's runs before or after this one, the nearest first."""
    here, there = tuple_(_runs.expected, _runs.id), tuple_(micros(run.expected), number)
    order = (_runs.expected, _runs.id)
    return (
        select(*columns)
        .join_from(tables.runs, tables.run_ids, _ids.id == _runs.id)
        .where(_runs.flow == run.flow, here < there if back else here > there)
        .order_by(*(column.desc() if back else column.asc() for column in order))
    )
