"""Bring a database to the schema this code needs."""

from __future__ import annotations

import time
from typing import Final
from uuid import uuid4

from sqlalchemy import Connection, inspect

from peninsula.core.errors import ConflictError
from peninsula.server.storage import rows, tables

__all__ = ["REVISION", "log_id", "prepare"]

REVISION: Final = "0001"
"""The newest migration. A test compares what the migrations make with `tables`."""


def prepare(tx: Connection) -> None:
    """Make the tables in an empty database, migrate an older one, refuse a newer one."""
    stored = _stored_revision(tx)
    if stored == REVISION:
        return
    if stored is None:
        _create(tx)
        return
    _migrate(tx, stored)


def _stored_revision(tx: Connection) -> str | None:
    if not inspect(tx).has_table("alembic_version"):
        return None
    row = tx.exec_driver_sql("SELECT version_num FROM alembic_version").first()
    return row[0] if row is not None else None


def _create(tx: Connection) -> None:
    # An empty database gets the newest schema at once; Alembic, a second to import, stays out.
    tables.metadata.create_all(tx)
    tx.exec_driver_sql("CREATE TABLE alembic_version (version_num VARCHAR(32) PRIMARY KEY)")
    tx.exec_driver_sql(f"INSERT INTO alembic_version VALUES ('{REVISION}')")  # noqa: S608  a constant
    first_rows(tx)


def first_rows(tx: Connection) -> None:
    """Write the rows that every log starts with."""
    tx.execute(tables.head.insert().values(one=1, position=0, dictionary=0))
    tx.execute(tables.meta.insert().values(key="log_id", value=str(uuid4())))
    tx.execute(tables.meta.insert().values(key="created", value=str(time.time_ns() // 1000)))


def _migrate(tx: Connection, stored: str) -> None:
    # Imported only now: Alembic takes as long to import as the rest of the server.
    from peninsula.server.storage.migrations import upgrade

    if stored > REVISION:
        msg = (
            f"The database is at revision {stored}, newer than this Peninsula ({REVISION})."
            " Upgrade Peninsula, or use a backup made by this version."
        )
        raise ConflictError(msg)
    upgrade(tx, REVISION)


def log_id(tx: Connection) -> str:
    """Return the name of this log; every copy made by a backup has another."""
    return str(tx.exec_driver_sql("SELECT value FROM meta WHERE key = 'log_id'").scalar_one())


_ = rows
