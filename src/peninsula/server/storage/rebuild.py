"""Make the projections again: the baseline of what was pruned, and the log on top of it.

The new tables grow beside the live ones, in steps that let intake pass; the last step replays what
came meanwhile and puts them in the live ones' place.
"""

from __future__ import annotations

from contextlib import suppress
from typing import Final
from uuid import uuid4

from sqlalchemy import Connection
from sqlalchemy.schema import CreateIndex

from peninsula.core.errors import PeninsulaError
from peninsula.server.storage import bulk, log, rebuilding, replay, rows, tables
from peninsula.server.storage.database import Database
from peninsula.server.storage.dictionary import Dictionary
from peninsula.server.storage.project import project

__all__ = ["rebuild"]

STEP: Final = 500
"""Events of one step: a few tens of milliseconds."""


async def rebuild(database: Database, dictionary: Dictionary) -> int:
    """Rebuild beside a serving server. Return how many events were replayed.

    Raises ConflictError when another rebuild began meanwhile: the later one goes on.
    """
    token = str(uuid4())
    await database.write_patiently(_begin, token)
    try:
        return await _replay(database, dictionary, token)
    except BaseException:
        # Where the database cannot even take this, the rebuild counts as broken off by itself.
        with suppress(PeninsulaError):
            await database.write_patiently(rebuilding.forget, token)
        raise


async def _replay(database: Database, dictionary: Dictionary, token: str) -> int:
    position = replayed = 0
    while True:
        position, count = await database.write_patiently(_step, dictionary, position, token)
        replayed += count
        if count < STEP:
            return replayed + await database.write_patiently(_finish, dictionary, position, token)


def _begin(tx: Connection, token: str) -> None:
    log.take_head(tx)
    rebuilding.drop_shadow(tx)
    rows.SHADOW.metadata.create_all(tx)
    for name, shadow in rows.SHADOW.tables.items():
        baseline = rows.BASELINE.tables[name].name
        columns = ", ".join(f'"{column.name}"' for column in shadow.columns)
        tx.exec_driver_sql(
            f"INSERT INTO {shadow.name} ({columns}) SELECT {columns} FROM {baseline}"
        )
    # Last, as a large baseline takes its time.
    rebuilding.begin(tx, token)


def _step(tx: Connection, dictionary: Dictionary, after: int, token: str) -> tuple[int, int]:
    """Replay the events after a position. Return the last one's position, and how many."""
    # Projecting may intern, and what the dictionary remembers may be out of date.
    dictionary.at(log.take_head(tx).dictionary)
    rebuilding.go_on(tx, token)
    found = bulk.run(
        tx,
        f"SELECT {replay.COLUMNS} FROM events e WHERE e.position > ? ORDER BY e.position LIMIT ?",
        after,
        STEP,
    ).all()
    events = replay.rows_of(found)
    if events:
        texts = replay.texts_of(tx, dictionary, events)
        related = [rows.related_of(row) for row in events]
        project(tx, rows.SHADOW, dictionary, events, related, texts)
    return (events[-1].position if events else after), len(events)


def _finish(tx: Connection, dictionary: Dictionary, after: int, token: str) -> int:
    replayed = 0
    while True:
        after, count = _step(tx, dictionary, after, token)
        replayed += count
        if count < STEP:
            break
    for name, shadow in rows.SHADOW.tables.items():
        _swap(tx, name, shadow.name)
    rebuilding.end(tx)
    return replayed


def _swap(tx: Connection, name: str, shadow: str) -> None:
    tx.exec_driver_sql(f"DROP TABLE {name}")
    tx.exec_driver_sql(f"ALTER TABLE {shadow} RENAME TO {name}")
    if tx.dialect.name == "postgresql":
        tx.exec_driver_sql(f"ALTER INDEX {shadow}_pkey RENAME TO {name}_pkey")
    for index in sorted(tables.metadata.tables[name].indexes, key=lambda index: index.name or ""):
        tx.execute(CreateIndex(index))
