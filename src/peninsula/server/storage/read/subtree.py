"""Find what is below a run: by its root where it is one, else from parent to child."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Select, select

from peninsula.server.storage import tables

__all__ = [
    "ancestors",
    "below",
    "below_text",
    "known",
    "members",
    "numbers",
    "root_of",
    "seen_from",
]

_runs = tables.runs.c
_ids = tables.run_ids.c


def root_of(tx: Connection, run: int) -> int | None:
    """Return the top of the run's tree; None when the run itself was never told of."""
    return tx.execute(select(_runs.root).where(_runs.id == run)).scalar()


def below(run: int) -> Select[tuple[int]]:
    """Return a select of the run's number and those of everything below it, for any run."""
    tree = select(_runs.id).where(_runs.id == run).cte("tree", recursive=True)
    tree = tree.union(select(_runs.id).where(_runs.parent == tree.c.id))
    return select(tree.c.id)


def below_text(run: int) -> str:
    """Return the same select as text."""
    return (
        f"WITH RECURSIVE tree(id) AS (SELECT CAST({run} AS BIGINT) UNION"
        " SELECT r.id FROM runs r JOIN tree ON r.parent = tree.id) SELECT id FROM tree"
    )


def seen_from(run: int, root: int) -> Select[tuple[int]]:
    """Return the same select with the runs that were asked for from there, and all below them.

    A run of a deployment has a tree of its own: its page, its explanation, its events. Whoever
    looks at the run that asked for it is shown it there, too.
    """
    if root != run:
        return below(run)
    tops = select(_runs.id).where(_runs.id == run).cte("tops", recursive=True)
    inside, asked = tables.runs.alias("inside"), tables.runs.alias("asked")
    linked = (
        select(asked.c.id)
        .join_from(tops, inside, inside.c.root == tops.c.id)
        .join(asked, asked.c.parent == inside.c.id)
        .where(asked.c.root == asked.c.id)
    )
    tops = tops.union(linked)
    return select(_runs.id).where(_runs.root.in_(select(tops.c.id)))


def members(run: int, root: int) -> Select[tuple[int]]:
    """Return the same select, by the shortest way."""
    return select(_runs.id).where(_runs.root == run) if root == run else below(run)


def numbers(tx: Connection, run: int, limit: int) -> list[int]:
    """Return the numbers of the run and what is below it, at most that many."""
    statement: Any = below(run).limit(limit)
    return list(tx.execute(statement).scalars())


def known(tx: Connection, runs: Collection[UUID]) -> frozenset[UUID]:
    """Return those of the flow runs that the log knows."""
    wanted = select(_ids.uuid).where(_ids.uuid.in_([run.bytes for run in runs]), ~_ids.task)
    return frozenset(UUID(bytes=bytes(uuid)) for uuid in tx.execute(wanted).scalars())


def ancestors(tx: Connection, run: UUID) -> list[UUID]:
    """Return the run and those it was called from, up to the top; empty for an unknown run."""
    up = (
        select(_runs.id, _runs.parent)
        .where(_runs.id.in_(select(_ids.id).where(_ids.uuid == run.bytes)))
        .cte("up", recursive=True)
    )
    up = up.union(select(_runs.id, _runs.parent).where(_runs.id == up.c.parent))
    found = tx.execute(select(_ids.uuid).join_from(up, tables.run_ids, _ids.id == up.c.id))
    return [UUID(bytes=bytes(uuid)) for uuid in found.scalars()]
