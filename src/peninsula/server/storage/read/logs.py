"""Read the lines that runs logged."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, Select, func, select, tuple_

from peninsula.core import codec, pages
from peninsula.core.answers import LogEntry, Page, RunLines
from peninsula.core.filters import folded
from peninsula.core.printed import BY_POD
from peninsula.core.records import Process
from peninsula.core.runs import RunKind
from peninsula.server.storage import tables
from peninsula.server.storage.moments import moment
from peninsula.server.storage.read import interned, subtree, trees, walks
from peninsula.server.storage.read.columns import Codes, differences, transposed

__all__ = ["find_logs", "read_lines"]

SCAN: Final = 50_000
"""Lines passed in search of a page; beyond, the answer is partial."""

LINES: Final = 5_000
"""Lines in one answer by column."""

CHARACTERS: Final = 4 * 1024 * 1024
"""Characters in one answer by column, of lines that are long; one line is there in any case."""

_logs = tables.logs.c
_emitters = tables.emitters.c
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


def read_lines(tx: Connection, kind: RunKind, id_: UUID, *, cursor: str | None = None) -> RunLines:
    """Return lines of a run and of everything below it by column, oldest first."""
    run, root = trees.run_and_root(tx, kind, id_)
    of = pages.digest("lines", id_)
    place = pages.read_cursor(cursor, of, (int,) * 4) if cursor is not None else None
    passed = _passed(run, root, below=True, place=place, descending=False)
    rows, more = _bounded(tx.execute(passed.limit(LINES + 1)))
    loggers, runs, containers = Codes(), Codes(), Codes()
    printers = _printers(tx, rows)
    base = rows[0].time if rows else 0
    said_in = tuple(runs[row.run] for row in rows)
    ids = interned.labels_of(tx, runs=runs).runs
    return RunLines(
        base=base,
        rows=len(rows),
        time=differences(row.time - base for row in rows),
        level=tuple(row.level for row in rows),
        logger=tuple(loggers[row.logger] for row in rows),
        loggers=tuple(loggers),
        run=said_in,
        runs=transposed([ids[number].bytes for number in runs]),
        message=tuple(row.message for row in rows),
        printed=tuple(
            (place, containers[printers[row.emitter]])
            for place, row in enumerate(rows)
            if row.emitter in printers
        ),
        containers=tuple(containers),
        next=pages.write_cursor(pages.Cursor(of, False, _key(rows[-1]))) if more else None,
    )


def _bounded(found: Iterable[Any]) -> tuple[list[Any], bool]:
    """Return as many rows as an answer holds, and whether there are more."""
    rows: list[Any] = []
    room = CHARACTERS
    for row in found:
        if rows and (len(rows) == LINES or len(row.message) > room):
            return rows, True
        rows.append(row)
        room -= len(row.message)
    return rows, False


def _printers(tx: Connection, rows: Iterable[Any]) -> dict[int, str]:
    """Return which containers printed some of the lines, by their emitters."""
    wanted = {row.emitter for row in rows if row.logger.startswith(BY_POD)}
    if not wanted:
        return {}
    found = tx.execute(select(_emitters.id, _emitters.process).where(_emitters.id.in_(wanted)))
    processes = {row.id: codec.decode(Process, row.process.encode()) for row in found}
    return {id_: process.command or "" for id_, process in processes.items()}


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
