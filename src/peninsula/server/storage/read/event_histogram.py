"""Count events by time, in layers by name or by outcome."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from math import ceil
from typing import Any, Final, Literal

from msgspec import structs
from sqlalchemy import Connection, func, select

from peninsula.core.answers import EventHistogram, EventSeries
from peninsula.core.filters import EventFilter
from peninsula.core.outcomes import Outcome, outcome_of
from peninsula.core.terms import Field, type_matches
from peninsula.server.storage import bulk, tables
from peninsula.server.storage.moments import micros, moment
from peninsula.server.storage.read import event_counts, interned, walks
from peninsula.server.storage.read.search import Walk, tally

__all__ = ["LAYERS", "read_histogram"]

LAYERS: Final = 8
"""Names that have a layer of their own."""

LAST: Final = micros(datetime.max.replace(tzinfo=UTC))
"""The last moment that there is."""

PASSED: Final = 400_000
"""Events that are passed to be counted, the newest; fewer where their texts are read."""

Moments = Counter[tuple[int, int]]
"""Events by (number of the name, when they occurred)."""

_counts = tables.event_counts.c


def read_histogram(
    tx: Connection,
    wanted: EventFilter,
    by: Literal["name", "outcome"],
    span: tuple[datetime, datetime, float],
) -> EventHistogram:
    """Return the events meant in spans of time; of other filters than names, the newest."""
    since, until, step = span
    reached = None
    if _kept(wanted, step):
        # The counts that are kept are of whole minutes.
        since, until = _minute(since), _minute(until, up=True)
        moments = _by_minute(tx, _numbers(tx, wanted), since, until)
    else:
        wanted = structs.replace(wanted, after=since, before=until)
        moments, reached = _passed(tx, wanted, since, step)
    names = interned.labels_of(tx, names={name for name, _ in moments}).names
    spans = ceil((until - since).total_seconds() / step)
    layers = _layers(moments, names, by)
    return EventHistogram(
        by=by,
        since=since,
        until=until,
        step=step,
        reached=since if reached is None else moment(reached),
        series=_series(moments, layers, micros(since), round(step * 1_000_000), spans),
        partial=reached is not None,
    )


def _kept(wanted: EventFilter, step: float) -> bool:
    """Tell whether the counts of minutes can tell: only names are asked for."""
    plain = EventFilter(
        names=wanted.names, terms=wanted.terms, after=wanted.after, before=wanted.before
    )
    named = all(term.field is Field.TYPE for term in wanted.terms)
    return wanted == plain and named and step % 60 == 0


def _numbers(tx: Connection, wanted: EventFilter) -> list[int] | None:
    """Return the names that are asked for; None: all."""
    if not wanted.names and not wanted.terms:
        return None
    known: Iterable[Any] = bulk.run(tx, "SELECT id, text FROM names").all()
    asked = [term.value for term in wanted.terms if not term.negated] or ["*"]
    without = [term.value for term in wanted.terms if term.negated]
    of_type = [
        number
        for number, name in known
        if any(type_matches(type_, name) for type_ in asked)
        and not any(type_matches(type_, name) for type_ in without)
    ]
    named = set(interned.name_numbers(tx, wanted.names)) if wanted.names else set(of_type)
    return [number for number in of_type if number in named]


def _minute(at: datetime, *, up: bool = False) -> datetime:
    whole = micros(at) // event_counts.MINUTE * event_counts.MINUTE
    if up and whole < micros(at):
        return moment(min(whole + event_counts.MINUTE, LAST))
    return moment(whole)


def _by_minute(
    tx: Connection, names: Sequence[int] | None, since: datetime, until: datetime
) -> Moments:
    statement = select(_counts.name, _counts.bucket, func.sum(_counts.events)).where(
        _counts.bucket >= micros(since), _counts.bucket < micros(until)
    )
    if names is not None:
        statement = statement.where(_counts.name.in_(names))
    rows = tx.execute(statement.group_by(_counts.name, _counts.bucket))
    return Counter({(name, bucket): int(events) for name, bucket, events in rows})


def _passed(
    tx: Connection, wanted: EventFilter, since: datetime, step: float
) -> tuple[Moments, int | None]:
    """Count event by event, by spans; return also from when on, where there were too many."""
    found = walks.criteria(tx, wanted)
    if found is None:
        return Counter(), None
    reads = wanted.text is not None or any(term.field is Field.TEXT for term in wanted.terms)
    walk = Walk(
        timed=True,
        after=micros(since),
        before=event_counts.micros_of(wanted.before),
        since=wanted.since,
    )
    begin, width = micros(since), round(step * 1_000_000)
    rows, reached = tally(
        tx,
        found,
        walk,
        event_counts.COUNTED if reads else PASSED,
        by=("e.name", f"(e.occurred - {begin}) / {width}"),
    )
    return Counter({(name, begin + span * width): count for name, span, count in rows}), reached


def _layers(moments: Moments, names: Mapping[int, str], by: str) -> dict[int, str | None]:
    """Return the layer of each name."""
    if by == "outcome":
        return {number: outcome_of(name).value for number, name in names.items()}
    events: Counter[int] = Counter()
    for (name, _), count in moments.items():
        events[name] += count
    order = sorted(events, key=lambda number: (-events[number], names[number]))
    return {number: names[number] if place < LAYERS else None for place, number in enumerate(order)}


_OUTCOMES: Final = [outcome.value for outcome in Outcome]


def _series(
    moments: Moments, layers: Mapping[int, str | None], begin: int, width: int, spans: int
) -> tuple[EventSeries, ...]:
    counts: dict[str | None, list[int]] = {}
    for (name, at), count in moments.items():
        line = counts.setdefault(layers[name], [0] * spans)
        line[(at - begin) // width] += count
    return tuple(EventSeries(key=key, counts=tuple(counts[key])) for key in _order(counts))


def _order(counts: Mapping[str | None, list[int]]) -> Iterable[str | None]:
    """Return outcomes in theirs, names by how many, and the others last."""
    known = {key: place for place, key in enumerate(_OUTCOMES)}
    return sorted(
        counts, key=lambda key: (key is None, known.get(key or "", 0), -sum(counts[key]), key)
    )
