"""Find events: one by its id, or page by page those that a filter means."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Connection

from peninsula.core import pages
from peninsula.core.answers import LoggedEvent, Page
from peninsula.core.errors import NotFoundError
from peninsula.core.filters import EventFilter
from peninsula.server.storage import bulk
from peninsula.server.storage.moments import micros
from peninsula.server.storage.read import walks
from peninsula.server.storage.read.logged import COLUMNS, logged
from peninsula.server.storage.read.search import Walk, search

__all__ = ["event_by_id", "events_since", "find_events", "head_position", "next_events"]


def find_events(
    tx: Connection,
    wanted: EventFilter,
    *,
    newest_first: bool = True,
    limit: int = 50,
    cursor: str | None = None,
) -> Page[LoggedEvent]:
    """Return a page of the events meant: by time when a time is asked for, else by position."""
    timed = wanted.after is not None or wanted.before is not None
    of = pages.digest("events", wanted, newest_first)
    shape = (int, int) if timed else (int,)
    place = pages.read_cursor(cursor, of, shape) if cursor is not None else None
    found = walks.criteria(tx, wanted)
    if found is None:
        return Page(items=())
    walk = Walk(
        descending=newest_first != (place is not None and place.back),
        timed=timed,
        after=micros(wanted.after) if wanted.after is not None else None,
        before=micros(wanted.before) if wanted.before is not None else None,
        since=wanted.since,
        place=place.key if place is not None else None,
    )
    rows, bound = search(tx, found, walk, limit + 1, columns=COLUMNS)
    page, following, preceding = pages.turn(
        rows, limit, place, of, _timed_key if timed else _key, bound=bound
    )
    return Page(
        items=logged(tx, page),
        next=following,
        previous=preceding,
        partial=bound is not None,
    )


def _key(row: Sequence[Any]) -> tuple[int, ...]:
    return (row[0],)


def _timed_key(row: Sequence[Any]) -> tuple[int, ...]:
    return (row[2], row[0])


# --- one event, and what is new ------------------------------------------------------------------


def event_by_id(tx: Connection, id_: UUID) -> LoggedEvent:
    """Return the event of that id. Raises NotFoundError."""
    rows = bulk.run(tx, f"SELECT {COLUMNS} FROM events e WHERE e.id = ?", id_.bytes).all()
    if not rows:
        msg = f"No event {id_}. It was never in this log, or retention has removed it."
        raise NotFoundError(msg)
    return logged(tx, rows)[0]


def events_since(tx: Connection, position: int, limit: int) -> tuple[LoggedEvent, ...]:
    """Return the next events after a position, in the order of positions."""
    walk = Walk(descending=False, since=position)
    return logged(tx, search(tx, (), walk, limit, columns=COLUMNS)[0])


def next_events(
    tx: Connection, wanted: EventFilter, limit: int
) -> tuple[tuple[LoggedEvent, ...], int | None]:
    """Return the next events meant after `wanted.since`, and the position up to which that is all.

    The position is None when it is all there is.
    """
    found = walks.criteria(tx, wanted)
    if found is None:
        return (), None
    walk = Walk(
        descending=False,
        after=micros(wanted.after) if wanted.after is not None else None,
        before=micros(wanted.before) if wanted.before is not None else None,
        since=wanted.since,
    )
    rows, bound = search(tx, found, walk, limit + 1, columns=COLUMNS)
    page = logged(tx, rows[:limit])
    if len(rows) > limit:
        return page, page[-1].position
    return page, bound[0] if bound is not None else None


def head_position(tx: Connection) -> int:
    """Return the position of the newest event, 0 in an empty log."""
    position: int = tx.exec_driver_sql("SELECT position FROM head").scalar_one()
    return position
