"""Count events by all that they could be filtered by, and compare two times by it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, Final

import msgspec
from msgspec import Struct, structs
from sqlalchemy import Connection

from peninsula.core.answers import EventComparison, EventCount, Facets
from peninsula.core.comparison import compare
from peninsula.core.filters import EventFilter, source_of
from peninsula.core.resources import OWN, kind_of, system_of
from peninsula.server.storage.read import event_counts, interned

__all__ = ["compare_times", "read_facets"]

TOP: Final = 50
"""Of each facet, and of each side of a comparison."""

_PAIRS: Final = msgspec.json.Decoder(tuple[tuple[int, int], ...])


class _Tally(Struct, frozen=True):
    """How often numbers of names and resources are in some events."""

    events: int = 0
    names: Counter[int] = msgspec.field(default_factory=Counter)
    about: Counter[int] = msgspec.field(default_factory=Counter)
    """A run is its negative number, here and below."""
    named: Counter[frozenset[int]] = msgspec.field(default_factory=Counter)
    """Resources that one event names, together: mostly the same few."""
    roles: Counter[int] = msgspec.field(default_factory=Counter)
    in_runs: Counter[tuple[int, bool]] = msgspec.field(default_factory=Counter)
    """By name, and whether it happened in a run."""
    partial: bool = False


def _tally(tx: Connection, wanted: EventFilter) -> _Tally:
    columns = "e.name, e.resource, e.run, e.related"
    rows, partial = event_counts.newest(tx, wanted, columns)
    tally = _Tally(events=len(rows), partial=partial)
    for name, resource, run, related in rows:
        about = resource if resource is not None else -run
        pairs = _PAIRS.decode(related) if related else ()
        tally.names[name] += 1
        tally.about[about] += 1
        tally.named[frozenset((about, *(number for number, _ in pairs)))] += 1
        tally.roles.update({role for _, role in pairs})
        tally.in_runs[name, run is not None] += 1
    return tally


def read_facets(tx: Connection, wanted: EventFilter) -> Facets:
    """Return what the events meant could be filtered by."""
    tally = _tally(tx, wanted)
    numbers = {number for numbers in tally.named for number in numbers}
    labels = interned.labels_of(tx, names={*tally.names, *tally.roles}, resources=numbers)
    kinds: Counter[str] = Counter()
    for number, count in tally.about.items():
        kinds[kind_of(labels.resources[number])] += count
    systems: Counter[str] = Counter()
    for together, count in tally.named.items():
        for system in {system_of(labels.resources[number]) for number in together if number > 0}:
            if not system.startswith(OWN):
                systems[system] += count
    sources: Counter[str] = Counter()
    for (name, in_run), count in tally.in_runs.items():
        sources[source_of(labels.names[name], in_run=in_run)] += count
    return Facets(
        events=tally.events,
        types=_top({labels.names[name]: count for name, count in tally.names.items()}),
        kinds=_top(kinds),
        systems=_top(systems),
        roles=_top({labels.names[role]: count for role, count in tally.roles.items()}),
        sources=_top(sources),
        partial=tally.partial,
    )


def _top(counts: dict[str, int]) -> tuple[EventCount, ...]:
    order = sorted(counts, key=lambda key: (-counts[key], key))
    return tuple(EventCount(key=key, events=counts[key]) for key in order[:TOP])


# --- two times -----------------------------------------------------------------------------------


def compare_times(
    tx: Connection,
    wanted: EventFilter,
    time: tuple[datetime, datetime],
    base: tuple[datetime, datetime],
) -> EventComparison:
    """Return what the events meant are of in one time and not in the other."""
    selected, known = (
        _tally(tx, structs.replace(wanted, after=after, before=before))
        for after, before in (time, base)
    )
    names = [tally.names for tally in (selected, known)]
    resources = [_outside(tally.named.items()) for tally in (selected, known)]
    labels = interned.labels_of(
        tx, names={*names[0], *names[1]}, resources={*resources[0], *resources[1]}
    )
    totals = (selected.events, known.events)
    return EventComparison(
        since=time[0],
        until=time[1],
        base_since=base[0],
        base_until=base[1],
        events=totals[0],
        base_events=totals[1],
        types=_ranked(names, totals, labels.names),
        resources=_ranked(resources, totals, labels.resources),
        partial=selected.partial or known.partial,
    )


def _outside(named: Iterable[tuple[frozenset[int], int]]) -> Counter[int]:
    counts: Counter[int] = Counter()
    for together, count in named:
        for number in together:
            if number > 0:
                counts[number] += count
    return counts


def _ranked(counts: Sequence[Counter[int]], totals: tuple[int, int], labels: Any) -> Any:
    selected, known = ({labels[key]: count for key, count in one.items()} for one in counts)
    return compare(selected, totals[0], known, totals[1])[:TOP]
