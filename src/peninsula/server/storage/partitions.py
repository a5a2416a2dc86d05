"""Keep PostgreSQL's events in partitions by week, so that retention drops whole tables.

The key is the event's id: a UUIDv7 begins with its time, and an id can be unique across partitions
only as part of the key. Ids with a wrong clock, and pinned events of weeks that were dropped,
are in the default partition.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final

from sqlalchemy import Connection
from sqlalchemy.schema import CreateColumn, CreateIndex

from peninsula.server.storage import log, tables

__all__ = ["ahead", "create_events", "drop_before", "weeks"]

AHEAD: Final = 5
"""Weeks that have a partition before they begin."""

_EPOCH: Final = datetime(2024, 1, 1, tzinfo=UTC)
"""A Monday."""


def create_events(tx: Connection) -> None:
    """Make the partitioned table, its indexes and its default partition."""
    columns = ", ".join(
        str(CreateColumn(column).compile(dialect=tx.dialect)) for column in tables.events.columns
    )
    tx.exec_driver_sql(f"CREATE TABLE events ({columns}) PARTITION BY RANGE (id)")
    tx.exec_driver_sql("CREATE INDEX events_position ON events (position)")
    for index in sorted(tables.events.indexes, key=lambda index: index.name or ""):
        tx.execute(CreateIndex(index))
    tx.exec_driver_sql("CREATE TABLE events_default PARTITION OF events DEFAULT")


def weeks(tx: Connection) -> list[datetime]:
    """Return the Mondays of the weeks that have a partition, oldest first."""
    found = tx.exec_driver_sql(
        "SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid"
        " WHERE i.inhparent = 'events'::regclass ORDER BY c.relname"
    )
    names = [row[0].removeprefix("events_w") for row in found if row[0] != "events_default"]
    return [datetime.strptime(name, "%Y%m%d").replace(tzinfo=UTC) for name in names]


def ahead(tx: Connection, now: datetime) -> None:
    """Make the partitions of this week and the next ones; what waits in the default moves in."""
    log.take_head(tx)
    have = set(weeks(tx))
    this = _EPOCH + (now - _EPOCH) // timedelta(weeks=1) * timedelta(weeks=1)
    for monday in (this + timedelta(weeks=n) for n in range(AHEAD)):
        if monday not in have:
            _create_week(tx, monday)


def _create_week(tx: Connection, monday: datetime) -> None:
    name = _name(monday)
    low, high = _bound(monday), _bound(monday + timedelta(weeks=1))
    tx.exec_driver_sql("LOCK TABLE events IN ACCESS EXCLUSIVE MODE")
    tx.exec_driver_sql(f"CREATE TABLE {name} (LIKE events INCLUDING DEFAULTS)")
    moved = f"DELETE FROM events_default WHERE id >= {low} AND id < {high} RETURNING *"
    tx.exec_driver_sql(f"WITH moved AS ({moved}) INSERT INTO {name} SELECT * FROM moved")
    tx.exec_driver_sql(
        f"ALTER TABLE events ATTACH PARTITION {name} FOR VALUES FROM ({low}) TO ({high})"
    )


def drop_before(tx: Connection, moment: datetime) -> int:
    """Drop the weeks that ended before a moment, but for those that hold more than pinned events.

    The pinned ones move to the default partition. Return how many partitions went.
    """
    # Nobody appends meanwhile: a week that looks empty stays so.
    log.take_head(tx)
    old = [monday for monday in weeks(tx) if monday + timedelta(weeks=1) <= moment]
    done = [monday for monday in old if not _holds_more_than_pinned(tx, monday)]
    for monday in done:
        name = _name(monday)
        tx.exec_driver_sql(f"ALTER TABLE events DETACH PARTITION {name}")
        tx.exec_driver_sql(f"INSERT INTO events SELECT * FROM {name} WHERE kept")
        tx.exec_driver_sql(f"DROP TABLE {name}")
    return len(done)


def _holds_more_than_pinned(tx: Connection, monday: datetime) -> bool:
    found = tx.exec_driver_sql(f"SELECT EXISTS (SELECT 1 FROM {_name(monday)} WHERE NOT kept)")
    return bool(found.scalar_one())


def _name(monday: datetime) -> str:
    return f"events_w{monday:%Y%m%d}"


def _bound(monday: datetime) -> str:
    millis = int(monday.timestamp() * 1000)
    return f"'\\x{millis:012x}{'0' * 20}'::bytea"
