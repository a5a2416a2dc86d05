"""Find events: one by its id, or page by page those that a filter means."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID

import msgspec
from msgspec import Raw, Struct
from sqlalchemy import Connection

from peninsula.core import pages
from peninsula.core.answers import LoggedEvent, Page
from peninsula.core.errors import NotFoundError
from peninsula.core.events import Related, Resource
from peninsula.core.filters import EventFilter
from peninsula.server.storage import bulk
from peninsula.server.storage.moments import micros, moment
from peninsula.server.storage.read import interned, walks
from peninsula.server.storage.read.interned import Labels
from peninsula.server.storage.read.walks import Criterion, Sql

__all__ = ["event_by_id", "events_since", "find_events", "head_position", "next_events", "search"]

FEW: Final = 2_000
"""Events that one criterion may leave for all the others to be checked on."""

STEPS: Final = (1_000, 20_000)
"""Events passed on an index in search of a page; after the last the answer is partial."""

_COLUMNS: Final = (
    "e.position, e.id, e.occurred, e.name, e.resource, e.run, e.root, e.emitter, e.number,"
    " e.follows, e.payload, e.related, e.extra"
)


class Walk(Struct, frozen=True, kw_only=True):
    """Which way events are passed, from where to where."""

    descending: bool = True
    timed: bool = False
    """In the order of (occurred, position), else of position."""
    after: int | None = None
    before: int | None = None
    since: int | None = None
    place: pages.Key | None = None
    """The key to begin beyond."""

    @property
    def unbounded(self) -> bool:
        """Whether time has no part in it."""
        return not self.timed and self.after is None and self.before is None

    def order(self, *columns: str) -> str:
        """Return the columns as an ORDER BY."""
        return ", ".join(f"{column} {'DESC' if self.descending else 'ASC'}" for column in columns)

    def positions(self) -> list[Sql]:
        """Return what bounds `position` on a walk."""
        # A bound below all positions changes nothing, and has every walk be a search.
        bounds = [Sql("position > ?", (self.since or 0,))]
        if self.place is not None and not self.timed:
            bounds.append(Sql(f"position {self._beyond} ?", self.place))
        return bounds

    def times(self, occurred: str, position: str) -> list[Sql]:
        """Return what bounds times, put to those columns."""
        bounds = [] if self.after is None else [Sql(f"{occurred} >= ?", (self.after,))]
        if self.before is not None:
            bounds.append(Sql(f"{occurred} < ?", (self.before,)))
        if self.place is not None and self.timed:
            bounds.append(Sql(f"({occurred}, {position}) {self._beyond} (?, ?)", self.place))
        return bounds

    @property
    def _beyond(self) -> str:
        return "<" if self.descending else ">"


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
    rows, bound = search(tx, found, walk, limit + 1)
    page, following, preceding = pages.turn(
        rows, limit, place, of, _timed_key if timed else _key, bound=bound
    )
    return Page(
        items=_logged(tx, page),
        next=following,
        previous=preceding,
        partial=bound is not None,
    )


def _key(row: Sequence[Any]) -> tuple[int, ...]:
    return (row[0],)


def _timed_key(row: Sequence[Any]) -> tuple[int, ...]:
    return (row[2], row[0])


# --- the search ----------------------------------------------------------------------------------


def search(
    tx: Connection,
    found: Sequence[Criterion],
    walk: Walk,
    limit: int,
    *,
    columns: str = _COLUMNS,
    steps: Sequence[int] = STEPS,
) -> tuple[Sequence[Any], tuple[int, ...] | None]:
    """Return up to `limit` rows, and the key where the search stopped short of its end."""
    if walk.unbounded and _needs_no_check(found):
        positions = _along(found[0].walks if found else (), walk, limit)
        return _matching(tx, positions, (), walk, limit, columns), None
    few = _few(tx, found, walk)
    if few is not None:
        return _matching(tx, few, found, walk, limit, columns), None
    ways = () if walk.timed else next((c.walks for c in found if c.walks), ())
    rows: Sequence[Any] = ()
    bound: tuple[int, ...] | None = None
    for step in steps:
        rows = _matching(tx, _along(ways, walk, step), found, walk, limit, columns)
        bound = _last(tx, ways, walk, step) if len(rows) < limit else None
        if bound is None:
            break
    return rows, bound


def _needs_no_check(found: Sequence[Criterion]) -> bool:
    return not found or (len(found) == 1 and found[0].exact and bool(found[0].walks))


def _along(ways: Sequence[Sql], walk: Walk, limit: int, offset: int = 0) -> Sql:
    """Return a select of the nearest positions on these ways; on none, of the whole log."""
    span = f" LIMIT {limit} OFFSET {offset}"
    if walk.timed and not ways:
        bounds = [*walk.times("occurred", "position"), Sql("position > ?", (walk.since or 0,))]
        return _joined(
            "SELECT position, occurred FROM events WHERE ",
            bounds,
            f" ORDER BY {walk.order('occurred', 'position')}{span}",
        )
    order = f" ORDER BY {walk.order('position')}"
    each = [
        _joined(f"{way.text} AND ", walk.positions(), order, before=way.values)
        for way in ways or (Sql("SELECT position FROM events WHERE 1 = 1"),)
    ]
    if len(each) == 1:
        return Sql(each[0].text + span, each[0].values)
    either = " UNION ".join(
        f"SELECT position FROM ({way.text} LIMIT {limit + offset}) AS w{place}"
        for place, way in enumerate(each)
    )
    values = tuple(value for way in each for value in way.values)
    return Sql(f"SELECT position FROM ({either}) AS walks{order}{span}", values)


def _joined(head: str, bounds: Sequence[Sql], tail: str, before: tuple[Any, ...] = ()) -> Sql:
    text = " AND ".join(bound.text for bound in bounds)
    values = tuple(value for bound in bounds for value in bound.values)
    return Sql(head + text + tail, before + values)


def _few(tx: Connection, found: Sequence[Criterion], walk: Walk) -> Sql | None:
    """Return the positions that the most selective criterion leaves, if they are few."""
    ways = [_along(criterion.walks, walk, FEW + 1) for criterion in found if criterion.walks]
    if walk.timed:
        ways.append(_along((), walk, FEW + 1))
    counted = [
        (bulk.run(tx, f"SELECT count(*) FROM ({way.text}) AS few", *way.values).scalar_one(), place)
        for place, way in enumerate(ways)
    ]
    count, place = min(counted, default=(FEW + 1, 0))
    return ways[place] if count <= FEW else None


def _last(tx: Connection, ways: Sequence[Sql], walk: Walk, step: int) -> tuple[int, ...] | None:
    """Return the key of the last event that a step passes, None when it came to the end."""
    end = _along(ways, walk, 1, offset=step - 1)
    row: Any = bulk.run(tx, end.text, *end.values).first()
    if row is None:
        return None
    return (row[1], row[0]) if walk.timed else (row[0],)


def _matching(
    tx: Connection,
    positions: Sql,
    found: Sequence[Criterion],
    walk: Walk,
    limit: int,
    columns: str,
) -> Sequence[Any]:
    conditions = [
        *(criterion.condition for criterion in found),
        *walk.times("e.occurred + 0", "e.position + 0"),
    ]
    order = walk.order("e.occurred", "e.position") if walk.timed else walk.order("c.position")
    statement = _joined(
        f"SELECT {columns} FROM ({positions.text}) AS c"
        " JOIN events e ON e.position = c.position WHERE ",
        conditions or [Sql("1 = 1")],
        f" ORDER BY {order} LIMIT {limit}",
        before=positions.values,
    )
    return bulk.run(tx, statement.text, *statement.values).all()


# --- one event, and what is new ------------------------------------------------------------------


def event_by_id(tx: Connection, id_: UUID) -> LoggedEvent:
    """Return the event of that id. Raises NotFoundError."""
    rows = bulk.run(tx, f"SELECT {_COLUMNS} FROM events e WHERE e.id = ?", id_.bytes).all()
    if not rows:
        msg = f"No event {id_}. It was never in this log, or retention has removed it."
        raise NotFoundError(msg)
    return _logged(tx, rows)[0]


def events_since(tx: Connection, position: int, limit: int) -> tuple[LoggedEvent, ...]:
    """Return the next events after a position, in the order of positions."""
    walk = Walk(descending=False, since=position)
    return _logged(tx, search(tx, (), walk, limit)[0])


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
    rows, bound = search(tx, found, walk, limit + 1)
    page = _logged(tx, rows[:limit])
    if len(rows) > limit:
        return page, page[-1].position
    return page, bound[0] if bound is not None else None


def head_position(tx: Connection) -> int:
    """Return the position of the newest event, 0 in an empty log."""
    position: int = tx.exec_driver_sql("SELECT position FROM head").scalar_one()
    return position


# --- rows to events ------------------------------------------------------------------------------

_PAIRS: Final = msgspec.json.Decoder(tuple[tuple[int, int], ...])


class _Extra(Struct, frozen=True):
    name: str | None = None
    labels: dict[str, str] = {}


_EXTRAS: Final = msgspec.json.Decoder(dict[int, _Extra])
_PLAIN: Final = _Extra()


def _logged(tx: Connection, rows: Sequence[Any]) -> tuple[LoggedEvent, ...]:
    names, resources, runs, emitters = set[int](), set[int](), set[int](), set[int]()
    pairs = []
    for _, _, _, name, resource, run, root, emitter, _, _, _, related, _ in rows:
        some = _PAIRS.decode(related) if related else ()
        pairs.append(some)
        names.add(name)
        names.update(role for _, role in some)
        resources.add(resource if resource is not None else -run)
        resources.update(number for number, _ in some)
        runs.update((run, root))
        emitters.add(emitter)
    labels = interned.labels_of(
        tx, names=names, resources=resources, runs=runs - {None}, emitters=emitters - {None}
    )
    return tuple(_event(row, some, labels) for row, some in zip(rows, pairs, strict=True))


def _event(row: Sequence[Any], pairs: Sequence[tuple[int, int]], labels: Labels) -> LoggedEvent:
    (
        position,
        id_,
        occurred,
        name,
        resource,
        run,
        root,
        emitter,
        number,
        follows,
        payload,
        _,
        extra,
    ) = row
    told = _EXTRAS.decode(extra) if extra else {}
    own = told.get(0, _PLAIN)
    about = labels.resources[resource if resource is not None else -run]
    return LoggedEvent(
        position=position,
        id=UUID(bytes=bytes(id_)),
        occurred=moment(occurred),
        event=labels.names[name],
        resource=Resource(id=about, name=own.name, labels=own.labels),
        related=tuple(
            _related(labels.resources[other], labels.names[role], told.get(place, _PLAIN))
            for place, (other, role) in enumerate(pairs, 1)
        ),
        payload=Raw(payload.encode()),
        follows=UUID(bytes=bytes(follows)) if follows is not None else None,
        run=labels.runs[run] if run is not None else None,
        root=labels.runs[root] if root is not None else None,
        emitter=labels.emitters[emitter] if emitter is not None else None,
        number=number,
    )


def _related(id_: str, role: str, extra: _Extra) -> Related:
    return Related(id=id_, role=role, name=extra.name, labels=extra.labels)
