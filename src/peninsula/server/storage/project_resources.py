"""Derive links, touches, the catalogue of resources, and the counts of events."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any, Final, NamedTuple

import msgspec
from sqlalchemy import Connection

from peninsula.server.storage import bulk
from peninsula.server.storage.dictionary import ABOUT
from peninsula.server.storage.rows import EventRow, Related, Target, Texts

__all__ = [
    "links_of",
    "project_catalogue",
    "project_counts",
    "project_descriptions",
    "project_links",
    "project_touches",
    "sightings_of",
]

MINUTE: Final = 60_000_000
"""µs."""

_EXTRA: Final = msgspec.json.Decoder(dict[int, dict[str, Any]])


def links_of(
    rows: Sequence[EventRow], related: Sequence[Related], texts: Texts
) -> list[tuple[int, int, int]]:
    """Return which events name a resource, in which role; a system is linked for what is in it."""
    links: dict[tuple[int, int, int], None] = {}
    for row, pairs in zip(rows, related, strict=True):
        if row.resource is not None:
            links[row.resource, row.position, ABOUT] = None
            _link_system(links, row.resource, row.position, ABOUT, texts)
        for resource, role in pairs:
            links[resource, row.position, role] = None
            _link_system(links, resource, row.position, role, texts)
    return sorted(links)


def project_links(
    tx: Connection,
    target: Target,
    rows: Sequence[EventRow],
    related: Sequence[Related],
    texts: Texts,
) -> None:
    """Write the links of these events."""
    links = links_of(rows, related, texts)
    bulk.insert(tx, target.links, ("resource", "position", "role"), links)


def _link_system(
    links: dict[tuple[int, int, int], None], resource: int, position: int, role: int, texts: Texts
) -> None:
    system = texts.systems.get(resource, resource)
    if system != resource:
        links[system, position, role] = None


class Sighting(NamedTuple):
    """Events of one run that name the same resources."""

    run: int | None
    root: int | None
    resources: tuple[int, ...]
    """Those outside, with their systems, each once."""
    first: int
    last: int
    events: int


def sightings_of(
    rows: Sequence[EventRow], related: Sequence[Related], texts: Texts
) -> list[Sighting]:
    """Put together what is alike: the events of a run mostly name the same few resources."""
    alike: dict[Any, list[int]] = {}
    pairs_of: dict[Any, Related] = {}
    for row, pairs in zip(rows, related, strict=True):
        key = (row.run, row.root, row.resource, row.related)
        if key in alike:
            _widen(alike[key], row.occurred, row.occurred, 1)
        else:
            alike[key] = [row.occurred, row.occurred, 1]
            pairs_of[key] = pairs
    return [
        Sighting(key[0], key[1], _outside(key[2], pairs_of[key], texts), *seen)
        for key, seen in alike.items()
    ]


def _outside(resource: int | None, pairs: Related, texts: Texts) -> tuple[int, ...]:
    numbers: dict[int, None] = {}
    for number in (resource, *(number for number, _ in pairs)):
        if number is not None and number > 0:
            numbers[number] = None
            numbers[texts.systems[number]] = None
    return tuple(numbers)


def _widen(seen: list[int], first: int, last: int, events: int) -> None:
    seen[0] = min(seen[0], first)
    seen[1] = max(seen[1], last)
    seen[2] += events


def project_touches(tx: Connection, target: Target, sightings: Iterable[Sighting]) -> None:
    """Say which runs touched a resource: the innermost one, and the flow run at the top."""
    touches: dict[tuple[int, int], list[int]] = {}
    for run, root, resources, first, last, events in sightings:
        if run is None:
            continue
        for resource in resources:
            for toucher in {run, root or run}:
                seen = touches.setdefault((resource, toucher), [first, last, 0])
                _widen(seen, first, last, events)
    bulk.insert(
        tx,
        target.touches,
        ("resource", "run", "first", "last", "events"),
        [(*key, *seen) for key, seen in sorted(touches.items())],
        _widening(target.touches.name, "resource, run"),
    )


def _widening(table: str, key: str) -> str:
    # SQLite's max() of two values is GREATEST in PostgreSQL; CASE is the same in both.
    return (
        f"ON CONFLICT ({key}) DO UPDATE SET"
        f' "first" = CASE WHEN excluded."first" < {table}."first"'
        f' THEN excluded."first" ELSE {table}."first" END,'
        f' "last" = CASE WHEN excluded."last" > {table}."last"'
        f' THEN excluded."last" ELSE {table}."last" END,'
        f" events = {table}.events + excluded.events"
    )


def project_catalogue(tx: Connection, target: Target, sightings: Iterable[Sighting]) -> None:
    """List the resources, with when each was seen first and last."""
    resources: dict[int, list[int]] = {}
    for _, _, numbers, first, last, events in sightings:
        for number in numbers:
            _widen(resources.setdefault(number, [first, last, 0]), first, last, events)
    bulk.insert(
        tx,
        target.catalogue,
        ("resource", "first", "last", "events"),
        [(number, *seen) for number, seen in sorted(resources.items())],
        _widening(target.catalogue.name, "resource"),
    )


def project_descriptions(
    tx: Connection, target: Target, rows: Sequence[EventRow], related: Sequence[Related]
) -> None:
    """Keep the latest name and labels that were told of a resource."""
    told: dict[int, _Description] = {}
    for row, pairs in zip(rows, related, strict=True):
        if row.extra is not None:
            _tell(told, row, row.extra, pairs)
    bulk.insert(
        tx,
        target.descriptions,
        ("resource", "told", "position", "name", "labels"),
        [(number, *description) for number, description in sorted(told.items())],
        "ON CONFLICT (resource) DO UPDATE SET"
        " told = excluded.told, position = excluded.position,"
        " name = excluded.name, labels = excluded.labels"
        " WHERE (excluded.told, excluded.position) >"
        f" ({target.descriptions.name}.told, {target.descriptions.name}.position)",
    )


class _Description(NamedTuple):
    told: int
    position: int
    name: str | None
    labels: str


def _tell(told: dict[int, _Description], row: EventRow, extra: str, pairs: Related) -> None:
    places = (row.resource, *(resource for resource, _ in pairs))
    for place, said in _EXTRA.decode(extra).items():
        number = places[place]
        if number is None or number < 0:
            continue
        if number not in told or told[number][:2] < (row.stamp, row.position):
            labels = msgspec.json.encode(said["labels"], order="sorted").decode()
            told[number] = _Description(row.stamp, row.position, said["name"], labels)


def project_counts(tx: Connection, target: Target, rows: Sequence[EventRow]) -> None:
    """Count events by name and the minute in which they occurred."""
    counts = Counter((row.occurred // MINUTE * MINUTE, row.name) for row in rows)
    table = target.event_counts.name
    bulk.insert(
        tx,
        target.event_counts,
        ("bucket", "name", "events"),
        [(*key, count) for key, count in sorted(counts.items())],
        f"ON CONFLICT (bucket, name) DO UPDATE SET events = {table}.events + excluded.events",
    )
