"""Read how long runs like one took before it."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Connection, Select, select, tuple_

from peninsula.core.answers import Usual
from peninsula.core.runs import RunKind
from peninsula.core.states import StateType
from peninsula.server.storage import tables
from peninsula.server.storage.read import trees

__all__ = ["read_usual"]

EARLIER: Final = 50
"""Runs of the flow before this one in which runs of the same task are looked for."""

PASSED: Final = 20_000
"""Runs in those that are passed."""

ALIKE: Final = 1_000
"""Runs of the same flow before this one that are looked at: a task run is of none, as all are."""

_runs = tables.runs.c


def read_usual(tx: Connection, kind: RunKind, id_: UUID) -> Usual:
    """Return how long earlier runs of the same task or flow took. Raises NotFoundError."""
    number, root = trees.run_and_root(tx, kind, id_)
    same = _runs.flow if kind is RunKind.FLOW_RUN else _runs.task_name
    name: str = tx.execute(select(same).where(_runs.id == number)).scalar_one()
    in_flow = kind is RunKind.TASK_RUN and number != root
    walked = _within(tx, root) if in_flow else _before(tx, number, ALIKE)
    some = walked.subquery()
    rows: Sequence[Any] = tx.execute(
        select(some.c.started, some.c.ended).where(
            some.c[same.name] == name,
            some.c.state_type == StateType.COMPLETED.value,
            # What was taken from a cache says nothing of how long it takes.
            some.c.state_name != "Cached",
            some.c.started.is_not(None),
            some.c.ended.is_not(None),
        )
    ).all()
    lasted = [(row.ended - row.started) / 1_000_000 for row in rows]
    return Usual(runs=len(lasted), p50=median(lasted) if lasted else None)


def _within(tx: Connection, root: int) -> Select[Any]:
    """Return a select of the runs in the trees of the flow's runs before that one."""
    before = _before(tx, root, EARLIER).with_only_columns(_runs.id)
    earlier = tx.execute(before).scalars().all()
    return select(tables.runs).where(_runs.root.in_(earlier)).limit(PASSED)


def _before(tx: Connection, number: int, limit: int) -> Select[Any]:
    """Return a select of the runs of the same flow before that one, the nearest first."""
    this: Any = tx.execute(select(_runs.flow, _runs.expected).where(_runs.id == number)).one()
    return (
        select(tables.runs)
        .where(
            _runs.flow == this.flow,
            tuple_(_runs.expected, _runs.id) < tuple_(this.expected, number),
        )
        .order_by(_runs.expected.desc(), _runs.id.desc())
        .limit(limit)
    )
