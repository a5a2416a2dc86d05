"""Read what happened before a failure that may have to do with it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Any, Final

from msgspec import Struct
from sqlalchemy import ColumnElement, Connection, func, select

from peninsula.core import causes
from peninsula.core.answers import LoggedEvent
from peninsula.core.filters import EventFilter
from peninsula.core.resources import OWN, own
from peninsula.server.storage import bulk, tables
from peninsula.server.storage.moments import micros, moment
from peninsula.server.storage.read import subtree, walks
from peninsula.server.storage.read.logged import COLUMNS, logged
from peninsula.server.storage.read.search import Walk, search

__all__ = ["Nearby", "read_nearby", "touched_by"]

TOUCHED: Final = 50
"""Resources whose events are looked for: those touched last."""

NAMED: Final = 20
"""Others that the error names: those with most events."""

MEMBERS: Final = 500
"""Runs below a run in the middle of a tree whose touches are looked at."""

NEAR: Final = 200
"""Events before the failure that are weighed, the nearest; as many of its own tree."""

PASSED: Final = 20_000
"""Events in the time before the failure that are counted, the newest."""

_touches = tables.touches.c
_resources = tables.resources.c

BOOKKEEPING: Final = ("artifact", "concurrency-limit", "process", "variable")
"""Kinds of ours that runs make or change as they go: what is told of them is nothing outside."""

_WORDS: Final = ", ".join(f"'{kind}'" for kind in BOOKKEEPING)
_ENDS: Final = ", ".join(f"'{own('process', part)}'" for part in causes.PROCESS_ENDS)
"""What workers tell of how the process of a run ended: that is outside of the run."""

_OUTSIDE: Final = walks.Criterion(
    condition=walks.Sql(
        "e.resource + 0 > 0 AND (NOT EXISTS (SELECT 1 FROM resources own WHERE own.id = e.resource"
        f" AND own.kind IN ({_WORDS}) AND substr(own.text, 1, {len(OWN)}) = '{OWN}')"
        f" OR e.name + 0 IN (SELECT id FROM names WHERE text IN ({_ENDS})))"
    )
)
"""About no run, and none of the bookkeeping."""


class Nearby(Struct, frozen=True, kw_only=True):
    """What happened in the time before a failure."""

    others: tuple[LoggedEvent, ...]
    """To what it touched or names, outside of its own tree."""
    own: tuple[LoggedEvent, ...]
    """In its own tree, to something outside."""
    watched: dict[str, int]
    """Kinds of resources that anything happened to, and how often."""
    partial: bool
    """There was more than was looked at."""


def touched_by(tx: Connection, run: int, root: int) -> dict[str, datetime]:
    """Return the ids of what a run and those below it touched, and when each was first."""
    runs = [run] if root == run else subtree.numbers(tx, run, limit=MEMBERS)
    last = func.max(_touches.last)
    found = tx.execute(
        select(_resources.text, func.min(_touches.first))
        .join_from(tables.touches, tables.resources, _resources.id == _touches.resource)
        .where(_touches.run.in_(runs), ~_is_bookkeeping() | (_resources.kind == "process"))
        .group_by(_resources.text)
        .order_by(last.desc(), _resources.text)
        .limit(TOUCHED)
    )
    return {id_: moment(first) for id_, first in found}


def _is_bookkeeping() -> ColumnElement[bool]:
    return _resources.text.startswith(OWN) & _resources.kind.in_(BOOKKEEPING)


def read_nearby(tx: Connection, failure: causes.Failure, root: int) -> Nearby:
    """Return what happened before a failure in the tree of that run."""
    happened = _happened(tx, failure)
    watched: dict[str, int] = {}
    for _, kind, events in happened:
        named = kind.strip() or "other"
        watched[named] = watched.get(named, 0) + events
    by_error = [id_ for id_, _, _ in happened if causes.is_named((id_,), failure)]
    wanted = failure.touched | set(by_error[:NAMED])
    others, more = _others(tx, failure, root, wanted)
    own, more_own = _own(tx, failure, root)
    return Nearby(
        others=others, own=own, watched=dict(sorted(watched.items())), partial=more or more_own
    )


def _happened(tx: Connection, failure: causes.Failure) -> Sequence[tuple[str, str, int]]:
    """Return the id and kind of what something happened to, and how often, most often first."""
    statement = (
        "SELECT r.text, r.kind, w.events FROM (SELECT n.resource, count(*) AS events FROM"
        " (SELECT resource FROM events WHERE occurred >= ? AND occurred <= ?"
        f" ORDER BY occurred DESC LIMIT {PASSED}) AS n GROUP BY n.resource) AS w"
        " JOIN resources r ON r.id = w.resource ORDER BY w.events DESC, r.text"
    )
    since, until = micros(failure.at - causes.WINDOW), micros(failure.at)
    rows: Iterable[Any] = bulk.run(tx, statement, since, until).all()
    found = [tuple(row) for row in rows]
    return [row for row in found if not (row[0].startswith(OWN) and row[1] in BOOKKEEPING)]


def _others(
    tx: Connection, failure: causes.Failure, root: int, wanted: Collection[str]
) -> tuple[tuple[LoggedEvent, ...], bool]:
    found = walks.criteria(tx, EventFilter(involves=tuple(sorted(wanted)))) if wanted else None
    if found is None:
        return (), False
    foreign = walks.Sql(f"(e.root IS NULL OR e.root + 0 <> {root})")
    events, more = _search(tx, failure, [*found, walks.Criterion(condition=foreign), _OUTSIDE])
    # A system's links hold what happened to anything in it: only what was asked for counts.
    near = tuple(event for event in events if not _ids(event).isdisjoint(wanted))
    return near, more


def _own(
    tx: Connection, failure: causes.Failure, root: int
) -> tuple[tuple[LoggedEvent, ...], bool]:
    tree = walks.Criterion(
        condition=walks.Sql(f"e.root + 0 = {root}"),
        walks=(walks.Sql(f"SELECT position FROM events WHERE root = {root}"),),
    )
    return _search(tx, failure, [tree, _OUTSIDE])


def _search(
    tx: Connection, failure: causes.Failure, found: Sequence[walks.Criterion]
) -> tuple[tuple[LoggedEvent, ...], bool]:
    after, before = micros(failure.at - causes.WINDOW), micros(failure.at) + 1
    walk = Walk(timed=True, after=after, before=before)
    rows, bound = search(tx, found, walk, NEAR, columns=COLUMNS)
    return tuple(logged(tx, rows)), bound is not None or len(rows) == NEAR


def _ids(event: LoggedEvent) -> set[str]:
    return {event.resource.id, *(related.id for related in event.related)}
