"""Bring a database to the schema this code needs."""

from __future__ import annotations

import time
from typing import Final
from uuid import uuid4

from sqlalchemy import Connection, inspect, select

from peninsula.core.errors import ConflictError
from peninsula.server.storage import partitions, rows, tables

__all__ = ["REVISION", "create", "log_id", "prepare", "revision_of"]

REVISION: Final = "0010"
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
    _name_if_moved(tx)


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
    tx.execute(tables.meta.insert().values(key="created", value=str(time.time_ns() // 1000)))
    _name_anew(tx, _place(tx))


def _name_if_moved(tx: Connection) -> None:
    """Give the log another name if it came here by a restored archive.

    An archive cannot be changed while it is made, and people make their own.
    """
    noted = tx.execute(select(tables.meta.c.value).where(tables.meta.c.key == "place")).scalar()
    if (noted or "") != (place := _place(tx)):
        _name_anew(tx, place)


def _name_anew(tx: Connection, place: str) -> None:
    tx.execute(tables.meta.delete().where(tables.meta.c.key.in_(("place", "log_id"))))
    tx.execute(tables.meta.insert().values(key="place", value=place))
    tx.execute(tables.meta.insert().values(key="log_id", value=str(uuid4())))


def _place(tx: Connection) -> str:
    """Return what no restored table shares: on PostgreSQL its cluster, its database and itself.

    A SQLite file has no such thing; what copies it, a backup, names the copy.
    """
    return tx.exec_driver_sql(_PLACE).scalar_one() if tx.dialect.name == "postgresql" else ""


_PLACE: Final = """
SELECT concat_ws('/', (SELECT system_identifier FROM pg_control_system()),
    (SELECT oid FROM pg_database WHERE datname = current_database()), 'meta'::regclass::oid)
"""


def log_id(tx: Connection) -> str:
    """Return the name of this log; every copy made by a backup has another."""
    return str(tx.exec_driver_sql("SELECT value FROM meta WHERE key = 'log_id'").scalar_one())
