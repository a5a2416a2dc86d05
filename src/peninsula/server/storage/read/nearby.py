"""Read what happened before a failure that may have to do with it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from itertools import islice
from typing import Any, Final

import msgspec
from msgspec import Struct
from sqlalchemy import Connection

from peninsula.core import causes
from peninsula.core.answers import LoggedEvent
from peninsula.core.filters import EventFilter
from peninsula.core.resources import OWN, own
from peninsula.server.storage import bulk
from peninsula.server.storage.moments import micros, moment
from peninsula.server.storage.read import interned, origins, walks
from peninsula.server.storage.read.logged import COLUMNS, logged
from peninsula.server.storage.read.search import Walk, search
from peninsula.server.storage.read.touched import BOOKKEEPING, Touched

__all__ = ["Nearby", "read_nearby"]

READ: Final = 2_000
"""Others whose names are looked for in the error: those first to which something went wrong."""

NEAR: Final = 200
"""Events before the failure that are weighed, the nearest: so many that say by their name that
something went wrong or changed, and so many others; of its own tree as well."""

PASSED: Final = 50_000
"""Events in the time before the failure that are looked at, the newest."""

_WORDS: Final = ", ".join(f"'{kind}'" for kind in BOOKKEEPING)
_ENDS: Final = ", ".join(f"'{own('process', part)}'" for part in causes.PROCESS_ENDS)
"""What workers tell of how the process of a run ended: that is outside of the run."""


def _outside(event: str) -> walks.Sql:
    """Return that an event is about no run, and none of the bookkeeping."""
    return walks.Sql(
        f"{event}.resource + 0 > 0 AND (NOT EXISTS (SELECT 1 FROM resources own"
        f" WHERE own.id = {event}.resource AND own.kind IN ({_WORDS})"
        f" AND substr(own.text, 1, {len(OWN)}) = '{OWN}')"
        f" OR {event}.name + 0 IN (SELECT id FROM names WHERE text IN ({_ENDS})))"
    )


_PAIRS: Final = msgspec.json.Decoder(tuple[tuple[int, int], ...])


class Nearby(Struct, frozen=True, kw_only=True):
    """What happened in the time before a failure."""

    others: tuple[LoggedEvent, ...]
    """To what it touched or names, outside of its own tree."""
    own: tuple[LoggedEvent, ...]
    """In its own tree, to something outside."""
    watched: dict[str, int]
    """Kinds of resources that anything happened to since `reached`, and how often."""
    reached: datetime
    """From when on all events of that time were looked at."""
    partial: bool
    """There was more than was looked at."""


def read_nearby(tx: Connection, failure: causes.Failure, root: int, touched: Touched) -> Nearby:
    """Return what happened before a failure in the tree of that run, which touched that."""
    reached, telling = _reached(tx, failure), _telling(tx)
    passed = _passed(tx, failure, reached, root, telling)
    wanted = touched.numbers | _by_error(tx, failure, passed, touched.numbers, telling)
    chosen, more = _nearest(
        [one for one in passed if one.root == root or not wanted.isdisjoint(_named(one))],
        root,
        telling,
    )
    events = origins.events_at(tx, (one.position for one in chosen))
    others = tuple(events[one.position] for one in chosen if one.root != root)
    own = {one.position: events[one.position] for one in chosen if one.root == root}
    plain, more_own = _own(tx, failure, root)
    own |= {event.position: event for event in plain}
    if more_own and others:
        # What it did with that since may say that all is well with it.
        about = {event.resource.id for event in others}
        own |= {event.position: event for event in _own(tx, failure, root, about)[0]}
    return Nearby(
        others=others,
        own=tuple(own.values()),
        watched=_watched(tx, failure, reached),
        reached=failure.at - causes.WINDOW if reached is None else moment(reached),
        # What the run did itself and says nothing ill of tells only where its time went.
        partial=more
        or touched.partial
        or reached is not None
        or (more_own and failure.timed_out is not None),
    )


# --- what happened at all ------------------------------------------------------------------------


def _reached(tx: Connection, failure: causes.Failure) -> int | None:
    """Return from when on the events before the failure are looked at; None: all of them are."""
    beyond = (
        "SELECT occurred FROM events WHERE occurred >= ? AND occurred <= ?"
        f" ORDER BY occurred DESC LIMIT 1 OFFSET {PASSED}"
    )
    found: int | None = bulk.run(tx, beyond, *_window(failure)).scalar()
    return found if found is None else found + 1


def _window(failure: causes.Failure, reached: int | None = None) -> tuple[int, int]:
    return reached or micros(failure.at - causes.WINDOW), micros(failure.at)


def _watched(tx: Connection, failure: causes.Failure, reached: int | None) -> dict[str, int]:
    """Return kinds of resources that anything happened to, and how often."""
    statement = (
        "SELECT r.kind, sum(w.events) FROM (SELECT n.resource, count(*) AS events FROM"
        " (SELECT resource FROM events WHERE occurred >= ? AND occurred <= ?"
        f" ORDER BY occurred DESC LIMIT {PASSED}) AS n GROUP BY n.resource) AS w"
        " JOIN resources r ON r.id = w.resource"
        f" WHERE NOT (r.kind IN ({_WORDS}) AND substr(r.text, 1, {len(OWN)}) = '{OWN}')"
        " GROUP BY r.kind"
    )
    rows: Iterable[Any] = bulk.run(tx, statement, *_window(failure, reached)).all()
    watched: Counter[str] = Counter()
    for kind, events in rows:
        watched[kind.strip() or "other"] += int(events)
    return dict(sorted(watched.items()))


# --- what may have led to it ---------------------------------------------------------------------


def _telling(tx: Connection) -> frozenset[int]:
    """Return the names that say that something went wrong or changed."""
    known: Iterable[Any] = bulk.run(tx, "SELECT id, text FROM names").all()
    return frozenset(number for number, name in known if causes.tells_of_change(name))


def _passed(
    tx: Connection,
    failure: causes.Failure,
    reached: int | None,
    root: int,
    telling: Collection[int],
) -> Sequence[Any]:
    """Return what others did, and what went wrong or changed in its own tree; the newest first."""
    names = ", ".join(map(str, sorted(telling))) or "0"
    statement = (
        "SELECT n.position, n.name, n.resource, n.root, n.related FROM"
        " (SELECT position, occurred, name, resource, root, related FROM events"
        " WHERE occurred >= ? AND occurred <= ?"
        f" ORDER BY occurred DESC, position DESC LIMIT {PASSED}) AS n"
        f" WHERE (n.root IS NULL OR n.root <> {root} OR n.name IN ({names}))"
        f" AND {_outside('n').text} ORDER BY n.occurred DESC, n.position DESC"
    )
    return bulk.run(tx, statement, *_window(failure, reached)).all()


def _by_error(
    tx: Connection,
    failure: causes.Failure,
    passed: Sequence[Any],
    touched: Collection[int],
    telling: Collection[int],
) -> set[int]:
    """Return what the error names, of what others did something with and the run did not."""
    first = sorted(passed, key=lambda one: one.name not in telling)
    others = dict.fromkeys(one.resource for one in first if one.resource not in touched)
    ids = interned.labels_of(tx, resources=[*islice(others, READ)]).resources
    return {number for number, id_ in ids.items() if causes.is_named((id_,), failure)}


def _named(passed: Any) -> set[int]:
    pairs = _PAIRS.decode(passed.related) if passed.related else ()
    return {passed.resource, *(number for number, _ in pairs)}


def _nearest(passed: Iterable[Any], root: int, telling: Collection[int]) -> tuple[list[Any], bool]:
    """Return the nearest of each sort, and whether there are more."""
    sorts: dict[tuple[bool, bool], list[Any]] = {}
    for one in passed:
        sorts.setdefault((one.root == root, one.name in telling), []).append(one)
    nearest = [one for sort in sorts.values() for one in sort[:NEAR]]
    return nearest, any(len(sort) > NEAR for sort in sorts.values())


def _own(
    tx: Connection, failure: causes.Failure, root: int, about: Collection[str] = ()
) -> tuple[tuple[LoggedEvent, ...], bool]:
    """Return what happened last in its own tree, to anything or to that, and if there is more."""
    tree = walks.Criterion(
        condition=walks.Sql(f"e.root + 0 = {root}"),
        walks=(walks.Sql(f"SELECT position FROM events WHERE root = {root}"),),
    )
    found = walks.criteria(tx, EventFilter(involves=tuple(sorted(about)))) or ()
    outside = walks.Criterion(condition=_outside("e"))
    after, before = _window(failure)
    walk = Walk(timed=True, after=after, before=before + 1)
    rows, bound = search(tx, [tree, *found, outside], walk, NEAR, columns=COLUMNS)
    return logged(tx, rows), bound is not None or len(rows) == NEAR
