"""Know whether a rebuild is under way: a row that it writes with each step, by one clock for all.

A rebuild whose server was killed writes no more, and counts as broken off after a while. A lock of
its session would end with a lost connection, while the rebuild itself goes on with the next one.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

import msgspec
from msgspec import Struct
from sqlalchemy import Connection

from peninsula.core import codec
from peninsula.core.errors import ConflictError, InvalidError
from peninsula.server.storage import bulk, rows, tables
from peninsula.server.storage.moments import moment

__all__ = ["begin", "drop_shadow", "end", "forget", "go_on", "refuse_during_rebuild", "since"]

SILENT: Final = timedelta(minutes=2)
"""Without a step for as long, a rebuild is broken off. A step takes tens of milliseconds."""


class _Rebuild(Struct, frozen=True, kw_only=True):
    token: str
    began: int
    """µs since 1970."""
    seen: int
    """When it last made a step."""


def begin(tx: Connection, token: str) -> None:
    """Say that a rebuild begins, in the place of any other. Call it with the head taken."""
    now = _now(tx)
    bulk.insert(
        tx,
        tables.meta,
        ("key", "value"),
        [("rebuild", _encoded(_Rebuild(token=token, began=now, seen=now)))],
        "ON CONFLICT (key) DO UPDATE SET value = excluded.value",
    )


def go_on(tx: Connection, token: str) -> None:
    """Say that the rebuild makes a step. Raises ConflictError when it is not the one any more."""
    # Takes the row, so that nobody begins anew while a step is under way.
    tx.exec_driver_sql("UPDATE meta SET value = value WHERE key = 'rebuild'")
    there = _under_way(tx)
    if there is None or there.token != token:
        msg = (
            "Another rebuild began meanwhile, or this one was silent for so long that it counted"
            " as broken off. Wait for the other, or begin anew."
        )
        raise ConflictError(msg)
    seen = msgspec.structs.replace(there, seen=_now(tx))
    bulk.run(tx, "UPDATE meta SET value = ? WHERE key = 'rebuild'", _encoded(seen))


def end(tx: Connection) -> None:
    """Say that it is done."""
    tx.exec_driver_sql("DELETE FROM meta WHERE key = 'rebuild'")


def forget(tx: Connection, token: str | None = None) -> None:
    """Remove what a rebuild that was broken off has left; None: any, as none can live."""
    there = _under_way(tx)
    if there is not None and token in {None, there.token}:
        end(tx)
        drop_shadow(tx)


def drop_shadow(tx: Connection) -> None:
    """Drop the tables that a rebuild fills."""
    for table in rows.SHADOW.tables.values():
        tx.exec_driver_sql(f"DROP TABLE IF EXISTS {table.name}")


def since(tx: Connection) -> datetime | None:
    """Return when the rebuild began that is under way, None where there is none."""
    there = _under_way(tx)
    return moment(there.began) if there is not None and _lives(tx, there) else None


def refuse_during_rebuild(tx: Connection) -> None:
    """Raise ConflictError while a rebuild is under way: what removes events would confuse it.

    One that was broken off is cleared away. Call it with the head taken, or one may begin then.
    """
    if _under_way(tx) is None:
        return
    # A step may just be made: with the row taken, what it has written is seen.
    tx.exec_driver_sql("UPDATE meta SET value = value WHERE key = 'rebuild'")
    there = _under_way(tx)
    if there is not None and _lives(tx, there):
        began = moment(there.began).isoformat(" ", "seconds")
        msg = f"A rebuild is under way since {began}. Try again when it is done."
        raise ConflictError(msg, since=began)
    forget(tx)


def _under_way(tx: Connection) -> _Rebuild | None:
    value = tx.exec_driver_sql("SELECT value FROM meta WHERE key = 'rebuild'").scalar()
    if value is None:
        return None
    try:
        return codec.decode(_Rebuild, value.encode())
    except InvalidError:
        # An older server has written its token alone: nobody can tell whether it lives.
        return _Rebuild(token=value, began=0, seen=0)


def _encoded(rebuild: _Rebuild) -> str:
    return codec.encode(rebuild).decode()


def _lives(tx: Connection, rebuild: _Rebuild) -> bool:
    return _now(tx) - rebuild.seen < SILENT // timedelta(microseconds=1)


_CLOCKS: Final = {
    "sqlite": "SELECT (julianday('now') - 2440587.5) * 86400000000.0",
    "postgresql": "SELECT extract(epoch FROM clock_timestamp()) * 1000000",
}
"""µs since 1970: the clock that all servers of a database share."""


def _now(tx: Connection) -> int:
    return int(tx.exec_driver_sql(_CLOCKS[tx.dialect.name]).scalar_one())
