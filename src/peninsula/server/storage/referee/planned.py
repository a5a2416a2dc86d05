"""Make the runs of schedules, each for one moment, and take back what was made ahead."""

from __future__ import annotations

import os
from collections.abc import Iterable
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from msgspec import Raw
from sqlalchemy import ColumnElement, Connection, Row, select, update

from peninsula.core import codec, ids
from peninsula.core.deployments import Deployment, Submission
from peninsula.core.parameters import secret_parameters, summarize_json
from peninsula.core.pull_steps import encode_steps
from peninsula.core.runs import Origin, StateChange
from peninsula.core.schedules import Schedule, jittered, next_times
from peninsula.core.states import StateType
from peninsula.core.words import two_words
from peninsula.server.storage import log, tables
from peninsula.server.storage.dictionary import Dictionary
from peninsula.server.storage.moments import micros
from peninsula.server.storage.referee import deletion, moves
from peninsula.server.storage.referee.moves import Now
from peninsula.server.storage.referee.submissions import submit_all

__all__ = ["cancel", "make", "plan_next", "waiting", "withdraw", "withdraw_next"]

_runs = tables.runs.c
_ids = tables.run_ids.c
_schedules = tables.schedules.c
_submissions = tables.submissions.c

_UNCLAIMED: Final = (
    _runs.task.is_(False),
    _runs.state_type == StateType.SCHEDULED.value,
    _runs.state_name.in_(("Scheduled", "Late")),
    _runs.emitter.is_(None),
)


def plan_next(
    tx: Connection,
    dictionary: Dictionary,
    deployment: Deployment,
    schedule: Schedule,
    after: datetime,
    now: Now,
) -> datetime | None:
    """Make the run of the next moment after one, unless nothing is to run. Return the moment."""
    at_work = schedule.active and not deployment.paused
    found = next_times(schedule, after, 1) if at_work else []
    due = found[0] if found else None
    if due is not None:
        make(tx, dictionary, deployment, schedule, [due], now)
    tx.execute(
        update(tables.schedules)
        .where(_schedules.id == schedule.id.bytes)
        .values(next=micros(due) if due is not None else None)
    )
    return due


def make(
    tx: Connection,
    dictionary: Dictionary,
    deployment: Deployment,
    schedule: Schedule,
    moments: Iterable[datetime],
    now: Now,
) -> None:
    """Make the runs of some moments of a schedule, those that are not there."""
    wanted = [_submission(deployment, schedule, at, now) for at in moments]
    submit_all(tx, dictionary, wanted, now)


def _submission(deployment: Deployment, schedule: Schedule, at: datetime, now: Now) -> Submission:
    """Return what the run of one moment of a schedule is asked to do."""
    run = ids.uuid7(now.at, os.urandom(8))
    parameters = deployment.parameters | schedule.parameters
    secret = secret_parameters(deployment.parameter_schema)
    return Submission(
        run=run,
        flow=deployment.flow,
        name=two_words(run),
        due=jittered(schedule, at),
        deployment=deployment.id,
        deployment_name=deployment.name,
        schedule=schedule.id,
        pool=deployment.work_pool_id,
        queue=deployment.work_queue,
        parameters=Raw(codec.encode(parameters)),
        summary=summarize_json(parameters, secret),
        job_variables=Raw(codec.encode(deployment.job_variables)),
        entrypoint=deployment.entrypoint,
        path=deployment.path,
        pull_steps=encode_steps(deployment.pull_steps),
        tags=deployment.tags,
        version=deployment.version,
    )


# --- take back -----------------------------------------------------------------------------------


def waiting(tx: Connection, *conditions: ColumnElement[bool]) -> list[Row[Any]]:
    """Return the runs that were made from outside, are so, and were not given to anybody."""
    found = (
        select(_runs.id)
        .join_from(tables.submissions, tables.run_ids, _ids.uuid == _submissions.run)
        .join(tables.runs, _runs.id == _ids.id)
        .where(*_UNCLAIMED, *conditions)
    )
    numbers = list(tx.execute(found).scalars())
    return moves.runs_where(tx, _runs.id.in_(numbers)) if numbers else []


def withdraw_next(
    tx: Connection, dictionary: Dictionary, schedules: Iterable[Schedule], now: Now
) -> None:
    """Take back what schedules, as they were until now, made ahead.

    The run of a moment that has passed stays, also while its jitter has it wait.
    """
    for each in schedules:
        coming = micros(each.next) if each.next is not None else 0
        withdraw(tx, dictionary, each.id, max(now.at + 1, coming), now)


def withdraw(tx: Connection, dictionary: Dictionary, schedule: UUID, since: int, now: Now) -> None:
    """Delete the runs of a schedule that are due from `since` on and that nobody has begun.

    They are not to be: not cancelled, as if something had been. One that is started again has been.
    """
    rows = waiting(
        tx, _submissions.schedule == schedule.bytes, _submissions.due >= since, _runs.start == 1
    )
    cancel(tx, dictionary, rows, "It is not to run.", now)
    for row in rows:
        deletion.remove(tx, dictionary, row, now)


def cancel(
    tx: Connection, dictionary: Dictionary, rows: Iterable[Row[Any]], message: str, now: Now
) -> None:
    """Say Cancelled of runs that nobody has begun."""
    head = log.take_head(tx)
    log.append(
        tx, dictionary, head, [moves.entry(row, _cancelled(row, message), now) for row in rows]
    )


def _cancelled(row: Row[Any], message: str) -> StateChange:
    return StateChange(
        type=StateType.CANCELLED,
        name="Cancelled",
        message=message,
        start=row.start,
        attempt=row.attempt,
        origin=Origin.OBSERVER,
    )
