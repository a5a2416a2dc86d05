"""Append events to the log, in one order that is also the order of commits."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final, NamedTuple
from uuid import UUID

from sqlalchemy import Connection

from peninsula.core import codec
from peninsula.core.events import Event, Related, Resource
from peninsula.core.resources import run_uuid, system_of
from peninsula.core.runs import StateChange
from peninsula.server.storage import bulk, tables
from peninsula.server.storage.dictionary import Dictionary, RunKey
from peninsula.server.storage.moments import micros
from peninsula.server.storage.project import project
from peninsula.server.storage.rows import LIVE, EventRow, Texts, related_of

__all__ = ["SERVER", "Appended", "Entry", "Head", "append", "take_head"]

SERVER: Final = bytes(16)
"""Stands for the emitter of what the server itself tells."""


class Entry(NamedTuple):
    """An event on its way into the log."""

    event: Event
    stamp: int
    run: UUID | None = None
    root: UUID | None = None
    emitter: int | None = None
    """Number of its row in `emitters`; None for what came without one."""
    emitter_uuid: bytes = SERVER
    number: int = 0
    change: StateChange | None = None
    """The payload of a state event, where it was decoded already."""


class Head(NamedTuple):
    """Where the log ends."""

    position: int
    dictionary: int


def take_head(tx: Connection) -> Head:
    """Return where the log ends, and keep everyone else from appending until the commit."""
    row = tx.exec_driver_sql(
        "UPDATE head SET position = position WHERE one = 1 RETURNING position, dictionary"
    ).one()
    return Head(*row)


class _Numbers(NamedTuple):
    """What the texts of a batch were interned as."""

    names: Mapping[str, int]
    resources: Mapping[str, int]
    """Runs are here too, as their negative number."""
    outside: Mapping[str, int]
    """Those that are no runs, with their systems."""
    runs: Mapping[bytes, int]
    roots: Mapping[int, int]


class Appended(NamedTuple):
    """What became of entries."""

    rows: list[EventRow]
    known: list[tuple[Entry, EventRow]]
    """Their ids were in the log already, so they were passed over."""


def append(
    tx: Connection, dictionary: Dictionary, head: Head, entries: Sequence[Entry]
) -> Appended:
    """Append events after `head` and project them; an id that is in the log is passed over."""
    if not entries:
        return Appended([], [])
    dictionary.at(head.dictionary)
    numbers = _intern(tx, dictionary, entries)
    pairs = [_related(entry.event, numbers) for entry in entries]
    rows = [
        _row(entry, position, numbers, related)
        for position, (entry, related) in enumerate(
            zip(entries, pairs, strict=True), head.position + 1
        )
    ]
    written = bulk.insert(tx, tables.events, EventRow._fields, rows, bulk.NOTHING)
    bulk.run(tx, "UPDATE head SET position = ? WHERE one = 1", rows[-1].position)
    new = rows if written == len(rows) else _written(tx, head, rows)
    outside = numbers.outside
    texts = Texts(
        names={number: text for text, number in numbers.names.items()},
        resources={number: text for text, number in outside.items()},
        systems={number: outside[system_of(text)] for text, number in outside.items()},
        emitters={entry.emitter: entry.emitter_uuid for entry in entries},
    )
    changes = {
        row.position: entry.change
        for row, entry in zip(rows, entries, strict=True)
        if entry.change is not None
    }
    if new is rows:
        project(tx, LIVE, dictionary, rows, pairs, texts, changes)
        return Appended(rows, [])
    project(tx, LIVE, dictionary, new, [related_of(row) for row in new], texts, changes)
    positions = {row.position for row in new}
    known = [
        (entry, row)
        for row, entry in zip(rows, entries, strict=True)
        if row.position not in positions
    ]
    return Appended(new, known)


def _written(tx: Connection, head: Head, rows: Sequence[EventRow]) -> list[EventRow]:
    found = bulk.run(tx, "SELECT position FROM events WHERE position > ?", head.position)
    positions = {row.position for row in found}
    return [row for row in rows if row.position in positions]


def _named(event: Event) -> tuple[Resource | Related, ...]:
    return (event.resource, *event.related)


def _intern(tx: Connection, dictionary: Dictionary, entries: Sequence[Entry]) -> _Numbers:
    ids = {resource.id for entry in entries for resource in _named(entry.event)}
    keys = {id_: _run_key(id_) for id_ in ids}
    named = {id_ for id_, key in keys.items() if key is None}
    outside = dictionary.resources(tx, named | {system_of(id_) for id_ in named})
    runs = dictionary.runs(tx, _mentioned(entries, [key for key in keys.values() if key]))
    inside = {id_: -runs[key.uuid] for id_, key in keys.items() if key is not None}
    return _Numbers(
        names=dictionary.names(tx, _texts(entries)),
        resources=outside | inside,
        outside=outside,
        runs=runs,
        roots=_roots(tx, entries, runs),
    )


def _texts(entries: Iterable[Entry]) -> set[str]:
    texts = {entry.event.event for entry in entries}
    texts.update(related.role for entry in entries for related in entry.event.related)
    return texts


def _run_key(id_: str) -> RunKey | None:
    found = run_uuid(id_)
    return RunKey(UUID(found[1]).bytes, found[0] == "task-run") if found else None


def _mentioned(entries: Iterable[Entry], certain: Iterable[RunKey]) -> set[RunKey]:
    # What a resource id says of a run's kind is certain; what a record's context says is a guess,
    # needed only when a run is mentioned before its birth: the top of a tree is a flow run.
    tasks: dict[bytes, bool] = {}
    for entry in entries:
        if entry.root is not None:
            tasks[entry.root.bytes] = False
        if entry.run is not None and entry.run != entry.root:
            tasks.setdefault(entry.run.bytes, True)
    tasks |= {key.uuid: key.task for key in certain}
    return {RunKey(uuid, task) for uuid, task in tasks.items()}


def _roots(tx: Connection, entries: Iterable[Entry], runs: Mapping[bytes, int]) -> dict[int, int]:
    """Return the roots of runs whose record did not say: from their rows, else themselves."""
    unsaid = set()
    for entry in entries:
        if entry.root is None:
            key = _run_key(entry.event.resource.id)
            uuid = entry.run.bytes if entry.run is not None else key.uuid if key else None
            if uuid is not None:
                unsaid.add(runs[uuid])
    found = bulk.select_in(tx, "SELECT id, root FROM runs WHERE id IN {}", unsaid)
    return {run: run for run in unsaid} | {row.id: row.root for row in found}


def _related(event: Event, numbers: _Numbers) -> list[tuple[int, int]]:
    return [(numbers.resources[r.id], numbers.names[r.role]) for r in event.related]


def _row(
    entry: Entry, position: int, numbers: _Numbers, related: list[tuple[int, int]]
) -> EventRow:
    event = entry.event
    about = numbers.resources[event.resource.id]
    run = numbers.runs[entry.run.bytes] if entry.run is not None else None
    if run is None and about < 0:
        run = -about
    root = numbers.runs[entry.root.bytes] if entry.root is not None else numbers.roots.get(run or 0)
    # By place, in the order of the fields: this runs for every event.
    return EventRow(
        position,
        event.id.bytes,
        micros(event.occurred),
        numbers.names[event.event],
        None if run is not None and about == -run else about,
        run,
        root,
        entry.stamp,
        entry.emitter,
        entry.number or None,
        event.follows.bytes if event.follows is not None else None,
        bytes(event.payload).decode(),
        codec.encode(related).decode() if related else None,
        _extra(event),
        False,  # kept
    )


def _extra(event: Event) -> str | None:
    """Return names and labels by place: 0 is the event's own resource, 1 the first related."""
    if event.resource.name is None and not event.resource.labels and not event.related:
        return None
    extra = {
        str(place): {"name": resource.name, "labels": resource.labels}
        for place, resource in enumerate(_named(event))
        if resource.name is not None or resource.labels
    }
    return codec.encode(extra).decode() if extra else None
