"""Choose among the runs that are due those whose pool, queue and deployment have room."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable
from typing import Any, Final, NamedTuple
from uuid import UUID

from sqlalchemy import Connection, select

from peninsula.core.events import Related
from peninsula.core.states import StateType
from peninsula.core.work import DEFAULT_QUEUE
from peninsula.server.storage import bulk, tables
from peninsula.server.storage.referee import moves

__all__ = ["Claimant", "choose", "next_due"]


class Claimant(NamedTuple):
    """Who asks, and for which runs."""

    emitter: UUID
    related: tuple[Related, ...]
    """What the event of a claim names: the worker, say."""
    named: str
    """Who it is, in the message of the state."""
    limit: int
    seen: int
    pool: UUID | None = None
    queues: tuple[str, ...] = ()
    deployments: tuple[UUID, ...] = ()
    """Of a process that serves deployments, which has no pool."""


def next_due(tx: Connection, claimant: Claimant, now: int) -> int | None:
    """Return when the next run is due that waits for its time, µs since 1970; None: none does."""
    where, values = _wanted(claimant)
    due: int | None = bulk.run(
        tx, f"SELECT min(s.due) {_FROM}{_SCHEDULED} AND {where} AND s.due > ?", *values, now
    ).scalar()
    return due


# CROSS JOIN has SQLite begin with the runs that are scheduled, which are few.
_FROM: Final = (
    "FROM runs r CROSS JOIN run_ids i CROSS JOIN submissions s"
    " LEFT JOIN work_queues q ON q.pool = s.pool AND q.name ="
    f" COALESCE(s.queue, '{DEFAULT_QUEUE}')"
    " WHERE r.task = FALSE AND i.id = r.id AND s.run = i.uuid"
)
_SCHEDULED: Final = (
    f" AND r.state_type = '{StateType.SCHEDULED.value}'"
    " AND r.state_name IN ('Scheduled', 'Late') AND r.emitter IS NULL"
)
_OCCUPYING: Final = (
    f" AND r.{moves.IS_OPEN}"
    " AND r.state_name <> 'Suspended'"
    " AND NOT (r.state_type IN ('PAUSED', 'SCHEDULED') AND r.emitter IS NULL)"
)
"""What takes a place: also a run that waits in its process for its next attempt, or for people."""

_QUEUED: Final = f"COALESCE(s.queue, '{DEFAULT_QUEUE}')"


def choose(tx: Connection, claimant: Claimant, now: int) -> list[int]:
    """Choose runs for a claimant: by the priority of their queue, then their own, then when due."""
    room = _Room.of(tx, claimant)
    where, values = _wanted(claimant)
    chosen: list[int] = []
    while len(chosen) < claimant.limit and room.pool > 0:
        without, more = room.excluded()
        if chosen:
            without += f" AND r.id NOT IN ({_places(chosen)})"
        found = bulk.run(
            tx,
            f"SELECT r.id, s.deployment, {_QUEUED} AS queue {_FROM}{_SCHEDULED} AND {where}"
            " AND s.due <= ? AND (q.id IS NULL OR q.paused = FALSE)"
            f"{without} ORDER BY COALESCE(q.priority, 1), s.priority, s.due, r.id LIMIT ?",
            *values,
            now,
            *more,
            *chosen,
            claimant.limit - len(chosen),
        ).all()
        if not found:
            break
        chosen += [row.id for row in found if room.take(row)]
    return chosen


def _wanted(claimant: Claimant) -> tuple[str, list[Any]]:
    if claimant.pool is None:
        listed = [each.bytes for each in claimant.deployments]
        return f"s.deployment IN ({_places(listed)}) AND s.pool IS NULL", listed
    where, values = "s.pool = ?", [claimant.pool.bytes]
    if claimant.queues:
        where += f" AND {_QUEUED} IN ({_places(claimant.queues)})"
    return where, [*values, *claimant.queues]


def _places(values: Collection[object]) -> str:
    return ", ".join("?" * len(values))


# --- limits --------------------------------------------------------------------------------------

ANY: Final = 1 << 62
"""Room where there is no limit."""


class _Room:
    """How many more runs may begin."""

    def __init__(self, pool: int, queues: dict[str, int], deployments: dict[bytes, int]) -> None:
        self.pool = pool
        self.queues = queues
        self.deployments = deployments

    @classmethod
    def of(cls, tx: Connection, claimant: Claimant) -> _Room:
        """Count what is under way."""
        counted = bulk.run(
            tx,
            f"SELECT s.pool, {_QUEUED} AS queue, s.deployment, count(*) AS runs"
            f" {_FROM}{_OCCUPYING} GROUP BY s.pool, {_QUEUED}, s.deployment",
        ).all()
        pool, queues = cls._of_pool(tx, claimant, counted)
        by_deployment: Counter[bytes] = Counter()
        for row in counted:
            if row.deployment is not None:
                by_deployment[bytes(row.deployment)] += row.runs
        found = bulk.run(
            tx,
            "SELECT id, concurrency_limit FROM deployments WHERE concurrency_limit IS NOT NULL",
        ).all()
        return cls(
            pool,
            queues,
            {bytes(row.id): row.concurrency_limit - by_deployment[bytes(row.id)] for row in found},
        )

    @staticmethod
    def _of_pool(
        tx: Connection, claimant: Claimant, counted: Iterable[Any]
    ) -> tuple[int, dict[str, int]]:
        if claimant.pool is None:
            return ANY, {}
        own_ = [row for row in counted if row.pool is not None]
        own_ = [row for row in own_ if bytes(row.pool) == claimant.pool.bytes]
        pools, queues = tables.work_pools.c, tables.work_queues.c
        found = tx.execute(
            select(pools.paused, pools.concurrency_limit).where(pools.id == claimant.pool.bytes)
        ).first()
        if found is None or found.paused:
            return 0, {}
        taken = sum(row.runs for row in own_)
        by_queue: Counter[str] = Counter()
        for row in own_:
            by_queue[row.queue] += row.runs
        limited = tx.execute(
            select(queues.name, queues.concurrency_limit).where(
                queues.pool == claimant.pool.bytes, queues.concurrency_limit.is_not(None)
            )
        )
        room = ANY if found.concurrency_limit is None else found.concurrency_limit - taken
        return room, {row.name: row.concurrency_limit - by_queue[row.name] for row in limited}

    def take(self, row: Any) -> bool:
        """Take a place for a run; tell whether there was one."""
        deployment = bytes(row.deployment) if row.deployment is not None else b""
        if (
            self.pool <= 0
            or self.queues.get(row.queue, 1) <= 0
            or self.deployments.get(deployment, 1) <= 0
        ):
            return False
        self.pool -= 1
        if row.queue in self.queues:
            self.queues[row.queue] -= 1
        if deployment in self.deployments:
            self.deployments[deployment] -= 1
        return True

    def excluded(self) -> tuple[str, list[Any]]:
        """Return the condition that leaves out what is full."""
        queues = [name for name, left in self.queues.items() if left <= 0]
        deployments = [uuid for uuid, left in self.deployments.items() if left <= 0]
        where = f" AND {_QUEUED} NOT IN ({_places(queues)})" if queues else ""
        if deployments:
            where += f" AND (s.deployment IS NULL OR s.deployment NOT IN ({_places(deployments)}))"
        return where, [*queues, *deployments]
