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

__all__ = ["Nearby", "read_nearby", "read_watched"]

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
    reached: datetime
    """From when on all events of that time were looked at."""
    partial: bool
    """There was more than was looked at."""


def read_nearby(tx: Connection, failure: causes.Failure, root: int, touched: Touched) -> Nearby:
    """Return what happened before a failure in the tree of that run, which touched that."""
    reached, telling = _reached(tx, failure), _telling(tx)
    window = _window(failure, reached)
    sorts = _by_others(tx, window, root)
    wanted = touched.numbers | _by_error(tx, failure, sorts, touched.numbers, telling)
    chosen, more = _nearest(tx, window, root, _alike(sorts, wanted, telling), telling)
    events = origins.events_at(tx, chosen)
    others = tuple(events[position] for position, is_own in chosen.items() if not is_own)
    own = {position: events[position] for position, is_own in chosen.items() if is_own}
    plain, more_own = _own(tx, failure, root)
    own |= {event.position: event for event in plain}
    if more_own and others:
        # What it did with that since may say that all is well with it.
        about = {event.resource.id for event in others}
        own |= {event.position: event for event in _own(tx, failure, root, about)[0]}
    return Nearby(
        others=others,
        own=tuple(own.values()),
        reached=failure.at - causes.WINDOW if reached is None else moment(reached),
        # What the run did itself and says nothing ill of tells only where its time went.
        partial=more
        or touched.partial
        or reached is not None
        or (more_own and failure.timed_out is not None),
    )


# --- what happened at all ------------------------------------------------------------------------


def read_watched(tx: Connection, failure: causes.Failure, reached: datetime) -> dict[str, int]:
    """Return kinds of resources that anything happened to since then, and how often."""
    statement = (
        "SELECT r.kind, sum(w.events) FROM (SELECT n.resource, count(*) AS events FROM"
        f" {_passed('resource')} GROUP BY n.resource) AS w JOIN resources r ON r.id = w.resource"
        f" WHERE NOT (r.kind IN ({_WORDS}) AND substr(r.text, 1, {len(OWN)}) = '{OWN}')"
        " GROUP BY r.kind"
    )
    rows: Iterable[Any] = bulk.run(tx, statement, micros(reached), micros(failure.at)).all()
    watched: Counter[str] = Counter()
    for kind, events in rows:
        watched[kind.strip() or "other"] += int(events)
    return dict(sorted(watched.items()))


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


def _passed(columns: str) -> str:
    """Return a select of the events in a window."""
    return (
        f"(SELECT {columns} FROM events WHERE occurred >= ? AND occurred <= ?"
        f" ORDER BY occurred DESC LIMIT {PASSED}) AS n"
    )


# --- what may have led to it ---------------------------------------------------------------------


def _telling(tx: Connection) -> frozenset[int]:
    """Return the names that say that something went wrong or changed."""
    known: Iterable[Any] = bulk.run(tx, "SELECT id, text FROM names").all()
    return frozenset(number for number, name in known if causes.tells_of_change(name))


def _by_others(tx: Connection, window: tuple[int, int], root: int) -> Sequence[Any]:
    """Return what sorts of events others told of, the last told first.

    Events by the thousand are of few sorts: to bring each of them here takes ten times as long.
    """
    statement = (
        "SELECT s.resource, s.name, s.related FROM"
        " (SELECT n.resource, n.name, n.related, max(n.occurred) AS latest FROM"
        f" {_passed('resource, name, related, root, occurred')}"
        f" WHERE n.root IS NULL OR n.root <> {root}"
        " GROUP BY n.resource, n.name, n.related) AS s"
        f" WHERE {_outside('s').text} ORDER BY s.latest DESC"
    )
    return bulk.run(tx, statement, *window).all()


def _by_error(
    tx: Connection,
    failure: causes.Failure,
    sorts: Sequence[Any],
    touched: Collection[int],
    telling: Collection[int],
) -> set[int]:
    """Return what the error names, of what others did something with and the run did not."""
    first = sorted(sorts, key=lambda one: one.name not in telling)
    others = dict.fromkeys(one.resource for one in first if one.resource not in touched)
    ids = interned.labels_of(tx, resources=[*islice(others, READ)]).resources
    return {number for number, id_ in ids.items() if causes.is_named((id_,), failure)}


class _Alike(Struct, frozen=True, kw_only=True):
    """By what events are known to have to do with what is wanted."""

    resources: frozenset[int]
    related: frozenset[str]


def _alike(sorts: Iterable[Any], wanted: Collection[int], telling: Collection[int]) -> _Alike:
    """Return what is of the nearest sorts; one event of each is one more than are weighed."""
    resources: dict[bool, dict[int, None]] = {True: {}, False: {}}
    related: dict[bool, dict[str, None]] = {True: {}, False: {}}
    for one in sorts:
        tells = one.name in telling
        if one.resource in wanted and len(resources[tells]) <= NEAR:
            resources[tells][one.resource] = None
        elif one.related and len(related[tells]) <= NEAR and _names(one.related, wanted):
            related[tells][one.related] = None
    return _Alike(
        resources=frozenset().union(*resources.values()),
        related=frozenset().union(*related.values()),
    )


def _names(related: str, wanted: Collection[int]) -> bool:
    return any(number in wanted for number, _ in _PAIRS.decode(related))


def _nearest(
    tx: Connection, window: tuple[int, int], root: int, alike: _Alike, telling: Collection[int]
) -> tuple[dict[int, bool], bool]:
    """Return where the nearest events are that may have led to it, and whether there are more.

    Of others what is alike, of its own tree what went wrong or changed: of each it is told which.
    """
    columns = (
        "position, occurred, name, resource, related,"
        f" CASE WHEN root = {root} THEN 1 ELSE 0 END AS own,"
        f" CASE WHEN name IN ({_listed(telling)}) THEN 1 ELSE 0 END AS tells"
    )
    statement = (
        "SELECT p.position, p.own, p.place FROM (SELECT n.position, n.own, row_number() OVER"
        " (PARTITION BY n.own, n.tells ORDER BY n.occurred DESC, n.position DESC) AS place"
        f" FROM {_passed(columns)} WHERE (n.own = 1 AND n.tells = 1 OR n.own = 0"
        f" AND (n.resource IN ({_listed(alike.resources)})"
        f" OR n.related IN ({bulk.placeholders(len(alike.related)) or 'NULL'})))"
        f" AND {_outside('n').text}) AS p WHERE p.place <= {NEAR + 1}"
    )
    rows: Sequence[Any] = bulk.run(tx, statement, *window, *sorted(alike.related)).all()
    chosen = {position: bool(own) for position, own, place in rows if place <= NEAR}
    return chosen, len(chosen) < len(rows)


def _listed(numbers: Iterable[int]) -> str:
    return ", ".join(map(str, sorted(numbers))) or "0"


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
