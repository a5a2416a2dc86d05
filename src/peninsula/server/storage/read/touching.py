"""Find the runs that touched a resource."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, Row, Select, exists, select, tuple_

from peninsula.core import pages
from peninsula.core.answers import Page, TouchingRun
from peninsula.core.resources import is_run
from peninsula.core.runs import RunKind
from peninsula.core.states import StateType
from peninsula.server.storage import tables
from peninsula.server.storage.moments import moment
from peninsula.server.storage.read import operations, run_resources, run_rows
from peninsula.server.storage.read.health import number_of
from peninsula.server.storage.read.scans import SCAN, end, latest

__all__ = ["find_touching_runs"]

FEW: Final = 1_000
"""Touches that are looked at first; most searches find a page there."""

_touches = tables.touches.c
_runs = tables.runs.c


def find_touching_runs(
    tx: Connection,
    id_: str,
    *,
    kind: RunKind | None = None,
    types: Collection[StateType] = (),
    innermost: bool = False,
    limit: int = 50,
    cursor: str | None = None,
) -> Page[TouchingRun]:
    """Return a page of the runs that touched a resource, the last touched first.

    A run at the top has touched what those below it did; `innermost`: it stands for itself only.
    """
    of = pages.digest("touching", id_, kind, sorted(types), innermost)
    if is_run(id_):
        return run_resources.find_own_runs(
            tx,
            id_,
            lambda run: kind in {None, run.kind} and (not types or run.state.type in types),
            of=of,
            limit=limit,
            cursor=cursor,
        )
    resource = number_of(tx, id_)
    place = pages.read_cursor(cursor, of, (int, int)) if cursor is not None else None
    conditions = _run_conditions(kind, types)
    rows, bound = _search(tx, resource, place, conditions, limit, innermost=innermost)
    page, following, preceding = pages.turn(rows, limit, place, of, _key, bound=bound)
    return Page(
        items=_told(tx, resource, page),
        next=following,
        previous=preceding,
        partial=bound is not None,
    )


def _search(
    tx: Connection,
    resource: int,
    place: pages.Cursor | None,
    conditions: Sequence[ColumnElement[bool]],
    limit: int,
    *,
    innermost: bool,
) -> tuple[Sequence[Row[Any]], pages.Key | None]:
    """Return a page of touches and one more, and where the search stopped short of their end."""
    back = place is not None and place.back
    passed = _touching(resource, place)

    def first_of(scan: int) -> Sequence[Row[Any]]:
        some = passed.limit(scan).subquery()
        alone = [_alone(some.c)] if innermost else []
        return tx.execute(
            select(some)
            .join(tables.runs, _runs.id == some.c.run)
            .where(*conditions, *alone)
            .order_by(*latest(some.c.last, some.c.run, back=back))
            .limit(limit + 1)
        ).all()

    if not conditions and not innermost:
        return first_of(limit + 1), None
    rows = first_of(FEW)
    if len(rows) <= limit:
        rows = first_of(SCAN)
    return rows, end(tx, passed, _key) if len(rows) <= limit else None


def _told(tx: Connection, resource: int, touches: Sequence[Row[Any]]) -> tuple[TouchingRun, ...]:
    numbers = [row.run for row in touches]
    found = run_rows.runs_by_number(tx, numbers)
    roots = _root_names(tx, numbers)
    done = operations.last_operations(tx, resource, numbers)
    return tuple(
        TouchingRun(
            run=found[row.run],
            first=moment(row.first),
            last=moment(row.last),
            events=row.events,
            operation=done.get(row.run),
            root_name=roots.get(row.run),
        )
        for row in touches
    )


def _run_conditions(
    kind: RunKind | None, types: Collection[StateType]
) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if kind is not None:
        conditions.append(_runs.task == (kind is RunKind.TASK_RUN))
    if types:
        conditions.append(_runs.state_type.in_([type_.value for type_ in types]))
    return conditions


_below = tables.touches.alias("below")
_under = tables.runs.alias("under")


def _alone(touch: Any) -> ColumnElement[bool]:
    """Return that no run below did what a run did last: that event touched both."""
    # The key alone would be each run that ever touched it, for each of them.
    by_time = select(_below.c.run).with_hint(_below, "INDEXED BY touches_last", "sqlite")
    return ~exists(
        by_time.where(
            _below.c.resource == touch.resource,
            _below.c.last == touch.last,
            _below.c.run != touch.run,
            _under.c.id == _below.c.run,
            _under.c.root == touch.run,
        )
    )


def _root_names(tx: Connection, numbers: Sequence[int]) -> dict[int, str]:
    """Return the names of the flow runs at the top of those that are below one."""
    top = tables.runs.alias("top")
    rows = tx.execute(
        select(_runs.id, top.c.name)
        .join(top, top.c.id == _runs.root)
        .where(_runs.id.in_(numbers), _runs.id != _runs.root)
    )
    return dict(map(tuple, rows))


def _touching(resource: int, place: pages.Cursor | None) -> Select[Any]:
    """Return a select of the touches beyond a place, in order."""
    statement = select(tables.touches).where(_touches.resource == resource)
    back = place is not None and place.back
    if place is not None:
        here, there = tuple_(_touches.last, _touches.run), tuple_(*place.key)
        statement = statement.where(here > there if back else here < there)
    return statement.order_by(*latest(_touches.last, _touches.run, back=back))


def _key(row: Any) -> pages.Key:
    return (row.last, row.run)
