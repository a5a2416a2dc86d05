"""Read how things are as a whole: what fails and why, what runs, what is late and comes next."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, case, func, select

from peninsula.core.answers import Counted, Overview
from peninsula.core.filters import RunFilter
from peninsula.core.runs import Run, RunKind
from peninsula.core.states import StateType
from peninsula.server.storage import tables
from peninsula.server.storage.moments import micros
from peninsula.server.storage.read import events, flow_pages, overlaps, run_rows
from peninsula.server.storage.read.incidents import read_incidents
from peninsula.server.storage.read.runs import run_history

__all__ = ["read_overview"]

FAILURES: Final = 100
"""Failed runs that are put into groups, at most: the newest."""

LISTED: Final = 50
"""Runs in one list."""

PASSED: Final = 5_000
"""Flow runs of one state that are passed in search of those at the top."""

COUNTED: Final = 10_000
"""Flow runs of one state that are counted, at most."""

_runs = tables.runs.c
_TOP: Final = _runs.root == _runs.id
_FAILED: Final = (StateType.FAILED, StateType.CRASHED)
_ACTIVE: Final = (
    StateType.PENDING,
    StateType.RUNNING,
    StateType.PAUSED,
    StateType.CANCELLING,
)


def read_overview(
    tx: Connection, since: datetime, until: datetime, step: float, now: datetime
) -> Overview:
    """Return the overview of a time; what runs and comes next is that of now."""
    position = events.head_position(tx)
    failed = _failed(tx, since, until)
    scheduled = (StateType.SCHEDULED,)
    running = _newest(tx, _ACTIVE, LISTED)
    late, later = _runs.expected < micros(now), _runs.expected >= micros(now)
    return Overview(
        position=position,
        history=run_history(tx, RunFilter(top=True, active_after=since), since, until, step),
        failing=read_incidents(tx, failed[:FAILURES]),
        failing_partial=len(failed) > FAILURES,
        running=running,
        running_count=_count(tx, _ACTIVE),
        usual=_usual(tx, {run.flow for run in running if run.flow is not None}),
        late=_newest(tx, scheduled, LISTED, late, soonest=True),
        late_count=_count(tx, scheduled, late),
        next=_newest(tx, scheduled, LISTED, later, soonest=True),
        next_count=_count(tx, scheduled, later),
    )


def _failed(tx: Connection, since: datetime, until: datetime) -> tuple[Run, ...]:
    return _newest(
        tx,
        _FAILED,
        FAILURES + 1,
        _runs.expected >= overlaps.first_active(tx, RunKind.FLOW_RUN, since),
        overlaps.active(since),
        _runs.expected < micros(until),
    )


def _newest(
    tx: Connection,
    types: Sequence[StateType],
    limit: int,
    *conditions: ColumnElement[bool],
    soonest: bool = False,
) -> tuple[Run, ...]:
    """Return top flow runs in one of these states: the newest, or the oldest."""
    order = (_runs.expected, _runs.id) if soonest else (_runs.expected.desc(), _runs.id.desc())
    found: list[Any] = []
    for type_ in types:
        # State by state, as each is a stretch of the index in the order asked for.
        nearest = (
            select(_runs.id)
            .where(_runs.task.is_(False), _runs.state_type == type_.value, *conditions)
            .order_by(*order)
            .limit(PASSED)
        )
        found += tx.execute(
            run_rows.selected_runs()
            .where(_runs.id.in_(select(nearest.subquery().c.id)), _TOP)
            .order_by(*order)
            .limit(limit)
        ).all()
    found.sort(key=lambda row: (row.expected, row.number), reverse=not soonest)
    return tuple(map(run_rows.run_of, found[:limit]))


def _count(tx: Connection, types: Sequence[StateType], *conditions: ColumnElement[bool]) -> Counted:
    """Count top flow runs in these states."""
    count, partial = 0, False
    for type_ in types:
        looked = (
            select(case((_TOP, 1), else_=0).label("top"))
            .where(_runs.task.is_(False), _runs.state_type == type_.value, *conditions)
            .order_by(_runs.expected)
            .limit(COUNTED + 1)
            .subquery()
        )
        seen, top = tx.execute(select(func.count(), func.sum(looked.c.top))).one()
        count += int(top or 0)
        partial |= seen > COUNTED
    return Counted(count=count, partial=partial)


def _usual(tx: Connection, flows: Iterable[str]) -> dict[str, float]:
    medians = {flow: flow_pages.durations_of(tx, flow)[0] for flow in flows}
    return {flow: median for flow, median in medians.items() if median is not None}
