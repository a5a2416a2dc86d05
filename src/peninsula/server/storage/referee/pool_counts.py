"""Count what work pools and their queues have: workers online, runs under way, waiting and late."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from sqlalchemy import Connection, func, select

from peninsula.server.storage import bulk, tables
from peninsula.server.storage.read.waiting import LATE
from peninsula.server.storage.referee import moves
from peninsula.server.storage.referee.workers import online_since

__all__ = ["NONE", "of_pools", "of_queues"]

_workers = tables.workers.c

NONE: Final[Mapping[str, int]] = {"online": 0, "running": 0, "waiting": 0, "late": 0}

_UNDER_WAY: Final = (
    "SELECT s.pool, COALESCE(s.queue, 'default') AS queue, r.state_name,"
    " r.state_type = 'SCHEDULED' AND r.emitter IS NULL AS waits, count(*) AS runs"
    " FROM runs r CROSS JOIN run_ids i CROSS JOIN submissions s"
    " WHERE r.task = FALSE"
    f" AND r.{moves.IS_OPEN}"
    " AND r.state_name <> 'Suspended'"
    " AND i.id = r.id AND s.run = i.uuid AND s.pool IS NOT NULL"
    " AND (s.due <= ? OR r.state_type <> 'SCHEDULED' OR r.emitter IS NOT NULL)"
    " GROUP BY s.pool, COALESCE(s.queue, 'default'), r.state_name,"
    " r.state_type = 'SCHEDULED' AND r.emitter IS NULL"
)


def of_pools(tx: Connection, now: int) -> dict[bytes, dict[str, int]]:
    """Return the counts of each pool that has any: workers, and runs."""
    counted: dict[bytes, dict[str, int]] = {}
    for row in bulk.run(tx, _UNDER_WAY, now):
        counts = counted.setdefault(bytes(row.pool), dict(NONE))
        counts["waiting" if row.waits else "running"] += row.runs
        if row.waits and row.state_name == LATE:
            counts["late"] += row.runs
    online = (
        select(_workers.pool, func.count().label("workers"))
        .where(*online_since(now))
        .group_by(_workers.pool)
    )
    for row in tx.execute(online):
        counted.setdefault(bytes(row.pool), dict(NONE))["online"] = row.workers
    return counted


def of_queues(tx: Connection, pool: bytes, now: int) -> dict[tuple[str, bool], int]:
    """Return the runs of each queue of a pool, by name and whether they wait."""
    counted: dict[tuple[str, bool], int] = {}
    for row in bulk.run(tx, _UNDER_WAY, now):
        if bytes(row.pool) == bytes(pool):
            key = (row.queue, bool(row.waits))
            counted[key] = counted.get(key, 0) + row.runs
    return counted
