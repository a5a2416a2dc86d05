"""Read the catalogue of resources, and which runs touched one with what outcome."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import Any, Final

import msgspec
from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    Select,
    and_,
    exists,
    func,
    or_,
    select,
    tuple_,
)

from peninsula.core import pages
from peninsula.core.answers import Page, ResourceDetail, ResourceEntry, TouchingRun
from peninsula.core.errors import NotFoundError
from peninsula.core.filters import folded
from peninsula.core.resources import OWN, is_run
from peninsula.core.runs import RunKind
from peninsula.core.states import StateType
from peninsula.server.storage import tables
from peninsula.server.storage.moments import moment
from peninsula.server.storage.read import operations, run_resources, run_rows, walks

__all__ = ["find_resources", "find_touching_runs", "resource_by_id", "unknown"]

COUNTED: Final = 1_000
"""Newest runs whose outcome is counted for a resource."""

FEW: Final = 1_000
SCAN: Final = 50_000
"""Rows passed in search of a page; beyond, the answer is partial."""

_catalogue = tables.catalogue.c
_resources = tables.resources.c
_descriptions = tables.descriptions.c
_touches = tables.touches.c
_runs = tables.runs.c
_LABELS: Final = msgspec.json.Decoder(dict[str, str])

_DESCRIBED: Final = (
    select(
        tables.catalogue,
        _resources.text,
        _resources.kind,
        _resources.system,
        _descriptions.name,
        _descriptions.labels,
    )
    .join(tables.resources, _resources.id == _catalogue.resource)
    .outerjoin(tables.descriptions, _descriptions.resource == _catalogue.resource)
)
"""The catalogue, with what each resource is."""


def find_resources(
    tx: Connection,
    *,
    kinds: Sequence[str] = (),
    system: str | None = None,
    text: str | None = None,
    systems: bool = False,
    limit: int = 50,
    cursor: str | None = None,
) -> Page[ResourceEntry]:
    """Return a page of resources, those with the latest event first."""
    of = pages.digest("resources", kinds, system, text, systems)
    place = pages.read_cursor(cursor, of, (int, int)) if cursor is not None else None
    back = place is not None and place.back
    passed = _listed(kinds, system, place)
    sought = bool(text) or systems
    some = passed.limit(SCAN if sought else limit + 1).subquery()
    rows = tx.execute(
        select(some)
        .where(
            *([_saying(tx, some.c, text)] if text else []),
            *([_outside(some.c)] if systems else []),
        )
        .order_by(*_latest(some.c.last, some.c.resource, back=back))
        .limit(limit + 1)
    ).all()
    bound = _end(tx, passed, _key) if sought and len(rows) <= limit else None
    page, following, preceding = pages.turn(rows, limit, place, of, _key, bound=bound)
    return Page(
        items=tuple(ResourceEntry(**_entry(row)) for row in page),
        next=following,
        previous=preceding,
        partial=bound is not None,
    )


def _listed(kinds: Sequence[str], system: str | None, place: pages.Cursor | None) -> Select[Any]:
    """Return a select of the catalogue beyond a place, in order."""
    statement = _DESCRIBED
    back = place is not None and place.back
    if place is not None:
        here, there = tuple_(_catalogue.last, _catalogue.resource), tuple_(*place.key)
        statement = statement.where(here > there if back else here < there)
    if kinds:
        statement = statement.where(_resources.kind.in_(kinds))
    if system is not None:
        statement = statement.where(_resources.system == system)
    return statement.order_by(*_latest(_catalogue.last, _catalogue.resource, back=back))


def _key(row: Any) -> pages.Key:
    return (row.last, row.resource)


def _saying(tx: Connection, columns: Any, text: str) -> ColumnElement[bool]:
    text = folded(text)
    return or_(
        walks.position_of(tx, walks.lower(tx, columns.text), text) > 0,
        walks.position_of(tx, walks.lower(tx, columns.name), text) > 0,
    )


def _outside(columns: Any) -> ColumnElement[bool]:
    """Ask for systems that are not ours."""
    return and_(columns.system == columns.text, ~columns.text.startswith(OWN))


def _entry(row: Any) -> dict[str, Any]:
    return {
        "id": row.text,
        "kind": row.kind,
        "system": row.system,
        "name": row.name,
        "labels": _LABELS.decode(row.labels) if row.labels is not None else {},
        "first": moment(row.first),
        "last": moment(row.last),
        "events": row.events,
    }


def resource_by_id(tx: Connection, id_: str) -> ResourceDetail:
    """Return a resource with the outcomes of the runs that touched it. Raises NotFoundError."""
    if is_run(id_):
        return run_resources.run_resource(tx, id_)
    row = tx.execute(_DESCRIBED.where(_resources.text == id_)).first()
    if row is None:
        raise unknown(id_)
    newest = (
        select(_touches.run)
        .where(_touches.resource == row.resource)
        .order_by(_touches.last.desc())
        .limit(COUNTED)
        .subquery()
    )
    counts = tx.execute(
        select(_runs.state_type, func.count())
        .join_from(newest, tables.runs, _runs.id == newest.c.run)
        .group_by(_runs.state_type)
    ).all()
    return ResourceDetail(**_entry(row), runs={StateType(type_): count for type_, count in counts})


def unknown(id_: str) -> NotFoundError:
    """Return the error for a resource that no event names."""
    return NotFoundError(
        f"No resource {id_[:200]!r}. No event in this log names it. Those that are named:"
        ' "peninsula resource ls"; a block is named by its type, too: "s3-bucket/lake".'
    )


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
    resource = tx.execute(
        select(tables.resources.c.id).where(tables.resources.c.text == id_)
    ).scalar()
    if resource is None:
        raise unknown(id_)
    place = pages.read_cursor(cursor, of, (int, int)) if cursor is not None else None
    back = place is not None and place.back
    conditions = _run_conditions(kind, types)
    passed = _touching(resource, place)

    def first_of(scan: int) -> Sequence[Row[Any]]:
        some = passed.limit(scan).subquery()
        alone = [_alone(some.c)] if innermost else []
        return tx.execute(
            select(some)
            .join(tables.runs, _runs.id == some.c.run)
            .where(*conditions, *alone)
            .order_by(*_latest(some.c.last, some.c.run, back=back))
            .limit(limit + 1)
        ).all()

    sought = bool(conditions) or innermost
    rows = first_of(FEW if sought else limit + 1)
    if sought and len(rows) <= limit:
        rows = first_of(SCAN)
    bound = _end(tx, passed, _touch_key) if sought and len(rows) <= limit else None
    page, following, preceding = pages.turn(rows, limit, place, of, _touch_key, bound=bound)
    numbers = [row.run for row in page]
    found = run_rows.runs_by_number(tx, numbers)
    roots = _root_names(tx, numbers)
    done = operations.last_operations(tx, resource, numbers)
    touching = tuple(
        TouchingRun(
            run=found[row.run],
            first=moment(row.first),
            last=moment(row.last),
            events=row.events,
            operation=done.get(row.run),
            root_name=roots.get(row.run),
        )
        for row in page
    )
    return Page(items=touching, next=following, previous=preceding, partial=bound is not None)


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
    return statement.order_by(*_latest(_touches.last, _touches.run, back=back))


def _touch_key(row: Any) -> pages.Key:
    return (row.last, row.run)


def _latest(*columns: ColumnElement[Any], back: bool) -> list[ColumnElement[Any]]:
    return [column.asc() if back else column.desc() for column in columns]


def _end(tx: Connection, passed: Select[Any], key: Callable[[Any], pages.Key]) -> pages.Key | None:
    """Return where a search stops, None when it saw all there is."""
    row = tx.execute(passed.limit(1).offset(SCAN - 1)).first()
    return key(row) if row is not None else None
