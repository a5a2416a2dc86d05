"""Say which runs are under way, and of those that wait when they are due: one rule for all."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from sqlalchemy import ColumnElement, and_, case, or_

from peninsula.core.fold import moment_said
from peninsula.core.runs import Run
from peninsula.core.states import AWAITING_RETRY, UNDER_WAY, StateType
from peninsula.server.storage import tables
from peninsula.server.storage.moments import moment

__all__ = ["DUE", "HELD", "IN_PROCESS", "LATE", "due_of", "due_since", "is_under_way"]

LATE: Final = "Late"
"""State of a run that nobody has taken for some time after it was due: the scheduler says so."""

DUE: Final = "due"
"""Detail of a Late run: when it was due, in ISO 8601."""

_runs = tables.runs.c

IN_PROCESS: Final = _runs.state_name == AWAITING_RETRY
"""Of Scheduled runs: it waits for its next attempt in its process, and is under way."""

HELD: Final = or_(
    _runs.state_name == "Suspended",
    and_(_runs.state_type == StateType.PAUSED.value, _runs.emitter.is_(None)),
)
"""It waits for people, and no process has it."""


def is_under_way() -> ColumnElement[bool]:
    """Say that a run has begun and is not over, as `State.under_way` does."""
    waits = and_(_runs.state_type == StateType.SCHEDULED.value, IN_PROCESS)
    return or_(_runs.state_type.in_(UNDER_WAY), waits)


def due_since(asked: ColumnElement[int]) -> ColumnElement[int]:
    """Return when a run is due that waits and was asked for at a time.

    One that was resumed or is tried again is due from then on.
    """
    return case((and_(_runs.start > 1, _runs.state_at > asked), _runs.state_at), else_=asked)


def due_of(run: Run, since: int) -> datetime:
    """Return when a run that waits was or is due, of which `due_since` says this.

    The state of a Late one is of later: of when that was noticed.
    """
    said = moment_said(run.state.details.get(DUE)) if run.state.name == LATE else None
    return said or moment(since)
