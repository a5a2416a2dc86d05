"""Append events to the log, in one order that is also the order of commits."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final, NamedTuple
from uuid import UUID

from sqlalchemy import Connection

from peninsula.core import codec
from peninsula.core.events import Event, Related, Resource
from peninsula.core.resources import run_uuid, system_of
from peninsula.server.storage import bulk, tables
from peninsula.server.storage.dictionary import Dictionary, RunKey
from peninsula.server.storage.moments import micros
from peninsula.server.storage.project import project
from peninsula.server.storage.rows import LIVE, EventRow, Texts

__all__ = ["SERVER", "Entry", "Head", "append", "take_head"]

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


def append(
    tx: Connection, dictionary: Dictionary, head: Head, entries: Sequence[Entry]
) -> list[EventRow]:
    """Append events after `head` and project them. Their ids must not be in the log yet."""
    if not entries:
        return []
    dictionary.at(head.dictionary)
    numbers = _intern(tx, dictionary, entries)
    rows = [
        _row(entry, position, numbers) for position, entry in enumerate(entries, head.position + 1)
    ]
    bulk.insert(tx, tables.events, EventRow._fields, rows)
    bulk.run(tx, "UPDATE head SET position = ? WHERE one = 1", head.position + len(rows))
    outside = numbers.outside
    texts = Texts(
        names={number: text for text, number in numbers.names.items()},
        resources={number: text for text, number in outside.items()},
        systems={number: outside[system_of(text)] for text, number in outside.items()},
        emitters={entry.emitter: entry.emitter_uuid for entry in entries},
    )
    project(tx, LIVE, dictionary, rows, texts)
    return rows


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


def _row(entry: Entry, position: int, numbers: _Numbers) -> EventRow:
    event = entry.event
    about = numbers.resources[event.resource.id]
    run = numbers.runs[entry.run.bytes] if entry.run is not None else None
    if run is None and about < 0:
        run = -about
    root = numbers.runs[entry.root.bytes] if entry.root is not None else numbers.roots.get(run or 0)
    related = [(numbers.resources[r.id], numbers.names[r.role]) for r in event.related]
    return EventRow(
        position=position,
        id=event.id.bytes,
        occurred=micros(event.occurred),
        name=numbers.names[event.event],
        resource=None if run is not None and about == -run else about,
        run=run,
        root=root,
        stamp=entry.stamp,
        emitter=entry.emitter,
        number=entry.number or None,
        follows=event.follows.bytes if event.follows is not None else None,
        payload=bytes(event.payload).decode(),
        related=codec.encode(related).decode() if related else None,
        extra=_extra(event),
        kept=False,
    )


def _extra(event: Event) -> str | None:
    """Return names and labels by place: 0 is the event's own resource, 1 the first related."""
    extra = {
        str(place): {"name": resource.name, "labels": resource.labels}
        for place, resource in enumerate(_named(event))
        if resource.name is not None or resource.labels
    }
    return codec.encode(extra).decode() if extra else None
