"""Find the runs that a filter means, page by page; count them, and count them by time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from msgspec import structs
from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    case,
    exists,
    func,
    or_,
    select,
    tuple_,
)

from peninsula.core import ids, pages
from peninsula.core.answers import History, HistoryBucket, Page, RunCounts
from peninsula.core.filters import RunFilter, Sort, SortBy, folded
from peninsula.core.runs import Run, RunKind
from peninsula.core.states import StateType
from peninsula.server.storage import tables
from peninsula.server.storage.moments import micros, moment
from peninsula.server.storage.read import interned, overlaps, run_rows, waiting, walks

__all__ = ["count_runs", "find_runs", "run_history"]

SCAN: Final = 50_000
"""Runs that one question looks at, at most: the nearest by `expected`. Beyond, it is partial."""

FEW: Final = 5_000
"""Runs of a tag that are looked at one by one."""

_NEVER: Final = 1 << 62
"""Stands for a time that a run does not have, so that it comes last either way."""

_runs = tables.runs.c


def find_runs(
    tx: Connection,
    wanted: RunFilter,
    *,
    sort: Sort = Sort(),  # noqa: B008  it is frozen
    limit: int = 50,
    cursor: str | None = None,
) -> Page[Run]:
    """Return a page of the runs meant."""
    of = pages.digest("runs", wanted, sort)
    shape = (str if sort.by is SortBy.NAME else int, int)
    place = pages.read_cursor(cursor, of, shape) if cursor is not None else None
    conditions = _conditions(tx, wanted)
    if conditions is None:
        return Page(items=())
    back = place is not None and place.back
    descending = sort.descending != back
    value = _value(tx, sort)
    here = tuple_(value, _runs.id)
    if place is not None:
        there = tuple_(*place.key)
        conditions.append(here < there if descending else here > there)
    edge = _edge(tx, wanted, sort, descending=descending, place=place)
    rows = tx.execute(
        run_rows.selected_runs(value.label("value"))
        .where(*conditions, *_within(edge, descending=descending or not _walkable(sort)))
        .order_by(*((c.desc() if descending else c.asc()) for c in (value, _runs.id)))
        .limit(limit + 1)
    ).all()
    bound = edge if edge is not None and _walkable(sort) and len(rows) <= limit else None
    page, following, preceding = pages.turn(rows, limit, place, of, _key, bound=bound)
    return Page(
        items=tuple(run_rows.run_of(row) for row in page),
        next=following,
        previous=preceding,
        partial=bound is not None or (edge is not None and not _walkable(sort)),
    )


def _key(row: Any) -> pages.Key:
    return (row.value, row.number)


def _walkable(sort: Sort) -> bool:
    """Tell whether an index has the runs in this order, so that a search can stop and go on."""
    return sort.by is SortBy.EXPECTED


def _value(tx: Connection, sort: Sort) -> ColumnElement[Any]:
    """Return what is sorted by; runs without it last."""
    column: ColumnElement[Any]
    match sort.by:
        case SortBy.EXPECTED:
            return _runs.expected
        case SortBy.NAME:
            return _runs.name.collate("C") if tx.dialect.name == "postgresql" else _runs.name
        case SortBy.DURATION:
            column = _runs.ended - _runs.started
        case SortBy.CREATED | SortBy.STARTED | SortBy.ENDED:
            column = _runs[sort.by.value]
    return func.coalesce(column, -_NEVER if sort.descending else _NEVER)


def _edge(
    tx: Connection,
    wanted: RunFilter,
    sort: Sort,
    *,
    descending: bool,
    place: pages.Cursor | None,
) -> tuple[int, int] | None:
    """Return the (expected, number) where one question stops looking, None if it sees all."""
    if _narrow(wanted):
        return None
    here = tuple_(_runs.expected, _runs.id)
    conditions = [_runs.task == (wanted.kind is RunKind.TASK_RUN), *_expected(tx, wanted)]
    downwards = descending or not _walkable(sort)
    if place is not None and _walkable(sort):
        there = tuple_(*place.key)
        conditions.append(here < there if downwards else here > there)
    row = tx.execute(
        select(_runs.expected, _runs.id)
        .where(*conditions)
        .order_by(*((c.desc() if downwards else c.asc()) for c in (_runs.expected, _runs.id)))
        .limit(1)
        .offset(SCAN - 1)
    ).first()
    return (row.expected, row.id) if row is not None else None


def _within(edge: tuple[int, int] | None, *, descending: bool) -> list[ColumnElement[bool]]:
    if edge is None:
        return []
    here = tuple_(_runs.expected, _runs.id)
    return [here >= tuple_(*edge) if descending else here <= tuple_(*edge)]


def _narrow(wanted: RunFilter) -> bool:
    """Tell whether the filter itself bounds the work: to some ids, or to one tree."""
    return (
        bool(wanted.ids or wanted.id_prefix) or wanted.parent is not None or wanted.root is not None
    )


# --- what a filter asks for ----------------------------------------------------------------------


def _conditions(tx: Connection, wanted: RunFilter) -> list[ColumnElement[bool]] | None:
    """Return the filter as conditions; None when no run can meet them."""
    found: list[ColumnElement[bool] | None] = [
        _runs.task == (wanted.kind is RunKind.TASK_RUN),
        *_expected(tx, wanted),
        *_times(_runs.started, wanted.started_after, wanted.started_before),
        *_times(_runs.ended, wanted.ended_after, wanted.ended_before),
        *_among(_runs.state_type, [type_.value for type_ in wanted.types]),
        *_among(_runs.state_name, wanted.state_names),
        *_among(_runs.flow, wanted.flows),
        *_among(_runs.task_name, wanted.tasks),
        *_among(_runs.deployment, [id_.bytes for id_ in wanted.deployments]),
        *(_tagged(tx, (tag,)) for tag in wanted.tags),
    ]
    if wanted.under_way:
        found.append(waiting.is_under_way())
    if wanted.top:
        found.append(_runs.root == _runs.id)
    if wanted.any_tags:
        found.append(_tagged(tx, wanted.any_tags))
    if wanted.text is not None:
        found.append(_named(tx, wanted))
    if wanted.id_prefix is not None:
        found.append(_runs.id.in_(interned.runs_between(*ids.range_of(wanted.id_prefix))))
    if wanted.ids:
        found.append(_runs.id.in_(interned.run_numbers(tx, wanted.ids).values()))
    found += [
        _related(tx, column, run)
        for column, run in ((_runs.parent, wanted.parent), (_runs.root, wanted.root))
        if run is not None
    ]
    if any(condition is None for condition in found):
        return None
    return [condition for condition in found if condition is not None]


def _named(tx: Connection, wanted: RunFilter) -> ColumnElement[bool]:
    """The text is in the name of the run, or in that of its flow or task."""
    text = folded(wanted.text or "")
    definition = _runs.task_name if wanted.kind is RunKind.TASK_RUN else _runs.flow
    names = (_runs.name, definition)
    return or_(*(walks.position_of(tx, walks.lower(tx, name), text) > 0 for name in names))


def _expected(tx: Connection, wanted: RunFilter) -> list[ColumnElement[bool]]:
    found = _times(_runs.expected, wanted.expected_after, wanted.expected_before)
    if wanted.active_after is None:
        return found
    if not _narrow(wanted):
        first = overlaps.first_active(tx, wanted.kind, wanted.active_after)
        found.append(_runs.expected >= first)
    return [*found, overlaps.active(wanted.active_after)]


def _times(
    column: ColumnElement[int | None], after: datetime | None, before: datetime | None
) -> list[ColumnElement[bool]]:
    bounds = []
    if after is not None:
        bounds.append(column >= micros(after))
    if before is not None:
        bounds.append(column < micros(before))
    return bounds


def _among(column: ColumnElement[Any], values: Collection[Any]) -> list[ColumnElement[bool]]:
    return [column.in_(values)] if values else []


def _related(
    tx: Connection, column: ColumnElement[int | None], run: UUID
) -> ColumnElement[bool] | None:
    number = interned.run_number(tx, run)
    return column == number if number is not None else None


def _tagged(tx: Connection, tags: Sequence[str]) -> ColumnElement[bool]:
    """Ask for one of the tags: run by run when few have it, else tag by tag of each run."""
    tagged = select(tables.tags.c.run).where(tables.tags.c.tag.in_(tags))
    few = tx.execute(select(func.count()).select_from(tagged.limit(FEW + 1).subquery())).scalar()
    if few is not None and few <= FEW:
        return _runs.id.in_(tagged)
    return exists().where(tables.tags.c.tag.in_(tags), tables.tags.c.run == _runs.id)


# --- counts --------------------------------------------------------------------------------------


def count_runs(tx: Connection, wanted: RunFilter) -> RunCounts:
    """Count the runs meant by state."""
    conditions = _conditions(tx, wanted)
    if conditions is None:
        return RunCounts(total=0, types={}, names={})
    edge = _counted_from(tx, wanted)
    rows = tx.execute(
        select(_runs.state_type, _runs.state_name, func.count())
        .where(*conditions, *_within(edge, descending=True))
        .group_by(_runs.state_type, _runs.state_name)
    ).all()
    types: Counter[StateType] = Counter()
    names: Counter[str] = Counter()
    for type_, name, count in rows:
        types[StateType(type_)] += count
        names[name] += count
    return RunCounts(
        total=types.total(), types=dict(types), names=dict(names), partial=edge is not None
    )


def _counted_from(tx: Connection, wanted: RunFilter) -> tuple[int, int] | None:
    return _edge(tx, wanted, Sort(), descending=True, place=None)


def run_history(
    tx: Connection, wanted: RunFilter, since: datetime, until: datetime, step: float
) -> History:
    """Count the runs meant by state and by spans of `step` seconds in which they were expected.

    What was active when the time began, and due before, is in the first span.
    """
    bound = "expected_after" if wanted.active_after is None else "active_after"
    wanted = structs.replace(wanted, expected_before=until, **{bound: since})
    conditions = _conditions(tx, wanted)
    begin, width = micros(since), round(step * 1_000_000)
    rows: Sequence[Row[Any]] = ()
    edge = None
    if conditions is not None:
        edge = _counted_from(tx, wanted)
        since_begin = case((_runs.expected < begin, 0), else_=_runs.expected - begin)
        span = (since_begin // width).label("span")
        rows = tx.execute(
            select(span, _runs.state_type, func.count())
            .where(*conditions, *_within(edge, descending=True))
            .group_by(span, _runs.state_type)
        ).all()
    spans: dict[int, dict[StateType, int]] = {}
    for place, type_, count in sorted(map(tuple, rows)):
        spans.setdefault(place, {})[StateType(type_)] = count
    return History(
        since=since,
        until=until,
        step=step,
        buckets=tuple(
            HistoryBucket(start=moment(begin + place * width), types=types)
            for place, types in spans.items()
        ),
        partial=edge is not None,
    )
