"""Find runs that a time has something of: due in it, or begun before and not over when it began."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from sqlalchemy import ColumnElement, Connection, func, or_, select

from peninsula.core.runs import RunKind
from peninsula.core.states import OPEN
from peninsula.server.storage import tables
from peninsula.server.storage.moments import micros

__all__ = ["LOOK_BACK", "active", "first_active"]

LOOK_BACK: Final = 10_000
"""Runs due before the time that are looked at, the nearest first: no index knows how long they went
on. All that are not over are found besides."""

_runs = tables.runs.c


def active(after: datetime) -> ColumnElement[bool]:
    """Ask for a run that was due at that time or later, or was not over then."""
    moment = micros(after)
    return or_(_runs.expected >= moment, _runs.ended.is_(None), _runs.ended >= moment)


def first_active(tx: Connection, kind: RunKind, after: datetime) -> int:
    """Return from which `expected` on runs are looked at."""
    mine = _runs.task == (kind is RunKind.TASK_RUN)
    edge: int | None = tx.execute(
        select(_runs.expected)
        .where(mine, _runs.expected < micros(after))
        .order_by(_runs.expected.desc())
        .limit(1)
        .offset(LOOK_BACK - 1)
    ).scalar()
    if edge is None:
        return 0
    # State by state: of each, the index has the oldest first.
    oldest = [
        tx.execute(select(func.min(_runs.expected)).where(mine, _runs.state_type == type_)).scalar()
        for type_ in OPEN
    ]
    return min([edge, *(int(found) for found in oldest if found is not None)])
