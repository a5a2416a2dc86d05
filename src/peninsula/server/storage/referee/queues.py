"""Keep the queues of work pools. Each change appends its event."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import Connection, Row, delete, insert, select, update

from peninsula.core.errors import ConflictError, InvalidError, NotFoundError
from peninsula.core.events import Related
from peninsula.core.resources import own
from peninsula.core.work import DEFAULT_QUEUE, WorkQueue
from peninsula.server.storage import log, tables
from peninsula.server.storage.dictionary import Dictionary
from peninsula.server.storage.referee import pool_counts
from peninsula.server.storage.referee.entries import About, entry
from peninsula.server.storage.referee.moves import Now
from peninsula.server.storage.referee.pools import row_of

__all__ = ["create_queue", "delete_queue", "find_queues", "queue_by_name", "update_queue"]

_queues = tables.work_queues.c


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
    tx.execute(insert(tables.work_queues).values(id=uuid4().bytes, pool=row.id, **values))
    return _tell_queue(tx, dictionary, head, "created", pool, name, actor, now)


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
    about = About("work-queue", f"{id_}.{name}", f"{pool}/{name}")
    of_pool = Related(id=own("work-pool", id_), role="work-pool", name=pool)
    log.append(tx, dictionary, head, [entry(about, what, payload, now, (of_pool, actor))])
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
    return _queue(found, pool, pool_counts.of_queues(tx, row.id, now))


def _queue_row(tx: Connection, pool: bytes, name: str) -> Row[Any] | None:
    return tx.execute(
        select(tables.work_queues).where(_queues.pool == pool, _queues.name == name)
    ).first()


def find_queues(tx: Connection, pool: str, now: int) -> list[WorkQueue]:
    """Return the queues of a pool: those that are taken from first, first. Raises NotFoundError."""
    row = row_of(tx, pool)
    counted = pool_counts.of_queues(tx, row.id, now)
    rows = tx.execute(
        select(tables.work_queues)
        .where(_queues.pool == row.id)
        .order_by(_queues.priority, _queues.name)
    )
    return [_queue(found, pool, counted) for found in rows]


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
