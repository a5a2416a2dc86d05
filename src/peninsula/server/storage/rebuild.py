"""Make the projections again: the baseline of what was pruned, and the log on top of it.

The new tables grow beside the live ones, in steps that let intake pass; the last step replays what
came meanwhile and puts them in the live ones' place.
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import Connection, inspect
from sqlalchemy.schema import CreateIndex

from peninsula.core.errors import ConflictError
from peninsula.server.storage import bulk, log, replay, rows, tables
from peninsula.server.storage.database import Database
from peninsula.server.storage.dictionary import Dictionary
from peninsula.server.storage.project import project

__all__ = ["drop_shadow", "rebuild", "refuse_during_rebuild"]

STEP: Final = 500
"""Events of one step: a few tens of milliseconds."""


async def rebuild(database: Database, dictionary: Dictionary) -> int:
    """Rebuild beside a serving server. Return how many events were replayed."""
    await database.write_patiently(_begin)
    position = replayed = 0
    while True:
        position, count = await database.write_patiently(_step, dictionary, position)
        replayed += count
        if count < STEP:
            return replayed + await database.write_patiently(_finish, dictionary, position)


def refuse_during_rebuild(tx: Connection) -> None:
    """Raise ConflictError while a rebuild is under way: what removes events would confuse it."""
    if inspect(tx).has_table("shadow_runs"):
        msg = (
            "A rebuild is under way. Try again when it is done; if it was broken off,"
            " run `peninsula server rebuild` once more."
        )
        raise ConflictError(msg)


def drop_shadow(tx: Connection) -> None:
    """Remove what a rebuild that was broken off has left."""
    for table in rows.SHADOW.tables.values():
        tx.exec_driver_sql(f"DROP TABLE IF EXISTS {table.name}")


def _begin(tx: Connection) -> None:
    drop_shadow(tx)
    rows.SHADOW.metadata.create_all(tx)
    for name, shadow in rows.SHADOW.tables.items():
        baseline = rows.BASELINE.tables[name].name
        columns = ", ".join(f'"{column.name}"' for column in shadow.columns)
        tx.exec_driver_sql(
            f"INSERT INTO {shadow.name} ({columns}) SELECT {columns} FROM {baseline}"
        )


def _step(tx: Connection, dictionary: Dictionary, after: int) -> tuple[int, int]:
    """Replay the events after a position. Return the last one's position, and how many."""
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


def _finish(tx: Connection, dictionary: Dictionary, after: int) -> int:
    log.take_head(tx)
    replayed = 0
    while True:
        after, count = _step(tx, dictionary, after)
        replayed += count
        if count < STEP:
            break
    for name, shadow in rows.SHADOW.tables.items():
        _swap(tx, name, shadow.name)
    return replayed


def _swap(tx: Connection, name: str, shadow: str) -> None:
    tx.exec_driver_sql(f"DROP TABLE {name}")
    tx.exec_driver_sql(f"ALTER TABLE {shadow} RENAME TO {name}")
    if tx.dialect.name == "postgresql":
        tx.exec_driver_sql(f"ALTER INDEX {shadow}_pkey RENAME TO {name}_pkey")
    for index in sorted(tables.metadata.tables[name].indexes, key=lambda index: index.name or ""):
        tx.execute(CreateIndex(index))
