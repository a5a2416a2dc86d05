"""Say of runs that wait when they are due, and which of them are late: one rule for all."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from sqlalchemy import ColumnElement, and_, case

from peninsula.core.fold import moment_said
from peninsula.core.runs import Run
from peninsula.server.storage import tables
from peninsula.server.storage.moments import moment

__all__ = ["AWAITING_RETRY", "DUE", "LATE", "due_of", "due_since"]

LATE: Final = "Late"
"""State of a run that nobody has taken for some time after it was due: the scheduler says so."""

AWAITING_RETRY: Final = "AwaitingRetry"
"""State of a run that waits for its next attempt in its process: it is under way."""

DUE: Final = "due"
"""Detail of a Late run: when it was due, in ISO 8601."""

_runs = tables.runs.c


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
