"""Know the workers of pools by their heartbeats, and which runs each of them watches over."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import ColumnElement, Connection, Row, delete, insert, select, update

from peninsula.core.errors import ConflictError, NotFoundError
from peninsula.core.events import Related
from peninsula.core.resources import own
from peninsula.core.work import SILENT, Heartbeat, Worker, WorkerStatus
from peninsula.server.storage import bulk, log, tables
from peninsula.server.storage.dictionary import Dictionary
from peninsula.server.storage.moments import moment
from peninsula.server.storage.referee import moves
from peninsula.server.storage.referee.entries import About, entry
from peninsula.server.storage.referee.moves import Now

__all__ = ["beat", "delete_worker", "find_workers", "online_since", "silence", "worker_of"]

_workers = tables.workers.c
_pools = tables.work_pools.c
_claims = tables.claims.c


def beat(
    tx: Connection,
    dictionary: Dictionary,
    pool: Row[Any],
    told: Heartbeat,
    now: Now,
) -> Worker:
    """Note that a worker is there, and which runs it watches over.

    The first word of a worker, each that changes its status, and the first of another process by
    its name are events. Raises ConflictError for a worker of another type, and for the name of
    another worker that is online.
    """
    head = log.take_head(tx)
    _check_type(pool, told)
    row = _row(tx, pool.id, told.name)
    _check_name(row, told, now)
    values = {
        "type": told.type,
        "emitter": told.emitter.bytes,
        "host": told.host,
        "version": told.version,
        "limit": told.limit,
        "last_heartbeat": now.at,
        "status": told.status.value,
    }
    if row is None:
        made = {"id": uuid4().bytes, "pool": pool.id, "name": told.name, "created": now.at}
        tx.execute(insert(tables.workers).values(**made, **values))
    else:
        tx.execute(update(tables.workers).where(_workers.id == row.id).values(**values))
    _watch(tx, told)
    found = worker_of(tx, pool, told.name, now.at)
    before = None if row is None else _status(row, now.at)
    if before is not found.status:
        change = _told(_WORDS[found.status], found, UUID(bytes=bytes(pool.id)), now)
        log.append(tx, dictionary, head, [change])
    return found


def _check_type(pool: Row[Any], told: Heartbeat) -> None:
    if pool.type != told.type:
        msg = (
            f"Work pool {pool.name!r} is of type {pool.type!r}, and this worker is of type"
            f" {told.type!r}. Start one with --type {pool.type}, or serve another pool."
        )
        raise ConflictError(msg, type=pool.type)


def _check_name(row: Row[Any] | None, told: Heartbeat, now: Now) -> None:
    if row is None or bytes(row.emitter) == told.emitter.bytes:
        return
    if told.host != row.host and _status(row, now.at) is not WorkerStatus.OFFLINE:
        msg = (
            f"A worker {told.name!r} of this pool is online at {row.host}. Give this one another"
            " name by --name."
        )
        raise ConflictError(msg, name=told.name)


def _watch(tx: Connection, told: Heartbeat) -> None:
    # Also those that it took back: commands to stop their processes go to this one from now on.
    for run, start in sorted(told.runs.items()):
        tx.execute(
            update(tables.claims)
            .where(
                _claims.run == run.bytes,
                _claims.start == start,
                _claims.worker != told.emitter.bytes,
            )
            .values(worker=told.emitter.bytes)
        )


_WORDS = {
    WorkerStatus.ONLINE: "started",
    WorkerStatus.DRAINING: "draining",
    WorkerStatus.OFFLINE: "stopped",
}


def _told(what: str, worker: Worker, pool: UUID, now: Now) -> log.Entry:
    payload = {"type": worker.type, "limit": worker.limit, "version": worker.version}
    related = (
        Related(id=own("work-pool", pool), role="work-pool", name=worker.pool),
        Related(id=own("process", worker.process), role="process", name=worker.host or None),
    )
    return entry(About("worker", worker.id, worker.name), what, payload, now, related)


def silence(tx: Connection, dictionary: Dictionary, now: Now) -> int:
    """Say of workers without a heartbeat that they are gone. Return how many there are."""
    before = now.at - int(SILENT * 1_000_000)
    silent = (_workers.status != WorkerStatus.OFFLINE.value, _workers.last_heartbeat < before)
    found = select(tables.workers, _pools.name.label("pool_name")).join(
        tables.work_pools, _pools.id == _workers.pool
    )
    rows = tx.execute(found.where(*silent)).all()
    if not rows:
        return 0
    head = log.take_head(tx)
    tx.execute(
        update(tables.workers)
        .where(_workers.id.in_([row.id for row in rows]), *silent)
        .values(status=WorkerStatus.OFFLINE.value)
    )
    entries = [
        _told("lost", _worker(row, row.pool_name, 0, now.at), UUID(bytes=bytes(row.pool)), now)
        for row in rows
    ]
    log.append(tx, dictionary, head, entries)
    return len(rows)


def delete_worker(tx: Connection, pool: Row[Any], name: str, now: int) -> None:
    """Forget a worker that is gone. Raises NotFoundError, or ConflictError while it is there."""
    found = worker_of(tx, pool, name, now)
    if found.status is not WorkerStatus.OFFLINE:
        msg = f"Worker {name!r} is {found.status.value} at {found.host}. End it there first."
        raise ConflictError(msg, status=found.status.value)
    tx.execute(delete(tables.workers).where(_workers.id == found.id.bytes))


# --- what there is -------------------------------------------------------------------------------


def online_since(now: int) -> Sequence[ColumnElement[bool]]:
    """Return the conditions of a worker that takes runs now."""
    return (
        _workers.status == WorkerStatus.ONLINE.value,
        _workers.last_heartbeat >= now - int(SILENT * 1_000_000),
    )


def find_workers(tx: Connection, pool: Row[Any] | None, now: int) -> list[Worker]:
    """Return the workers of a pool, or of all, by pool and name."""
    found = select(tables.workers, _pools.name.label("pool_name")).join(
        tables.work_pools, _pools.id == _workers.pool
    )
    if pool is not None:
        found = found.where(_workers.pool == pool.id)
    rows = tx.execute(found.order_by(_pools.name, _workers.name)).all()
    counted = _watched(tx)
    return [_worker(row, row.pool_name, counted.get(bytes(row.emitter), 0), now) for row in rows]


def worker_of(tx: Connection, pool: Row[Any], name: str, now: int) -> Worker:
    """Return a worker of a pool. Raises NotFoundError."""
    row = _row(tx, pool.id, name)
    if row is None:
        msg = f"Work pool {pool.name!r} has no worker {name!r}. Those there are: {_LIST}."
        raise NotFoundError(msg, name=name)
    return _worker(row, pool.name, _watched(tx).get(bytes(row.emitter), 0), now)


_LIST = '"peninsula worker ls"'


def _row(tx: Connection, pool: bytes, name: str) -> Row[Any] | None:
    return tx.execute(
        select(tables.workers).where(_workers.pool == pool, _workers.name == name)
    ).first()


def _watched(tx: Connection) -> dict[bytes, int]:
    counted = bulk.run(
        tx,
        "SELECT k.worker, count(*) AS runs FROM runs r CROSS JOIN run_ids i CROSS JOIN claims k"
        " WHERE r.task = FALSE"
        f" AND r.{moves.IS_OPEN}"
        " AND r.state_name <> 'Suspended'"
        ' AND i.id = r.id AND k.run = i.uuid AND k."start" = r."start" AND k.worker IS NOT NULL'
        " GROUP BY k.worker",
    )
    return {bytes(row.worker): row.runs for row in counted}


def _worker(row: Row[Any], pool: str, running: int, now: int) -> Worker:
    return Worker(
        id=UUID(bytes=bytes(row.id)),
        pool=pool,
        name=row.name,
        type=row.type,
        host=row.host,
        version=row.version,
        limit=row.limit,
        last_heartbeat=moment(row.last_heartbeat),
        status=_status(row, now),
        running=running,
        process=UUID(bytes=bytes(row.emitter)),
        created=moment(row.created),
    )


def _status(row: Row[Any], now: int) -> WorkerStatus:
    silent = row.last_heartbeat < now - int(SILENT * 1_000_000)
    return WorkerStatus.OFFLINE if silent else WorkerStatus(row.status)
