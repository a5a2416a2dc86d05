"""Read what flow runs lately did with blocks, for a list of these."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Connection, func, select

from peninsula.core.blocks import BlockActivity
from peninsula.core.resources import OWN, own, system_of
from peninsula.core.states import StateType
from peninsula.server.storage import bulk, tables
from peninsula.server.storage.moments import moment
from peninsula.server.storage.read.health import FAILED

__all__ = ["read_activity"]

RUNS: Final = 50
"""Newest flow runs whose outcome is counted for a block."""

TOUCHES: Final = 500
"""Touches among which these are looked for, those of task runs among them."""

EVENTS: Final = 20
"""Newest events of a block that are looked at for a system."""

_touches = tables.touches.c
_runs = tables.runs.c
_resources = tables.resources.c


def read_activity(tx: Connection, ids: Iterable[UUID]) -> tuple[BlockActivity, ...]:
    """Return the activity of each of these blocks."""
    named = {own("block-document", id_): id_ for id_ in ids}
    rows = tx.execute(select(_resources.text, _resources.id).where(_resources.text.in_(named)))
    numbers: dict[str, int] = dict(map(tuple, rows))
    return tuple(_activity(tx, id_, numbers.get(text)) for text, id_ in named.items())


def _activity(tx: Connection, block: UUID, number: int | None) -> BlockActivity:
    if number is None:
        return BlockActivity(block=block, system=None, last=None, completed=0, failed=0)
    states = _states(tx, number)
    last = tx.execute(
        select(func.max(_touches.last)).where(_touches.resource == number)
    ).scalar_one()
    return BlockActivity(
        block=block,
        system=_system(tx, number),
        last=None if last is None else moment(last),
        completed=states.count(StateType.COMPLETED),
        failed=sum(state in FAILED for state in states),
    )


def _states(tx: Connection, resource: int) -> list[StateType]:
    """Return the states of the newest flow runs at the top that touched it."""
    newest = (
        select(_touches.run, _touches.last)
        .where(_touches.resource == resource)
        .order_by(_touches.last.desc())
        .limit(TOUCHES)
        .subquery()
    )
    rows = tx.execute(
        select(_runs.state_type)
        .join_from(newest, tables.runs, _runs.id == newest.c.run)
        .where(_runs.id == _runs.root)
        .order_by(newest.c.last.desc())
        .limit(RUNS)
    )
    return [StateType(state) for state in rows.scalars()]


def _system(tx: Connection, resource: int) -> str | None:
    """Return what the last of its newest events went to that is outside."""
    about: Any = bulk.run(
        tx,
        "SELECT r.text FROM (SELECT DISTINCT position FROM links WHERE resource = ?"
        f" ORDER BY position DESC LIMIT {EVENTS}) AS l"
        " JOIN events e ON e.position = l.position JOIN resources r ON r.id = e.resource"
        " ORDER BY l.position DESC",
        resource,
    )
    outside = (text for (text,) in about if not text.startswith(OWN))
    return next(map(system_of, outside), None)
