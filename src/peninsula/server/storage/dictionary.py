"""Intern names, resources and runs as integers.

Only the holder of the head row interns, so no two writers give one text two numbers. The cache is
filled after the commit; `head.dictionary` changes when retention removes entries, and then
every server forgets its cache.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any, Final, NamedTuple

from sqlalchemy import Connection, Table

from peninsula.core.resources import kind_of, system_of
from peninsula.server.storage import bulk, tables
from peninsula.server.storage.database import after_commit

__all__ = ["Dictionary", "RunKey", "load_texts"]

CACHED: Final = 200_000
"""Entries of each kind that a server remembers."""

ABOUT: Final = 0
"""The role of the resource that an event is about."""


class RunKey(NamedTuple):
    """A run to intern."""

    uuid: bytes
    task: bool


class Dictionary:
    """What one server remembers of the interned texts and runs."""

    def __init__(self) -> None:
        """Start with nothing remembered."""
        self._version = -1
        self._names: dict[str, int] = {}
        self._resources: dict[str, int] = {}
        self._runs: dict[bytes, int] = {}

    def at(self, version: int) -> None:
        """Forget everything when the entries in the database were renewed since."""
        if version != self._version:
            self._version = version
            # New ones: a commit that is under way may still write into the old.
            self._names = {}
            self._resources = {}
            self._runs = {}

    def names(self, tx: Connection, texts: Collection[str]) -> dict[str, int]:
        """Return the numbers of event names and roles."""
        return _intern(tx, tables.names, self._names, texts, lambda t: (t,), ("text",))

    def resources(self, tx: Connection, texts: Collection[str]) -> dict[str, int]:
        """Return the numbers of resource ids that are no runs."""
        return _intern(
            tx,
            tables.resources,
            self._resources,
            texts,
            lambda text: (text, kind_of(text), system_of(text)),
            ("text", "kind", "system"),
        )

    def runs(self, tx: Connection, keys: Collection[RunKey]) -> dict[bytes, int]:
        """Return the numbers of runs by uuid."""
        tasks = {key.uuid: key.task for key in keys}
        return _intern(
            tx,
            tables.run_ids,
            self._runs,
            tasks,
            lambda uuid: (uuid, tasks[uuid]),
            ("uuid", "task"),
        )


def _intern(
    tx: Connection,
    table: Table,
    cache: dict[Any, int],
    values: Collection[Any],
    row: Callable[[Any], tuple[Any, ...]],
    columns: tuple[str, ...],
) -> dict[Any, int]:
    known = {value: cache[value] for value in values if value in cache}
    missing = [value for value in dict.fromkeys(values) if value not in known]
    if not missing:
        return known
    found = _stored(tx, table, columns[0], missing)
    new = [value for value in missing if value not in found]
    if new:
        bulk.insert(tx, table, columns, [row(value) for value in new])
        found |= _stored(tx, table, columns[0], new)
    after_commit(tx, lambda: _remember(cache, found))
    return known | found


def _stored(tx: Connection, table: Table, column: str, values: list[Any]) -> dict[Any, int]:
    statement = f"SELECT {column}, id FROM {table.name} WHERE {column} IN {{}}"
    return {
        bytes(value) if isinstance(value, memoryview) else value: number
        for value, number in bulk.select_in(tx, statement, values)
    }


def _remember(cache: dict[Any, int], found: dict[Any, int]) -> None:
    if len(cache) + len(found) > CACHED:
        cache.clear()
    cache.update(found)


def load_texts(tx: Connection, table: Table, ids: Collection[int]) -> dict[int, str]:
    """Return the texts of names or resources by their numbers."""
    statement = f"SELECT id, text FROM {table.name} WHERE id IN {{}}"
    return dict(tuple(row) for row in bulk.select_in(tx, statement, set(ids)))
