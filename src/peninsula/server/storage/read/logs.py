"""Read the lines that runs logged."""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, Select, func, select, tuple_

from peninsula.core import pages
from peninsula.core.answers import LogEntry, Page
from peninsula.core.filters import folded
from peninsula.core.runs import RunKind
from peninsula.server.storage import tables
from peninsula.server.storage.moments import moment
from peninsula.server.storage.read import interned, subtree, trees, walks

__all__ = ["find_logs"]

SCAN: Final = 50_000
"""Lines passed in search of a page; beyond, the answer is partial."""

_logs = tables.logs.c
_KEY: Final = ("time", "emitter", "number", "line")


def find_logs(
    tx: Connection,
    kind: RunKind,
    id_: UUID,
    *,
    level: int = 0,
    text: str | None = None,
    below: bool = True,
    newest_first: bool = False,
    limit: int = 200,
    cursor: str | None = None,
) -> Page[LogEntry]:
    """Return a page of the lines of a run, with those of everything below it if so asked."""
    run, root = trees.run_and_root(tx, kind, id_)
    of = pages.digest("logs", id_, level, text, below, newest_first)
    place = pages.read_cursor(cursor, of, (int,) * 4) if cursor is not None else None
    descending = newest_first != (place is not None and place.back)
    passed = _passed(run, root, below=below, place=place, descending=descending)
    lines = passed.limit(SCAN if level or text else limit + 1).subquery()
    rows = tx.execute(
        select(lines)
        .where(*_conditions(tx, lines.c, level, text))
        .order_by(*_order(lines.c, descending=descending))
        .limit(limit + 1)
    ).all()
    bound = None
    if (level or text) and len(rows) <= limit:
        bound = _last(tx, passed)
    page, following, preceding = pages.turn(rows, limit, place, of, _key, bound=bound)
    labels = interned.labels_of(tx, runs={row.run for row in page})
    entries = tuple(
        LogEntry(
            time=moment(row.time),
            level=row.level,
            logger=row.logger,
            message=row.message,
            run=labels.runs[row.run],
        )
        for row in page
    )
    return Page(items=entries, next=following, previous=preceding, partial=bound is not None)


def _key(row: Any) -> pages.Key:
    return (row.time, row.emitter, row.number, row.line)


def _order(columns: Any, *, descending: bool) -> list[ColumnElement[Any]]:
    return [columns[name].desc() if descending else columns[name].asc() for name in _KEY]


def _passed(
    run: int, root: int, *, below: bool, place: pages.Cursor | None, descending: bool
) -> Select[Any]:
    """Return a select of the lines beyond a place, in order, whatever they say."""
    here = tuple_(*(_logs[name] for name in _KEY))
    statement = select(*_logs).order_by(*_order(_logs, descending=descending))
    if place is not None:
        there = tuple_(*place.key)
        statement = statement.where(here < there if descending else here > there)
    if not below:
        return statement.where(_logs.run == run)
    if root == run:
        return statement.where(_logs.root == root)
    return statement.where(_logs.root == root, _logs.run.in_(subtree.below(run)))


def _conditions(
    tx: Connection, columns: Any, level: int, text: str | None
) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = [columns.level >= level] if level else []
    if text:
        conditions.append(walks.position_of(tx, walks.lower(tx, columns.message), folded(text)) > 0)
    return conditions


def _last(tx: Connection, passed: Select[Any]) -> pages.Key | None:
    """Return the key of the last line that a search passes, None when it saw all."""
    few = passed.limit(SCAN).subquery()
    if tx.execute(select(func.count()).select_from(few)).scalar_one() < SCAN:
        return None
    row = tx.execute(passed.limit(1).offset(SCAN - 1)).first()
    return _key(row) if row is not None else None
