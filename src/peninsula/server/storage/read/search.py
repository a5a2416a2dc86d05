"""Walk an index in search of events, within bounds, and check the rest on what is passed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from msgspec import Struct
from sqlalchemy import Connection

from peninsula.core import pages
from peninsula.server.storage import bulk
from peninsula.server.storage.read.walks import Criterion, Sql

__all__ = ["FEW", "STEPS", "Walk", "search", "tally"]

FEW: Final = 2_000
"""Events that one criterion may leave for all the others to be checked on."""

STEPS: Final = (200, 1_000, 5_000, 20_000)
"""Events passed on an index in search of a page; after the last the answer is partial."""


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


def search(
    tx: Connection,
    found: Sequence[Criterion],
    walk: Walk,
    limit: int,
    *,
    columns: str,
    steps: Sequence[int] | None = None,
) -> tuple[Sequence[Any], tuple[int, ...] | None]:
    """Return up to `limit` rows, and the key where the search stopped short of its end."""
    if walk.unbounded and _needs_no_check(found):
        positions = _along(found[0].walks if found else (), walk, limit)
        return _matching(tx, positions, (), walk, limit, columns), None
    first, *others = steps or STEPS
    ways = () if walk.timed else next((c.walks for c in found if c.walks), ())
    rows = _matching(tx, _along(ways, walk, first), found, walk, limit, columns)
    if len(rows) == limit:
        return rows, None
    few = _few(tx, found, walk)
    if few is not None:
        return _matching(tx, few, found, walk, limit, columns), None
    passed = first
    for passed in others:
        rows = _matching(tx, _along(ways, walk, passed), found, walk, limit, columns)
        if len(rows) == limit:
            return rows, None
    return rows, _last(tx, ways, walk, passed)


def tally(
    tx: Connection, found: Sequence[Criterion], walk: Walk, passed: int, *, by: Sequence[str]
) -> tuple[Sequence[Any], int | None]:
    """Count events by columns, as many as that may be passed.

    Return rows of these with the count, and from which time on events are counted; None: all are.
    """
    ways = [(), *(criterion.walks for criterion in found if criterion.walks)]
    counts = [_length(tx, _along(way, walk, passed + 1)) for way in ways]
    least = min(counts)
    way = ways[counts.index(least)] if least <= passed else ()
    conditions = [
        *(criterion.condition for criterion in found),
        *walk.times("e.occurred + 0", "e.position + 0"),
    ]
    columns, positions = ", ".join(by), _along(way, walk, passed)
    statement = _joined(
        f"SELECT {columns}, count(*) FROM ({positions.text}) AS c{_JOIN[tx.dialect.name]} WHERE ",
        conditions,
        f" GROUP BY {columns}",
        before=positions.values,
    )
    rows = bulk.run(tx, statement.text, *statement.values).all()
    if least <= passed:
        return rows, None
    last = _last(tx, (), walk, passed)
    return rows, last[0] if last is not None else None


def _length(tx: Connection, way: Sql) -> int:
    counted = bulk.run(tx, f"SELECT count(*) FROM ({way.text}) AS few", *way.values)
    return int(counted.scalar_one())


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
    counted = [(_length(tx, way), place) for place, way in enumerate(ways)]
    count, place = min(counted, default=(FEW + 1, 0))
    return ways[place] if count <= FEW else None


def _last(tx: Connection, ways: Sequence[Sql], walk: Walk, step: int) -> tuple[int, ...] | None:
    """Return the key of the last event that a step passes, None when it came to the end."""
    end = _along(ways, walk, 1, offset=step - 1)
    row: Any = bulk.run(tx, end.text, *end.values).first()
    if row is None:
        return None
    return (row[1], row[0]) if walk.timed else (row[0],)


# PostgreSQL would check the conditions on the whole log and merge what is left with the walk. The
# LIMIT has it look up one event after the other; SQLite does so by itself.
_JOIN: Final = {
    "sqlite": " JOIN events e ON e.position = c.position",
    "postgresql": (
        " CROSS JOIN LATERAL (SELECT * FROM events WHERE position = c.position LIMIT 1) AS e"
    ),
}


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
        f"SELECT {columns} FROM ({positions.text}) AS c{_JOIN[tx.dialect.name]} WHERE ",
        conditions or [Sql("1 = 1")],
        f" ORDER BY {order} LIMIT {limit}",
        before=positions.values,
    )
    return bulk.run(tx, statement.text, *statement.values).all()
