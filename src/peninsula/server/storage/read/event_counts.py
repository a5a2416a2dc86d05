"""Count events by time, by name or by resource.

By time and by name, the counts of whole minutes are kept with the log. What they cannot tell,
the ends of a time or other filters, is counted event by event, the newest ones.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

import msgspec
from msgspec import Struct, structs
from sqlalchemy import ColumnElement, Connection, func, select

from peninsula.core.answers import EventCount, EventCounts
from peninsula.core.filters import EventFilter
from peninsula.server.storage import tables
from peninsula.server.storage.moments import micros, moment
from peninsula.server.storage.read import interned, walks
from peninsula.server.storage.read.search import Walk, search

__all__ = ["count_by_name", "count_by_resource", "count_by_time", "newest"]

COUNTED: Final = 20_000
"""Events counted one by one, at most: the newest."""

TOP: Final = 100
"""Names or resources in one answer: those with the most events."""

MINUTE: Final = 60_000_000
"""µs: what event_counts has a row for."""

_counts = tables.event_counts.c


class _Count(Struct, frozen=True):
    """Numbers of events by some key."""

    of: Counter[int]
    partial: bool = False

    def __add__(self, other: _Count) -> _Count:
        return _Count(self.of + other.of, self.partial or other.partial)


def count_by_time(
    tx: Connection, wanted: EventFilter, after: datetime, before: datetime, step: float
) -> EventCounts:
    """Count the events meant in spans of `step` seconds from `after` on; leave out empty ones."""
    begin, width = micros(after), round(step * 1_000_000)
    whole = begin % MINUTE == 0 and width % MINUTE == 0
    wanted = structs.replace(wanted, after=after, before=before)
    count = _count(tx, wanted, _counts.bucket, "e.occurred", kept=whole)
    spans: Counter[int] = Counter()
    for occurred, events in count.of.items():
        spans[begin + (occurred - begin) // width * width] += events
    return EventCounts(
        by="time",
        items=tuple(EventCount(key=_written(at), events=spans[at]) for at in sorted(spans)),
        step=step,
        partial=count.partial,
    )


def _written(at: int) -> str:
    return moment(at).isoformat().replace("+00:00", "Z")


def count_by_name(tx: Connection, wanted: EventFilter) -> EventCounts:
    """Count the events meant by their names, the most frequent first."""
    count = _count(tx, wanted, _counts.name, "e.name", kept=True)
    top = _top(count.of)
    labels = interned.labels_of(tx, names=[name for name, _ in top])
    items = tuple(EventCount(key=labels.names[name], events=events) for name, events in top)
    return EventCounts(by="name", items=items, partial=count.partial or len(count.of) > TOP)


def count_by_resource(tx: Connection, wanted: EventFilter) -> EventCounts:
    """Count the events meant by what they are about and what took part, the most frequent first."""
    rows, partial = newest(tx, wanted, "e.resource, e.run, e.related")
    count: Counter[int] = Counter()
    for about, run, related in rows:
        numbers = {about if about is not None else -run}
        if related:
            numbers.update(number for number, _ in _PAIRS.decode(related))
        count.update(numbers)
    top = _top(count)
    labels = interned.labels_of(tx, resources=[number for number, _ in top])
    items = tuple(EventCount(key=labels.resources[number], events=n) for number, n in top)
    return EventCounts(by="resource", items=items, partial=partial or len(count) > TOP)


_PAIRS: Final = msgspec.json.Decoder(tuple[tuple[int, int], ...])


def _top(count: Counter[int]) -> list[tuple[int, int]]:
    return sorted(count.items(), key=lambda item: (-item[1], item[0]))[:TOP]


def _count(
    tx: Connection,
    wanted: EventFilter,
    kept_key: ColumnElement[int],
    event_key: str,
    *,
    kept: bool,
) -> _Count:
    """Count by minutes that are kept, as far as they can tell, else event by event."""
    plain = EventFilter(names=wanted.names, after=wanted.after, before=wanted.before)
    if not kept or wanted != plain:
        return _one_by_one(tx, wanted, event_key)
    first = _whole_minute(wanted.after, up=True)
    last = _whole_minute(wanted.before, up=False)
    if first is not None and last is not None and first >= last:
        return _one_by_one(tx, wanted, event_key)
    count = _by_minute(tx, wanted, kept_key, first, last)
    if first is not None and first != micros_of(wanted.after):
        count += _one_by_one(tx, structs.replace(wanted, before=moment(first)), event_key)
    if last is not None and last != micros_of(wanted.before):
        count += _one_by_one(tx, structs.replace(wanted, after=moment(last)), event_key)
    return count


def micros_of(at: datetime | None) -> int | None:
    """Return the moment as the database keeps it, None for none."""
    return micros(at) if at is not None else None


def _whole_minute(at: datetime | None, *, up: bool) -> int | None:
    if at is None:
        return None
    return (micros(at) + (MINUTE - 1 if up else 0)) // MINUTE * MINUTE


def _by_minute(
    tx: Connection,
    wanted: EventFilter,
    key: ColumnElement[int],
    first: int | None,
    last: int | None,
) -> _Count:
    statement = select(key, func.sum(_counts.events)).group_by(key)
    if first is not None:
        statement = statement.where(_counts.bucket >= first)
    if last is not None:
        statement = statement.where(_counts.bucket < last)
    if wanted.names:
        statement = statement.where(_counts.name.in_(interned.name_numbers(tx, wanted.names)))
    return _Count(Counter({number: int(events) for number, events in tx.execute(statement)}))


def _one_by_one(tx: Connection, wanted: EventFilter, key: str) -> _Count:
    rows, partial = newest(tx, wanted, key)
    return _Count(Counter(row[0] for row in rows), partial)


def newest(tx: Connection, wanted: EventFilter, columns: str) -> tuple[Sequence[Any], bool]:
    """Return those columns of the newest events meant, and whether there may be more."""
    found = walks.criteria(tx, wanted)
    if found is None:
        return (), False
    walk = Walk(
        timed=wanted.after is not None or wanted.before is not None,
        after=micros_of(wanted.after),
        before=micros_of(wanted.before),
        since=wanted.since,
    )
    rows, bound = search(tx, found, walk, COUNTED, columns=columns, steps=(COUNTED,))
    return rows, bound is not None or len(rows) == COUNTED
