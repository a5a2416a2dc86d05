"""Bring a database to the schema this code needs."""

from __future__ import annotations

import time
from typing import Final
from uuid import uuid4

from sqlalchemy import Connection, inspect

from peninsula.core.errors import ConflictError
from peninsula.server.storage import partitions, rows, tables

__all__ = ["REVISION", "create", "log_id", "prepare", "revision_of"]

REVISION: Final = "0004"
"""The newest migration. A test compares what the migrations make with `tables`."""

BASELINE: Final = rows.BASELINE
"""Its tables stand in the same metadata: importing `rows` puts them there."""


def prepare(tx: Connection) -> None:
    """Make the tables in an empty database, migrate an older one, refuse a newer one."""
    if tx.dialect.name == "postgresql":
        # Several servers may start at once; the first one makes the tables.
        tx.exec_driver_sql("SELECT pg_advisory_xact_lock(7361737)")
    stored = revision_of(tx)
    if stored is None:
        create(tx)
    elif stored > REVISION:
        msg = (
            f"The database is at revision {stored}, newer than this Peninsula ({REVISION})."
            " Upgrade Peninsula, or use a backup made by this version."
        )
        raise ConflictError(msg)
    elif stored < REVISION:
        # Imported only now: Alembic takes as long to import as the rest of the server.
        from peninsula.server.storage.migrations import upgrade  # noqa: PLC0415

        upgrade(tx, REVISION)


def revision_of(tx: Connection) -> str | None:
    """Return the migration that the database is at, None for an empty one."""
    if not inspect(tx).has_table("alembic_version"):
        return None
    row = tx.exec_driver_sql("SELECT version_num FROM alembic_version").first()
    return str(row[0]) if row is not None else None


def create(tx: Connection) -> None:
    """Make the newest schema at once, as all migrations would, without Alembic."""
    if tx.dialect.name == "postgresql":
        partitions.create_events(tx)
    tables.metadata.create_all(tx)
    tx.exec_driver_sql("CREATE TABLE alembic_version (version_num VARCHAR(32) PRIMARY KEY)")
    tx.exec_driver_sql(f"INSERT INTO alembic_version VALUES ('{REVISION}')")
    first_rows(tx)


def first_rows(tx: Connection) -> None:
    """Write the rows that every log starts with."""
    tx.execute(tables.head.insert().values(one=1, position=0, dictionary=0))
    tx.execute(tables.meta.insert().values(key="log_id", value=str(uuid4())))
    tx.execute(tables.meta.insert().values(key="created", value=str(time.time_ns() // 1000)))


def log_id(tx: Connection) -> str:
    """Return the name of this log; every copy made by a backup has another."""
    return str(tx.exec_driver_sql("SELECT value FROM meta WHERE key = 'log_id'").scalar_one())
