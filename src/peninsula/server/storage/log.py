"""Append events to the log, in one order that is also the order of commits."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
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


def append(
    tx: Connection, dictionary: Dictionary, head: Head, entries: Sequence[Entry]
) -> list[EventRow]:
    """Append events after `head` and project them. Their ids must not be in the log yet."""
    if not entries:
        return []
    dictionary.at(head.dictionary)
    names = dictionary.names(tx, _names(entries))
    resources = dictionary.resources(tx, _resources(entries))
    runs = dictionary.runs(tx, _runs(entries))
    roots = _roots(tx, entries, runs)
    rows = [
        _row(entry, position, names, resources, runs, roots)
        for position, entry in enumerate(entries, head.position + 1)
    ]
    bulk.insert(tx, tables.events, EventRow._fields, rows)
    bulk.run(tx, "UPDATE head SET position = ? WHERE one = 1", head.position + len(rows))
    texts = Texts(
        names={number: text for text, number in names.items()},
        resources={number: text for text, number in resources.items()},
        systems={number: resources[system_of(text)] for text, number in resources.items()},
        emitters={entry.emitter: entry.emitter_uuid for entry in entries},
    )
    project(tx, LIVE, dictionary, rows, texts)
    return rows


def _names(entries: Iterable[Entry]) -> set[str]:
    names = {entry.event.event for entry in entries}
    for entry in entries:
        names.update(related.role for related in entry.event.related)
    return names


def _resources(entries: Iterable[Entry]) -> set[str]:
    ids = {entry.event.resource.id for entry in entries}
    for entry in entries:
        ids.update(related.id for related in entry.event.related)
    outside = {id_ for id_ in ids if run_uuid(id_) is None}
    return outside | {system_of(id_) for id_ in outside}


def _runs(entries: Iterable[Entry]) -> set[RunKey]:
    # What a resource id says of a run's kind is certain; what a record's context says is a guess,
    # needed only when a run is mentioned before its birth: the top of a tree is a flow run.
    guessed: dict[bytes, bool] = {}
    certain: dict[bytes, bool] = {}
    for entry in entries:
        if entry.root is not None:
            guessed.setdefault(entry.root.bytes, False)
        if entry.run is not None:
            guessed.setdefault(entry.run.bytes, entry.run != entry.root)
        for resource in (entry.event.resource, *entry.event.related):
            key = _run_key(resource)
            if key is not None:
                certain[key.uuid] = key.task
    return {RunKey(uuid, task) for uuid, task in (guessed | certain).items()}


def _run_key(resource: Resource | Related) -> RunKey | None:
    found = run_uuid(resource.id)
    return RunKey(UUID(found[1]).bytes, found[0] == "task-run") if found else None


def _roots(tx: Connection, entries: Iterable[Entry], runs: dict[bytes, int]) -> dict[int, int]:
    """Return the roots of runs whose record did not say: from their rows."""
    unsaid = set()
    for entry in entries:
        if entry.root is None:
            key = (
                _run_key(entry.event.resource)
                if entry.run is None
                else RunKey(entry.run.bytes, False)
            )  # noqa: FBT003
            if key is not None:
                unsaid.add(runs[key.uuid])
    found = bulk.select_in(tx, "SELECT id, root FROM runs WHERE id IN {}", unsaid)
    return {run: run for run in unsaid} | {run: root for run, root in found}


def _row(  # noqa: PLR0913  what was interned, kind by kind
    entry: Entry,
    position: int,
    names: dict[str, int],
    resources: dict[str, int],
    runs: dict[bytes, int],
    roots: dict[int, int],
) -> EventRow:
    event = entry.event
    about = _number(event.resource, resources, runs)
    run = runs[entry.run.bytes] if entry.run is not None else None
    if run is None and about < 0:
        run = -about
    root = runs[entry.root.bytes] if entry.root is not None else roots.get(run or 0)
    related = [(_number(r, resources, runs), names[r.role]) for r in event.related]
    return EventRow(
        position=position,
        id=event.id.bytes,
        occurred=micros(event.occurred),
        name=names[event.event],
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


def _number(resource: Resource | Related, resources: dict[str, int], runs: dict[bytes, int]) -> int:
    number = resources.get(resource.id)
    if number is not None:
        return number
    key = _run_key(resource)
    assert key is not None  # noqa: S101  every id was interned as one or the other
    return -runs[key.uuid]


def _extra(event: Event) -> str | None:
    """Return names and labels by place: 0 is the event's own resource, 1 the first related."""
    extra: dict[str, dict[str, object]] = {}
    for place, resource in enumerate((event.resource, *event.related)):
        if resource.name is not None or resource.labels:
            extra[str(place)] = {"name": resource.name, "labels": resource.labels}
    return codec.encode(extra).decode() if extra else None
