"""Settle what is due: make the runs of moments that come, and rule on those that were missed."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from itertools import takewhile
from typing import Any, Final, NamedTuple
from uuid import UUID

from sqlalchemy import Connection, Row, func, or_, select, update

from peninsula.core.deployments import Deployment
from peninsula.core.events import Related
from peninsula.core.resources import own
from peninsula.core.runs import Origin, StateChange
from peninsula.core.schedules import (
    CATCHUP_MOST,
    GRACE,
    Catchup,
    Schedule,
    describe,
    jittered,
    times,
)
from peninsula.core.states import StateType
from peninsula.server.storage import log, run_states, tables
from peninsula.server.storage.dictionary import Dictionary
from peninsula.server.storage.moments import micros, moment
from peninsula.server.storage.read import deployments as read
from peninsula.server.storage.read import waiting
from peninsula.server.storage.referee import collisions, moves, planned
from peninsula.server.storage.referee.entries import About, entry
from peninsula.server.storage.referee.moves import Now

__all__ = ["Horizon", "ahead", "due", "give_up", "horizon", "mark_late", "realign", "settle"]

LATE_AT_ONCE: Final = 500
"""Runs that one unit says Late of."""

MANY: Final = 4 * CATCHUP_MOST
"""Missed moments that are counted; of more it is said that there were more."""

_runs = tables.runs.c
_ids = tables.run_ids.c
_deployments = tables.deployments.c
_schedules = tables.schedules.c
_submissions = tables.submissions.c


# --- what is due ---------------------------------------------------------------------------------


class Horizon(NamedTuple):
    """When there is something to do."""

    schedule: int | None
    """The first moment of a schedule that is to come or was not settled, µs since 1970."""
    waiting: int | None
    """When the first run is due that waits and is not said to be Late."""
    colliding: int | None
    """When the next run is due that is cancelled if its deployment is full."""


def horizon(tx: Connection, now: int) -> Horizon:
    """Return when the next thing is to be done."""
    schedule = tx.scalar(
        select(func.min(_schedules.next)).where(_schedules.active, _schedules.next.is_not(None))
    )
    first = tx.scalar(
        select(func.min(_DUE))
        .join_from(tables.runs, tables.run_ids, _ids.id == _runs.id)
        .join(tables.submissions, _submissions.run == _ids.uuid)
        .where(*_ON_TIME)
    )
    return Horizon(schedule, first, collisions.next_due(tx, now))


_ON_TIME: Final = (
    _runs.task.is_(False),
    _runs.state_type == StateType.SCHEDULED.value,
    _runs.state_name == "Scheduled",
)
_DUE: Final = waiting.due_since(_submissions.due)


def due(tx: Connection, now: int) -> list[UUID]:
    """Return the schedules of which a moment has come."""
    found = select(_schedules.id).where(_schedules.active, _schedules.next <= now)
    return [moves.uuid_of(id_) for id_ in tx.scalars(found.order_by(_schedules.next))]


def settle(tx: Connection, dictionary: Dictionary, id_: UUID, now: Now) -> None:
    """Make the runs of a schedule's moments up to now, by its rule for missed ones; plan the next.

    Another server may have done it: then nothing is due any more.
    """
    log.take_head(tx)
    found = _schedule(tx, id_)
    here = moment(now.at)
    if found is None or found.schedule.next is None or found.schedule.next > here:
        return
    deployment, schedule = found
    passed = _passed(schedule, found.schedule.next, here)
    missed = [at for at in passed.moments if here - jittered(schedule, at) > GRACE]
    kept = _KEPT[schedule.catchup](missed)
    if missed:
        _rule(tx, dictionary, found, missed, kept, now, whole=passed.whole)
    moments = [at for at in passed.moments if at in kept or at not in missed]
    planned.make(tx, dictionary, deployment, schedule, moments, now)
    planned.plan_next(tx, dictionary, deployment, schedule, here, now)


_KEPT: Final[dict[Catchup, Callable[[list[datetime]], list[datetime]]]] = {
    Catchup.NONE: lambda _: [],
    Catchup.LATEST: lambda missed: missed[-1:],
    Catchup.ALL: lambda missed: missed[-CATCHUP_MOST:],
}


class _Found(NamedTuple):
    deployment: Deployment
    schedule: Schedule


def _schedule(tx: Connection, id_: UUID) -> _Found | None:
    row = tx.execute(select(tables.schedules).where(_schedules.id == id_.bytes)).first()
    if row is None or not row.active:
        return None
    schedule = read.schedule_of(row)
    deployment = read.deployment_by_id(tx, schedule.deployment)
    return None if deployment.paused else _Found(deployment, schedule)


def give_up(tx: Connection, id_: UUID) -> str:
    """Have a schedule that cannot be read make no more runs; return in words which one it is."""
    tx.execute(update(tables.schedules).where(_schedules.id == id_.bytes).values(next=None))
    row = tx.execute(select(tables.schedules).where(_schedules.id == id_.bytes)).one()
    schedule = read.schedule_of(row)
    deployment = read.deployment_by_id(tx, schedule.deployment)
    return f'Schedule {id_} ({describe(schedule.rule)}) of deployment "{deployment.full_name}"'


# --- moments that passed -------------------------------------------------------------------------


class _Passed(NamedTuple):
    moments: list[datetime]
    """In order; the newest of them, where there are many."""
    whole: bool


def _passed(schedule: Schedule, first: datetime, here: datetime) -> _Passed:
    """Return the moments from the first one that is not settled up to now.

    Looked for backward, in spans that grow: nobody counts a month by seconds.
    """
    span = GRACE * 2
    while True:
        since = max(first, here - span)
        given = times(schedule.rule, schedule.timezone, schedule.anchor, since)
        newest = deque(takewhile(lambda at: at <= here, given), maxlen=MANY)
        if since == first:
            return _Passed([first, *newest], whole=len(newest) < MANY)
        if len(newest) > CATCHUP_MOST:
            return _Passed(list(newest), whole=False)
        span *= 4


def _rule(
    tx: Connection,
    dictionary: Dictionary,
    found: _Found,
    missed: Sequence[datetime],
    kept: Sequence[datetime],
    now: Now,
    *,
    whole: bool,
) -> None:
    """Say what becomes of missed moments. The first has a run, cancelled unless it is kept."""
    deployment, schedule = found
    first = schedule.next
    if first is not None:
        overdue = (
            _submissions.schedule == schedule.id.bytes,
            _submissions.due == micros(jittered(schedule, first)),
        )
        if first in kept:
            # It is made up for as the others are, and no new run any more than they.
            tx.execute(update(tables.submissions).where(*overdue).values(created=now.at))
        else:
            message = "It was due while no server was there, and its schedule does not catch up"
            newer = " but for the latest" if schedule.catchup is Catchup.LATEST else ""
            rows = planned.waiting(tx, *overdue)
            planned.cancel(tx, dictionary, rows, f"{message}{newer}.", now)
    payload = {
        "rule": describe(schedule.rule),
        "catchup": schedule.catchup,
        "since": first,
        "until": missed[-1],
        "missed": len(missed),
        "more": not whole,
        "kept": len(kept),
    }
    about = About("schedule", schedule.id, describe(schedule.rule))
    of = own("deployment", deployment.id)
    related = [Related(id=of, role="deployment", name=deployment.full_name)]
    told = entry(about, "missed", payload, now, related)
    log.append(tx, dictionary, log.take_head(tx), [told])


# --- late runs -----------------------------------------------------------------------------------


def mark_late(tx: Connection, dictionary: Dictionary, before: int, now: Now) -> int:
    """Say Late of runs that were due before a moment and that nobody has taken. Return how many."""
    head = log.take_head(tx)
    found = (
        select(_runs.id, _DUE.label("due"))
        .join_from(tables.submissions, tables.run_ids, _ids.uuid == _submissions.run)
        .join(tables.runs, _runs.id == _ids.id)
        .where(*_ON_TIME, _DUE <= before)  # noqa: SIM300  a column is no constant
        .order_by(_DUE)
        .limit(LATE_AT_ONCE)
    )
    since = {row.id: row.due for row in tx.execute(found)}
    rows = moves.runs_where(tx, _runs.id.in_(since)) if since else []
    late = [moves.entry(row, _late(row, since[row.id]), now) for row in rows]
    log.append(tx, dictionary, head, late)
    return len(rows)


def _late(row: Row[Any], since: int) -> StateChange:
    return StateChange(
        type=StateType.SCHEDULED,
        name=waiting.LATE,
        message="Nobody has taken it: no worker is there, or they have no room.",
        details={**run_states.details_of(row), waiting.DUE: moment(since).isoformat()},
        start=row.start,
        attempt=row.attempt,
        origin=Origin.OBSERVER,
    )


# --- a clock that was put back -------------------------------------------------------------------


def ahead(tx: Connection, now: int) -> list[UUID]:
    """Return the schedules that are planned ahead, and those that have nothing to come."""
    found = select(_schedules.id).where(
        _schedules.active, or_(_schedules.next > now, _schedules.next.is_(None))
    )
    return [moves.uuid_of(id_) for id_ in tx.scalars(found.order_by(_schedules.id))]


def realign(tx: Connection, dictionary: Dictionary, id_: UUID, now: Now) -> bool:
    """Plan a schedule anew whose next run is later than it should be; tell whether it was.

    The clock was ahead and was put right: what was planned by it would leave a gap. Moments whose
    run was made by then are passed over, so that none runs twice. One that could not be read for a
    while has nothing to come.
    """
    log.take_head(tx)
    found = _schedule(tx, id_)
    return found is not None and _realigned(tx, dictionary, found, now)


def _realigned(tx: Connection, dictionary: Dictionary, found: _Found, now: Now) -> bool:
    deployment, schedule = found
    since = max(moment(now.at), schedule.updated)
    if schedule.next is None:
        return planned.plan_next(tx, dictionary, deployment, schedule, since, now) is not None
    for at in times(schedule.rule, schedule.timezone, schedule.anchor, since):
        if at >= schedule.next:
            return False
        if not _made(tx, schedule, at):
            planned.withdraw(tx, dictionary, schedule.id, now.at + 1, now)
            just_before = at - timedelta(microseconds=1)
            planned.plan_next(tx, dictionary, deployment, schedule, just_before, now)
            return True
    return False


def _made(tx: Connection, schedule: Schedule, at: datetime) -> bool:
    found = select(_submissions.run).where(
        _submissions.schedule == schedule.id.bytes,
        _submissions.due == micros(jittered(schedule, at)),
    )
    return tx.scalar(found) is not None
