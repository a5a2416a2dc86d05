"""Read how things are as a whole: what fails and why, what runs, what is late and comes next."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, Final, NamedTuple

from sqlalchemy import ColumnElement, Connection, Select, and_, case, func, not_, select, true

from peninsula.core.answers import Counted, Overview
from peninsula.core.filters import RunFilter
from peninsula.core.runs import Run, RunKind
from peninsula.core.states import UNDER_WAY, StateType
from peninsula.server.storage import tables
from peninsula.server.storage.moments import micros
from peninsula.server.storage.read import events, flow_pages, overlaps, run_rows, waiting
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
_ids = tables.run_ids.c
_submissions = tables.submissions.c
_TOP: Final = _runs.root == _runs.id


class _Kind(NamedTuple):
    """Runs that are alike: a stretch of the index, of which some are passed over."""

    type: StateType
    condition: ColumnElement[bool] = true()


_FAILED: Final = (_Kind(StateType.FAILED), _Kind(StateType.CRASHED))
_ACTIVE: Final = (
    *map(_Kind, UNDER_WAY),
    _Kind(StateType.SCHEDULED, waiting.IN_PROCESS),
)
_LATE: Final = _Kind(StateType.SCHEDULED, _runs.state_name == waiting.LATE)
_NEXT: Final = _Kind(
    StateType.SCHEDULED, and_(_runs.state_name != waiting.LATE, not_(waiting.IN_PROCESS))
)

_DUE: Final = waiting.due_since(
    func.coalesce(
        select(_submissions.due)
        .join_from(tables.submissions, tables.run_ids, _ids.uuid == _submissions.run)
        .where(_ids.id == _runs.id)
        .correlate(tables.runs)
        .scalar_subquery(),
        _runs.expected,
    )
)


def read_overview(tx: Connection, since: datetime, until: datetime, step: float) -> Overview:
    """Return the overview of a time; what runs and comes next is that of now."""
    position = events.head_position(tx)
    failed = _failed(tx, since, until)
    running = _newest(tx, _ACTIVE, LISTED)
    late, following = _waiting(tx, _LATE), _waiting(tx, _NEXT)
    return Overview(
        position=position,
        history=run_history(tx, RunFilter(top=True, active_after=since), since, until, step),
        failing=read_incidents(tx, failed[:FAILURES]),
        failing_partial=len(failed) > FAILURES,
        running=running,
        running_count=_count(tx, _ACTIVE),
        usual=_usual(tx, {run.flow for run in running if run.flow is not None}),
        late=tuple(run for run, _ in late),
        late_count=_count(tx, (_LATE,)),
        next=tuple(run for run, _ in following),
        next_count=_count(tx, (_NEXT,)),
        due={run.id: due for run, due in (*late, *following)},
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
    tx: Connection, kinds: Sequence[_Kind], limit: int, *conditions: ColumnElement[bool]
) -> tuple[Run, ...]:
    """Return the newest top flow runs of these kinds."""
    order = (_runs.expected.desc(), _runs.id.desc())
    found: list[Any] = []
    for kind in kinds:
        nearest = _passed(kind, *conditions).order_by(*order).limit(PASSED)
        found += tx.execute(_top_among(nearest).order_by(*order).limit(limit)).all()
    found.sort(key=lambda row: (row.expected, row.number), reverse=True)
    return tuple(map(run_rows.run_of, found[:limit]))


def _waiting(tx: Connection, kind: _Kind) -> list[tuple[Run, datetime]]:
    """Return top flow runs of a kind, and when they are due: the soonest first."""
    nearest = _passed(kind).order_by(_runs.expected, _runs.id).limit(PASSED)
    due = _DUE.label("due")
    rows = tx.execute(_top_among(nearest, due).order_by(due, _runs.id).limit(LISTED))
    found = [(run_rows.run_of(row), row.due) for row in rows]
    return [(run, waiting.due_of(run, due)) for run, due in found]


def _passed(kind: _Kind, *conditions: ColumnElement[bool]) -> Select[Any]:
    """Select flow runs of a kind: a stretch of the index, in the order of when they were due."""
    mine = (_runs.task.is_(False), _runs.state_type == kind.type.value, kind.condition)
    return select(_runs.id).where(*mine, *conditions)


def _top_among(some: Select[Any], *more: ColumnElement[Any]) -> Select[Any]:
    return run_rows.selected_runs(*more).where(_runs.id.in_(select(some.subquery().c.id)), _TOP)


def _count(tx: Connection, kinds: Sequence[_Kind]) -> Counted:
    """Count top flow runs of these kinds."""
    count, partial = 0, False
    for kind in kinds:
        looked = (
            _passed(kind)
            .add_columns(case((_TOP, 1), else_=0).label("top"))
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
