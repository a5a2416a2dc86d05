"""Read how things are as a whole: what fails and why, what runs, what is late and comes next."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, select

from peninsula.core.answers import Overview
from peninsula.core.filters import RunFilter
from peninsula.core.runs import Run
from peninsula.core.states import StateType
from peninsula.server.storage import tables
from peninsula.server.storage.moments import micros
from peninsula.server.storage.read import events, flow_pages, run_rows
from peninsula.server.storage.read.incidents import read_incidents
from peninsula.server.storage.read.runs import run_history

__all__ = ["read_overview"]

FAILURES: Final = 100
"""Failed runs that are put into groups, at most: the newest."""

LISTED: Final = 50
"""Runs in one list."""

PASSED: Final = 5_000
"""Flow runs of one state that are passed in search of those at the top."""

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
    return Overview(
        position=position,
        history=run_history(tx, RunFilter(top=True), since, until, step),
        failing=read_incidents(tx, failed[:FAILURES]),
        failing_partial=len(failed) > FAILURES,
        running=running,
        usual=_usual(tx, {run.flow for run in running if run.flow is not None}),
        late=_newest(tx, scheduled, LISTED, _runs.expected < micros(now), soonest=True),
        next=_newest(tx, scheduled, LISTED, _runs.expected >= micros(now), soonest=True),
    )


def _failed(tx: Connection, since: datetime, until: datetime) -> tuple[Run, ...]:
    return _newest(
        tx,
        _FAILED,
        FAILURES + 1,
        _runs.expected >= micros(since),
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


def _usual(tx: Connection, flows: Iterable[str]) -> dict[str, float]:
    medians = {flow: flow_pages.durations_of(tx, flow)[0] for flow in flows}
    return {flow: median for flow, median in medians.items() if median is not None}
