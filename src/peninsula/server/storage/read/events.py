"""Find events: one by its id, or page by page those that a filter means."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID

import msgspec
from msgspec import Raw, Struct
from sqlalchemy import ColumnElement, Connection, Row, Select, func, select, tuple_, union

from peninsula.core import pages
from peninsula.core.answers import LoggedEvent, Page
from peninsula.core.errors import NotFoundError
from peninsula.core.events import Related, Resource
from peninsula.core.filters import EventFilter
from peninsula.server.storage import tables
from peninsula.server.storage.moments import micros, moment
from peninsula.server.storage.read import interned, walks
from peninsula.server.storage.read.interned import Labels
from peninsula.server.storage.read.walks import Criterion

__all__ = ["event_by_id", "events_since", "find_events", "head_position", "next_events", "search"]

FEW: Final = 2_000
"""Events that one criterion may leave for all the others to be checked on."""

STEPS: Final = (1_000, 20_000)
"""Events passed on an index in search of a page; after the last the answer is partial."""

_events = tables.events.c
_COLUMNS: Final = (
    _events.position,
    _events.id,
    _events.occurred,
    _events.name,
    _events.resource,
    _events.run,
    _events.root,
    _events.emitter,
    _events.number,
    _events.follows,
    _events.payload,
    _events.related,
    _events.extra,
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

    def order(self, *columns: ColumnElement[int]) -> list[ColumnElement[int]]:
        """Return the columns as an ORDER BY."""
        return [column.desc() if self.descending else column.asc() for column in columns]

    def positions(self, position: ColumnElement[int]) -> list[ColumnElement[bool]]:
        """Return what bounds positions."""
        bounds = [] if self.since is None else [position > self.since]
        if self.place is not None and not self.timed:
            bounds.append(self._beyond(position, *self.place))
        return bounds

    def times(
        self, occurred: ColumnElement[int], position: ColumnElement[int]
    ) -> list[ColumnElement[bool]]:
        """Return what bounds times."""
        bounds = [] if self.after is None else [occurred >= self.after]
        if self.before is not None:
            bounds.append(occurred < self.before)
        if self.place is not None and self.timed:
            bounds.append(self._beyond(tuple_(occurred, position), tuple_(*self.place)))
        return bounds

    def _beyond(self, here: Any, there: Any) -> ColumnElement[bool]:
        beyond: ColumnElement[bool] = here < there if self.descending else here > there
        return beyond


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


def _key(row: Any) -> tuple[int, ...]:
    return (row.position,)


def _timed_key(row: Any) -> tuple[int, ...]:
    return (row.occurred, row.position)


# --- the search ----------------------------------------------------------------------------------


def search(
    tx: Connection,
    found: Sequence[Criterion],
    walk: Walk,
    limit: int,
    *,
    columns: Sequence[ColumnElement[Any]] = _COLUMNS,
    steps: Sequence[int] = STEPS,
) -> tuple[Sequence[Row[Any]], tuple[int, ...] | None]:
    """Return up to `limit` rows, and the key where the search stopped short of its end."""
    if walk.unbounded and _needs_no_check(found):
        positions = _along(found[0].walks if found else (), walk, limit)
        return _matching(tx, positions, (), walk, limit, columns), None
    few = _few(tx, found, walk)
    if few is not None:
        return _matching(tx, few, found, walk, limit, columns), None
    ways = () if walk.timed else next((c.walks for c in found if c.walks), ())
    rows: Sequence[Row[Any]] = ()
    bound: tuple[int, ...] | None = None
    for step in steps:
        rows = _matching(tx, _along(ways, walk, step), found, walk, limit, columns)
        bound = _last(tx, ways, walk, step) if len(rows) < limit else None
        if bound is None:
            break
    return rows, bound


def _needs_no_check(found: Sequence[Criterion]) -> bool:
    return not found or (len(found) == 1 and found[0].exact and bool(found[0].walks))


def _along(ways: Sequence[Select[Any]], walk: Walk, limit: int, offset: int = 0) -> Select[Any]:
    """Return a select of the nearest positions on these ways; on none, of the whole log."""
    if walk.timed and not ways:
        return _by_time(walk).limit(limit).offset(offset or None)
    each = [_on(way, walk) for way in ways or (select(_events.position),)]
    if len(each) == 1:
        return each[0].limit(limit).offset(offset or None)
    short = [select(way.limit(limit + offset).subquery().c.position) for way in each]
    either = union(*short).subquery().c.position
    return select(either).order_by(*walk.order(either)).limit(limit).offset(offset or None)


def _on(way: Select[Any], walk: Walk) -> Select[Any]:
    position = way.selected_columns[0]
    return way.where(*walk.positions(position)).order_by(*walk.order(position))


def _by_time(walk: Walk) -> Select[Any]:
    return (
        select(_events.position, _events.occurred)
        .where(*walk.times(_events.occurred, _events.position), *_since(walk))
        .order_by(*walk.order(_events.occurred, _events.position))
    )


def _since(walk: Walk) -> list[ColumnElement[bool]]:
    return [] if walk.since is None else [walks.unindexed(_events.position) > walk.since]


def _few(tx: Connection, found: Sequence[Criterion], walk: Walk) -> Select[Any] | None:
    """Return the positions that the most selective criterion leaves, if they are few."""
    ways = [_along(criterion.walks, walk, FEW + 1) for criterion in found if criterion.walks]
    if walk.timed:
        ways.append(_along((), walk, FEW + 1))
    counted = [(_count(tx, way), place) for place, way in enumerate(ways)]
    count, place = min(counted, default=(FEW + 1, 0))
    return ways[place] if count <= FEW else None


def _count(tx: Connection, positions: Select[Any]) -> int:
    return tx.execute(select(func.count()).select_from(positions.subquery())).scalar_one()


def _last(
    tx: Connection, ways: Sequence[Select[Any]], walk: Walk, step: int
) -> tuple[int, ...] | None:
    """Return the key of the last event that a step passes, None when it came to the end."""
    row = tx.execute(_along(ways, walk, 1, offset=step - 1)).first()
    if row is None:
        return None
    return (row.occurred, row.position) if walk.timed else (row.position,)


def _matching(
    tx: Connection,
    positions: Select[Any],
    found: Sequence[Criterion],
    walk: Walk,
    limit: int,
    columns: Sequence[ColumnElement[Any]],
) -> Sequence[Row[Any]]:
    candidates = positions.subquery("candidates")
    order = [_events.occurred, _events.position] if walk.timed else [candidates.c.position]
    return tx.execute(
        select(*columns)
        .join_from(candidates, tables.events, _events.position == candidates.c.position)
        .where(
            *(criterion.condition for criterion in found),
            *walk.times(walks.unindexed(_events.occurred), walks.unindexed(_events.position)),
        )
        .order_by(*walk.order(*order))
        .limit(limit)
    ).all()


# --- one event, and what is new ------------------------------------------------------------------


def event_by_id(tx: Connection, id_: UUID) -> LoggedEvent:
    """Return the event of that id. Raises NotFoundError."""
    rows = tx.execute(select(*_COLUMNS).where(_events.id == id_.bytes)).all()
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
    position: int = tx.execute(select(tables.head.c.position)).scalar_one()
    return position


# --- rows to events ------------------------------------------------------------------------------

_PAIRS: Final = msgspec.json.Decoder(tuple[tuple[int, int], ...])


class _Extra(Struct, frozen=True):
    name: str | None = None
    labels: dict[str, str] = {}


_EXTRAS: Final = msgspec.json.Decoder(dict[int, _Extra])
_PLAIN: Final = _Extra()


def _logged(tx: Connection, rows: Sequence[Any]) -> tuple[LoggedEvent, ...]:
    pairs = [_PAIRS.decode(row.related) if row.related else () for row in rows]
    resources = {row.resource for row in rows} | {number for some in pairs for number, _ in some}
    labels = interned.labels_of(
        tx,
        names={row.name for row in rows} | {role for some in pairs for _, role in some},
        resources=resources - {None},
        runs={run for row in rows for run in (row.run, row.root)} - {None},
        emitters={row.emitter for row in rows} - {None},
    )
    return tuple(_event(row, some, labels) for row, some in zip(rows, pairs, strict=True))


def _event(row: Any, pairs: Sequence[tuple[int, int]], labels: Labels) -> LoggedEvent:
    extra = _EXTRAS.decode(row.extra) if row.extra else {}
    about = labels.resource(row.resource if row.resource is not None else -row.run)
    own_extra = extra.get(0, _PLAIN)
    return LoggedEvent(
        position=row.position,
        id=UUID(bytes=bytes(row.id)),
        occurred=moment(row.occurred),
        event=labels.names[row.name],
        resource=Resource(id=about, name=own_extra.name, labels=own_extra.labels),
        related=tuple(
            _related(labels.resource(number), labels.names[role], extra.get(place, _PLAIN))
            for place, (number, role) in enumerate(pairs, 1)
        ),
        payload=Raw(row.payload.encode()),
        follows=UUID(bytes=bytes(row.follows)) if row.follows is not None else None,
        run=labels.run(row.run),
        root=labels.run(row.root),
        emitter=labels.emitters[row.emitter] if row.emitter is not None else None,
        number=row.number,
    )


def _related(id_: str, role: str, extra: _Extra) -> Related:
    return Related(id=id_, role=role, name=extra.name, labels=extra.labels)
