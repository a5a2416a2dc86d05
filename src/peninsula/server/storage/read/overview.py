"""Read how things are as a whole: what fails and why, what runs, what is late and comes next."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, Final, NamedTuple

from sqlalchemy import ColumnElement, Connection, select

from peninsula.core.answers import FailedRun, FailureGroup, Overview
from peninsula.core.causes import Strength, error_type
from peninsula.core.filters import RunFilter
from peninsula.core.resources import kind_of
from peninsula.core.runs import Run
from peninsula.core.states import StateType
from peninsula.server.storage import bulk, tables
from peninsula.server.storage.moments import micros
from peninsula.server.storage.read import chains, events, flow_pages, interned, origins, run_rows
from peninsula.server.storage.read.runs import run_history

__all__ = ["read_overview"]

FAILURES: Final = 100
"""Failed runs that are put into groups, at most: the newest."""

LISTED: Final = 50
"""Runs in one list."""

PASSED: Final = 5_000
"""Flow runs of one state that are passed in search of those at the top."""

SHOWN: Final = 5
"""Runs that a group shows whole."""

LOOKED_AT: Final = 20
"""Newest runs of a flow among which the last that is over is looked for."""

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
        failing=_groups(tx, failed[:FAILURES]),
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


# --- groups of failures --------------------------------------------------------------------------


class _Cause(NamedTuple):
    system: str | None
    error: str | None
    flow: str | None
    """Errors without a system are put together only within one flow."""


def _groups(tx: Connection, failed: Sequence[Run]) -> tuple[FailureGroup, ...]:
    numbers = interned.run_numbers(tx, [run.id for run in failed])
    followed = chains.chains_of(tx, numbers.values())
    systems = origins.systems_of(tx, followed)
    grouped: dict[_Cause, list[Run]] = {}
    for run in failed:
        system = systems.get(numbers[run.id])
        error = None if system else error_type(run.state.message) or run.state.name
        cause = _Cause(system, error, None if system else run.flow)
        grouped.setdefault(cause, []).append(run)
    newest = {numbers[runs[0].id] for runs in grouped.values()}
    began = origins.read_origins(tx, {run: followed[run] for run in newest & followed.keys()})
    well = _recovered(tx, {run.flow for run in failed if run.flow is not None})
    return tuple(
        _group(cause, runs, began.get(numbers[runs[0].id]), well) for cause, runs in grouped.items()
    )


def _group(
    cause: _Cause, runs: Sequence[Run], began: FailedRun | None, well: set[str]
) -> FailureGroup:
    flows = tuple(dict.fromkeys(run.flow for run in runs if run.flow is not None))
    return FailureGroup(
        cause=cause.system,
        kind=kind_of(cause.system) if cause.system else None,
        error=cause.error,
        strength=Strength.LINKED if cause.system else None,
        began=began,
        runs=len(runs),
        flows=flows,
        recovered=tuple(flow for flow in flows if flow in well),
        newest=tuple(runs[:SHOWN]),
        ids=tuple(run.id for run in runs),
    )


def _recovered(tx: Connection, flows: set[str]) -> set[str]:
    """Return the flows whose newest run that is over completed."""
    return {flow for flow in flows if _last_end(tx, flow) is StateType.COMPLETED}


def _last_end(tx: Connection, flow: str) -> StateType | None:
    newest = bulk.run(
        tx,
        "SELECT state_type FROM runs WHERE flow = ? ORDER BY expected DESC, id DESC"
        f" LIMIT {LOOKED_AT}",
        flow,
    )
    types = map(StateType, newest.scalars())
    return next((type_ for type_ in types if type_.terminal), None)
