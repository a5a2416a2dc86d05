"""Keep work pools and their queues. Each change appends its event."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID, uuid4

from msgspec import Raw
from sqlalchemy import Connection, Row, delete, func, insert, select, update

from peninsula.core import codec
from peninsula.core.errors import ConflictError, InvalidError, NotFoundError
from peninsula.core.events import Event, Related, Resource
from peninsula.core.resources import own
from peninsula.core.work import DEFAULT_QUEUE, WorkPool, WorkQueue
from peninsula.server.storage import bulk, log, tables
from peninsula.server.storage.dictionary import Dictionary
from peninsula.server.storage.moments import moment
from peninsula.server.storage.referee.moves import Now
from peninsula.server.storage.referee.workers import online_since

__all__ = [
    "create_pool",
    "create_queue",
    "delete_pool",
    "delete_queue",
    "find_pools",
    "find_queues",
    "pool_by_name",
    "queue_by_name",
    "row_of",
    "template_of",
    "update_pool",
    "update_queue",
]

_pools = tables.work_pools.c
_queues = tables.work_queues.c
_workers = tables.workers.c


# --- pools ---------------------------------------------------------------------------------------


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
    _add_queue(tx, id_, {"name": DEFAULT_QUEUE, "priority": 1, "paused": False})
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
    about = Resource(id=own("work-pool", pool.id), name=pool.name)
    return _told(own("work-pool", what), about, (actor,), payload, now)


def _told(
    name: str, about: Resource, related: tuple[Related, ...], payload: object, now: Now
) -> log.Entry:
    event = Event(
        id=uuid4(),
        occurred=moment(now.at),
        event=name,
        resource=about,
        related=related,
        payload=Raw(codec.encode(payload)),
    )
    return log.Entry(event, now.stamp)


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


def template_of(tx: Connection, pool: UUID) -> dict[str, Any]:
    """Return the base job template of a pool."""
    found = tx.scalar(select(_pools.base_job_template).where(_pools.id == pool.bytes))
    return codec.decode(dict[str, Any], (found or "{}").encode())


def pool_by_name(tx: Connection, name: str, now: int) -> WorkPool:
    """Return a pool. Raises NotFoundError."""
    row = row_of(tx, name)
    return _pool(row, _counted(tx, now).get(bytes(row.id), _NONE))


def find_pools(tx: Connection, now: int) -> list[WorkPool]:
    """Return all pools, by name."""
    counted = _counted(tx, now)
    rows = tx.execute(select(tables.work_pools).order_by(_pools.name))
    return [_pool(row, counted.get(bytes(row.id), _NONE)) for row in rows]


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


# --- how much is there ---------------------------------------------------------------------------

_NONE: Final[Mapping[str, int]] = {"online": 0, "running": 0, "waiting": 0, "late": 0}

_UNDER_WAY: Final = (
    "SELECT s.pool, COALESCE(s.queue, 'default') AS queue, r.state_name,"
    " r.state_type = 'SCHEDULED' AND r.emitter IS NULL AS waits, count(*) AS runs"
    " FROM runs r CROSS JOIN run_ids i CROSS JOIN submissions s"
    " WHERE r.task = FALSE"
    " AND r.state_type IN ('PENDING', 'RUNNING', 'CANCELLING', 'PAUSED', 'SCHEDULED')"
    " AND r.state_name <> 'Suspended'"
    " AND i.id = r.id AND s.run = i.uuid AND s.pool IS NOT NULL"
    " AND (s.due <= ? OR r.state_type <> 'SCHEDULED' OR r.emitter IS NOT NULL)"
    " GROUP BY s.pool, COALESCE(s.queue, 'default'), r.state_name,"
    " r.state_type = 'SCHEDULED' AND r.emitter IS NULL"
)


def _counted(tx: Connection, now: int) -> dict[bytes, dict[str, int]]:
    counted: dict[bytes, dict[str, int]] = {}
    for row in bulk.run(tx, _UNDER_WAY, now):
        counts = counted.setdefault(bytes(row.pool), dict(_NONE))
        counts["waiting" if row.waits else "running"] += row.runs
        if row.waits and row.state_name == "Late":
            counts["late"] += row.runs
    online = (
        select(_workers.pool, func.count().label("workers"))
        .where(*online_since(now))
        .group_by(_workers.pool)
    )
    for row in tx.execute(online):
        counted.setdefault(bytes(row.pool), dict(_NONE))["online"] = row.workers
    return counted


# --- queues --------------------------------------------------------------------------------------


def create_queue(
    tx: Connection,
    dictionary: Dictionary,
    pool: str,
    values: Mapping[str, Any],
    actor: Related,
    now: Now,
) -> WorkQueue:
    """Make a queue of a pool. Raises NotFoundError or ConflictError."""
    head = log.take_head(tx)
    row = row_of(tx, pool)
    name = values["name"]
    if _queue_row(tx, row.id, name) is not None:
        msg = f"Work pool {pool!r} has a queue {name!r} already. Give the new one another name."
        raise ConflictError(msg, name=name)
    _add_queue(tx, UUID(bytes=bytes(row.id)), values)
    return _tell_queue(tx, dictionary, head, "created", pool, name, actor, now)


def _add_queue(tx: Connection, pool: UUID, values: Mapping[str, Any]) -> None:
    tx.execute(insert(tables.work_queues).values(id=uuid4().bytes, pool=pool.bytes, **values))


def update_queue(
    tx: Connection,
    dictionary: Dictionary,
    pool: str,
    name: str,
    values: Mapping[str, Any],
    actor: Related,
    now: Now,
) -> WorkQueue:
    """Change a queue. Raises NotFoundError."""
    head = log.take_head(tx)
    before = queue_by_name(tx, pool, name, now.at)
    if values:
        tx.execute(update(tables.work_queues).where(_queues.id == before.id.bytes).values(**values))
    what = "updated"
    if values.get("paused", before.paused) is not before.paused:
        what = "paused" if values["paused"] else "resumed"
    return _tell_queue(tx, dictionary, head, what, pool, name, actor, now)


def delete_queue(
    tx: Connection, dictionary: Dictionary, pool: str, name: str, actor: Related, now: Now
) -> None:
    """Remove a queue. Raises NotFoundError, or InvalidError for the default one."""
    if name == DEFAULT_QUEUE:
        msg = f"Work pool {pool!r} keeps its queue {name!r}: runs that name none are in it."
        raise InvalidError(msg)
    head = log.take_head(tx)
    found = _tell_queue(tx, dictionary, head, "deleted", pool, name, actor, now)
    tx.execute(delete(tables.work_queues).where(_queues.id == found.id.bytes))
    submissions = tables.submissions.c
    tx.execute(
        update(tables.submissions)
        .where(submissions.pool == row_of(tx, pool).id, submissions.queue == name)
        .values(queue=None)
    )


def _tell_queue(
    tx: Connection,
    dictionary: Dictionary,
    head: log.Head,
    what: str,
    pool: str,
    name: str,
    actor: Related,
    now: Now,
) -> WorkQueue:
    found = queue_by_name(tx, pool, name, now.at)
    payload = {
        "priority": found.priority,
        "paused": found.paused,
        "concurrency_limit": found.concurrency_limit,
    }
    id_ = UUID(bytes=bytes(row_of(tx, pool).id))
    about = Resource(id=own("work-queue", f"{id_}.{name}"), name=f"{pool}/{name}")
    of_pool = Related(id=own("work-pool", id_), role="work-pool", name=pool)
    entry = _told(own("work-queue", what), about, (of_pool, actor), payload, now)
    log.append(tx, dictionary, head, [entry])
    return found


def queue_by_name(tx: Connection, pool: str, name: str, now: int) -> WorkQueue:
    """Return a queue of a pool. Raises NotFoundError."""
    row = row_of(tx, pool)
    found = _queue_row(tx, row.id, name)
    if found is None:
        msg = (
            f"Work pool {pool!r} has no queue {name!r}. Those there are:"
            f' "peninsula work-queue ls --pool {pool}".'
        )
        raise NotFoundError(msg, name=name)
    return _queue(found, pool, _counted_queues(tx, row.id, now))


def _queue_row(tx: Connection, pool: bytes, name: str) -> Row[Any] | None:
    return tx.execute(
        select(tables.work_queues).where(_queues.pool == pool, _queues.name == name)
    ).first()


def find_queues(tx: Connection, pool: str, now: int) -> list[WorkQueue]:
    """Return the queues of a pool: those that are taken from first, first. Raises NotFoundError."""
    row = row_of(tx, pool)
    counted = _counted_queues(tx, row.id, now)
    rows = tx.execute(
        select(tables.work_queues)
        .where(_queues.pool == row.id)
        .order_by(_queues.priority, _queues.name)
    )
    return [_queue(found, pool, counted) for found in rows]


def _counted_queues(tx: Connection, pool: bytes, now: int) -> dict[tuple[str, bool], int]:
    counted: dict[tuple[str, bool], int] = {}
    for row in bulk.run(tx, _UNDER_WAY, now):
        if bytes(row.pool) == bytes(pool):
            key = (row.queue, bool(row.waits))
            counted[key] = counted.get(key, 0) + row.runs
    return counted


def _queue(row: Row[Any], pool: str, counted: Mapping[tuple[str, bool], int]) -> WorkQueue:
    return WorkQueue(
        id=UUID(bytes=bytes(row.id)),
        pool=pool,
        name=row.name,
        priority=row.priority,
        concurrency_limit=row.concurrency_limit,
        paused=bool(row.paused),
        running=counted.get((row.name, False), 0),
        waiting=counted.get((row.name, True), 0),
    )
