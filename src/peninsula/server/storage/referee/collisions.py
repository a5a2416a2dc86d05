"""Cancel new runs of deployments that want none while they are full, as soon as they are due."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from itertools import groupby
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, Row, and_, case, func, select

from peninsula.core.deployments import Collision
from peninsula.core.runs import Origin, StateChange
from peninsula.core.schedules import GRACE
from peninsula.core.states import OPEN, StateType
from peninsula.server.storage import log, tables
from peninsula.server.storage.dictionary import Dictionary
from peninsula.server.storage.read import waiting
from peninsula.server.storage.referee import moves
from peninsula.server.storage.referee.moves import Now

__all__ = ["AT_ONCE", "collided", "next_due", "settle"]

AT_ONCE: Final = 500
"""Runs that one unit cancels."""

_runs = tables.runs.c
_ids = tables.run_ids.c
_claims = tables.claims.c
_deployments = tables.deployments.c
_submissions = tables.submissions.c

_NEW: Final = and_(
    _runs.state_type == StateType.SCHEDULED.value,
    _runs.state_name.in_(("Scheduled", "Late")),
    _runs.emitter.is_(None),
    _runs.start == 1,
    # What was due before the deployment was changed was settled by what it was then.
    _submissions.due >= _deployments.updated,
    # A backfill and a catch-up ask for the runs of other moments than now: those wait.
    _runs.expected == _submissions.due,
    _submissions.created <= _submissions.due + GRACE // timedelta(microseconds=1),
)
_SINCE: Final = case(
    (_runs.start == 1, _submissions.due),
    (_runs.state_type == StateType.SCHEDULED.value, _runs.state_at),
    else_=func.coalesce(_claims.claimed, _runs.state_at),
)
"""When a run was due: one that is started again, from then on."""


def collided(tx: Connection, now: int) -> list[int]:
    """Return the numbers of new runs that were due while their deployment was full.

    Each counts from when it is due until it is over, taken or not: how soon workers take runs says
    nothing of whether they are wanted.
    """
    columns = (_runs.id, _submissions.deployment, _deployments.concurrency_limit.label("most"))
    found = tx.execute(
        _of_cancelling(*columns, _NEW.label("new"))
        # What has no process and waits for people takes no place.
        .where(~waiting.HELD, _SINCE <= now)  # noqa: SIM300  a column is no constant
        .order_by(_submissions.deployment, _SINCE, _runs.id)
    )
    return [
        number
        for _, rows in groupby(found, key=lambda row: bytes(row.deployment))
        for number in _too_many(rows)
    ]


def _too_many(rows: Iterable[Row[Any]]) -> Iterable[int]:
    """Give the new ones, in their order, that find no place."""
    taken = 0
    for row in rows:
        if row.new and taken >= row.most:
            yield row.id
        else:
            taken += 1


def next_due(tx: Connection, now: int) -> int | None:
    """Return when the next new run is due that may have to be cancelled; None: there is none."""
    found = _of_cancelling(_submissions.due).where(_NEW, _submissions.due > now)
    due: int | None = tx.scalar(found.order_by(_submissions.due).limit(1))
    return due


def _of_cancelling(*columns: ColumnElement[Any]) -> Any:
    """Select of the runs that are not over and whose deployment cancels new ones."""
    return (
        select(*columns)
        .join_from(tables.runs, tables.run_ids, _ids.id == _runs.id)
        .join(tables.submissions, _submissions.run == _ids.uuid)
        .join(tables.deployments, _deployments.id == _submissions.deployment)
        .outerjoin(tables.claims, _claims.run == _submissions.run)
        .where(
            _runs.task.is_(False),
            _runs.state_type.in_(OPEN),
            _deployments.collision_strategy == Collision.CANCEL_NEW.value,
            _deployments.concurrency_limit.is_not(None),
        )
    )


def settle(tx: Connection, dictionary: Dictionary, now: Now) -> int:
    """Cancel those that collided, `AT_ONCE` at most. Return how many."""
    head = log.take_head(tx)
    numbers = collided(tx, now.at)[:AT_ONCE]
    rows = moves.runs_where(tx, _runs.id.in_(numbers)) if numbers else []
    log.append(tx, dictionary, head, [moves.entry(row, _cancelled(row), now) for row in rows])
    return len(rows)


def _cancelled(row: Row[Any]) -> StateChange:
    return StateChange(
        type=StateType.CANCELLED,
        name="Cancelled",
        message=(
            "When it was due, as many runs of the deployment as its concurrency limit allows were"
            " due before it and not over, and its collision strategy is to cancel new ones."
        ),
        start=row.start,
        attempt=row.attempt,
        origin=Origin.OBSERVER,
    )
