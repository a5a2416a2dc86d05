"""Read events of the log again, with what their numbers stand for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import Connection

from peninsula.core.resources import system_of
from peninsula.server.storage import bulk, tables
from peninsula.server.storage.dictionary import Dictionary, load_texts
from peninsula.server.storage.log import SERVER
from peninsula.server.storage.rows import EventRow, Texts, related_of

__all__ = ["COLUMNS", "rows_of", "texts_of"]

COLUMNS: Final = ", ".join(f"e.{column}" for column in EventRow._fields)
"""The columns of `events e`, in the order of EventRow."""


def rows_of(found: Sequence[Any]) -> list[EventRow]:
    """Return rows that were selected as COLUMNS."""
    return [EventRow(*(_plain(value) for value in row)) for row in found]


def _plain(value: Any) -> Any:
    return bytes(value) if isinstance(value, memoryview) else value


def texts_of(tx: Connection, dictionary: Dictionary, rows: Sequence[EventRow]) -> Texts:
    """Return what the numbers in those rows stand for."""
    names = {row.name for row in rows}
    numbers = {row.resource for row in rows if row.resource is not None}
    for row in rows:
        for resource, role in related_of(row):
            numbers.add(resource)
            names.add(role)
    resources = load_texts(tx, tables.resources, {number for number in numbers if number > 0})
    systems = dictionary.resources(tx, {system_of(text) for text in resources.values()})
    return Texts(
        names=load_texts(tx, tables.names, names),
        resources=resources | {number: text for text, number in systems.items()},
        systems={number: systems[system_of(text)] for number, text in resources.items()}
        | {number: number for number in systems.values()},
        emitters=_emitters(tx, rows),
    )


def _emitters(tx: Connection, rows: Sequence[EventRow]) -> dict[int | None, bytes]:
    numbers = {row.emitter for row in rows if row.emitter is not None}
    found = bulk.select_in(tx, "SELECT id, uuid FROM emitters WHERE id IN {}", numbers)
    return {None: SERVER} | {number: bytes(uuid) for number, uuid in found}
