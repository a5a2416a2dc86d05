"""Keep work pools. Each change appends its event."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID, uuid4

from msgspec import Raw
from sqlalchemy import Connection, Row, delete, func, insert, select, update

from peninsula.core import codec
from peninsula.core.errors import ConflictError, NotFoundError
from peninsula.core.events import Related
from peninsula.core.work import DEFAULT_QUEUE, WorkPool
from peninsula.server.storage import log, tables
from peninsula.server.storage.dictionary import Dictionary
from peninsula.server.storage.moments import moment
from peninsula.server.storage.referee import pool_counts
from peninsula.server.storage.referee.entries import About, entry
from peninsula.server.storage.referee.moves import Now

__all__ = [
    "create_pool",
    "delete_pool",
    "find_pools",
    "pool_by_name",
    "row_of",
    "template_of",
    "update_pool",
]

_pools = tables.work_pools.c


def create_pool(
    tx: Connection,
    dictionary: Dictionary,
    values: Mapping[str, Any],
    actor: Related,
    now: Now,
) -> WorkPool:
    """Make a pool with its default queue. Raises ConflictError when there is one of that name."""
    head = log.take_head(tx)
    name = values["name"]
    if tx.scalar(select(_pools.id).where(_pools.name == name)) is not None:
        msg = (
            f"There is a work pool {name!r} already. Change it:"
            f' "peninsula work-pool update {name}", or give the new one another name.'
        )
        raise ConflictError(msg, name=name)
    id_ = uuid4()
    made = {"id": id_.bytes, "created": now.at, "updated": now.at}
    tx.execute(insert(tables.work_pools).values(**values, **made))
    default = {"name": DEFAULT_QUEUE, "priority": 1, "paused": False}
    tx.execute(insert(tables.work_queues).values(id=uuid4().bytes, pool=id_.bytes, **default))
    found = pool_by_name(tx, name, now.at)
    log.append(tx, dictionary, head, [_of_pool("created", found, actor, now)])
    return found


def update_pool(
    tx: Connection,
    dictionary: Dictionary,
    name: str,
    values: Mapping[str, Any],
    actor: Related,
    now: Now,
) -> WorkPool:
    """Change a pool. Raises NotFoundError."""
    head = log.take_head(tx)
    row = row_of(tx, name)
    tx.execute(
        update(tables.work_pools).where(_pools.id == row.id).values(**values, updated=now.at)
    )
    found = pool_by_name(tx, name, now.at)
    what = "updated"
    if found.paused is not bool(row.paused):
        what = "paused" if found.paused else "resumed"
    log.append(tx, dictionary, head, [_of_pool(what, found, actor, now)])
    return found


def delete_pool(
    tx: Connection, dictionary: Dictionary, name: str, actor: Related, now: Now
) -> None:
    """Remove a pool with its queues and workers.

    Raises NotFoundError, or ConflictError where deployments are still in it.
    """
    head = log.take_head(tx)
    found = pool_by_name(tx, name, now.at)
    deployments = tables.deployments.c
    used = tx.execute(
        select(func.count()).where(deployments.work_pool == found.id.bytes)
    ).scalar_one()
    if used:
        msg = (
            f"Work pool {name!r} has {used} deployments. Delete them, or deploy them to another"
            ' pool: "peninsula deployment ls".'
        )
        raise ConflictError(msg, deployments=used)
    if unfinished := found.running + found.waiting:
        msg = f"{unfinished} runs of work pool {name!r} are not over. Cancel them first."
        raise ConflictError(msg, unfinished=unfinished)
    for table in (tables.work_queues, tables.workers):
        tx.execute(delete(table).where(table.c.pool == found.id.bytes))
    tx.execute(delete(tables.work_pools).where(_pools.id == found.id.bytes))
    log.append(tx, dictionary, head, [_of_pool("deleted", found, actor, now)])


def _of_pool(what: str, pool: WorkPool, actor: Related, now: Now) -> log.Entry:
    payload = {
        "type": pool.type,
        "paused": pool.paused,
        "concurrency_limit": pool.concurrency_limit,
    }
    return entry(About("work-pool", pool.id, pool.name), what, payload, now, [actor])


def row_of(tx: Connection, name: str) -> Row[Any]:
    """Return the row of a pool. Raises NotFoundError."""
    row = tx.execute(select(tables.work_pools).where(_pools.name == name)).first()
    if row is None:
        msg = (
            f'No work pool {name!r}. Those there are: "peninsula work-pool ls"; make it:'
            f' "peninsula work-pool create {name} --type process".'
        )
        raise NotFoundError(msg, name=name)
    return row


def template_of(tx: Connection, name: str) -> tuple[str, dict[str, Any]]:
    """Return the type of a pool, and its base job template. Raises NotFoundError."""
    row = row_of(tx, name)
    return row.type, codec.decode(dict[str, Any], row.base_job_template.encode())


def pool_by_name(tx: Connection, name: str, now: int) -> WorkPool:
    """Return a pool. Raises NotFoundError."""
    row = row_of(tx, name)
    return _pool(row, pool_counts.of_pools(tx, now).get(bytes(row.id), pool_counts.NONE))


def find_pools(tx: Connection, now: int) -> list[WorkPool]:
    """Return all pools, by name."""
    counted = pool_counts.of_pools(tx, now)
    rows = tx.execute(select(tables.work_pools).order_by(_pools.name))
    return [_pool(row, counted.get(bytes(row.id), pool_counts.NONE)) for row in rows]


def _pool(row: Row[Any], counts: Mapping[str, int]) -> WorkPool:
    return WorkPool(
        id=UUID(bytes=bytes(row.id)),
        name=row.name,
        type=row.type,
        description=row.description,
        base_job_template=Raw(row.base_job_template.encode()),
        paused=bool(row.paused),
        concurrency_limit=row.concurrency_limit,
        created=moment(row.created),
        updated=moment(row.updated),
        online=counts["online"],
        running=counts["running"],
        waiting=counts["waiting"],
        late=counts["late"],
    )
