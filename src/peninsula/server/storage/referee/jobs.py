"""Give runs that are due (`referee.due`) to the workers that ask for them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from msgspec import Raw
from sqlalchemy import Connection, Row, insert, select, update

from peninsula.core import codec, job_templates
from peninsula.core.errors import InvalidError
from peninsula.core.events import Related
from peninsula.core.resources import own
from peninsula.core.runs import Origin, StateChange
from peninsula.core.states import StateType
from peninsula.core.work import Job, claimed_event
from peninsula.server.storage import log, tables
from peninsula.server.storage.dictionary import Dictionary
from peninsula.server.storage.log import Entry
from peninsula.server.storage.moments import moment
from peninsula.server.storage.referee import claims, moves
from peninsula.server.storage.referee.due import Claimant, choose
from peninsula.server.storage.referee.moves import Now

__all__ = ["available", "claim", "job_of"]

_runs = tables.runs.c
_claims = tables.claims.c


def available(tx: Connection, claimant: Claimant, now: int) -> bool:
    """Tell whether there is anything to claim, without taking it."""
    return bool(_lost(tx, claimant, 1)) or bool(choose(tx, claimant, now))


# --- claim ---------------------------------------------------------------------------------------


def claim(tx: Connection, dictionary: Dictionary, claimant: Claimant, now: Now) -> tuple[Job, ...]:
    """Give runs to a worker: by the priority of their queue, then their own, then when due.

    Also what it was given before and never heard of, as the answer was lost. A run whose job
    template cannot be filled in crashes here.
    """
    head = log.take_head(tx)
    lost = _lost(tx, claimant, claimant.limit)
    room = claimant._replace(limit=claimant.limit - len(lost))
    chosen = choose(tx, room, now.at)
    entries: list[Entry] = []
    given: list[Job] = [_job(tx, row) for row in _rows(tx, lost)]
    for row in _rows(tx, chosen):
        try:
            given.append(_job(tx, row))
        except InvalidError as problem:
            entries.append(_unfillable(row, problem, now))
        else:
            _write_claim(tx, row, claimant.emitter.bytes, now)
            entries.append(_claimed(row, claimant, now))
    log.append(tx, dictionary, head, entries)
    return tuple(given)


def _lost(tx: Connection, claimant: Claimant, limit: int) -> list[int]:
    found = tx.execute(
        select(_runs.id)
        .join_from(tables.claims, tables.run_ids, tables.run_ids.c.uuid == _claims.run)
        .join(tables.runs, _runs.id == tables.run_ids.c.id)
        .where(
            _claims.emitter == claimant.emitter.bytes,
            _claims.claimed > claimant.seen,
            _claims.begun.is_(False),
            _runs.task.is_(False),
            _runs.state_type == StateType.PENDING.value,
            _runs.emitter.is_(None),
        )
        .limit(limit)
    )
    return list(found.scalars())


def _rows(tx: Connection, numbers: Sequence[int]) -> list[Row[Any]]:
    """Return the rows of runs in the order of their numbers' list."""
    if not numbers:
        return []
    place = {number: at for at, number in enumerate(numbers)}
    return sorted(moves.runs_where(tx, _runs.id.in_(numbers)), key=lambda row: place[row.id])


def _write_claim(tx: Connection, row: Row[Any], emitter: bytes, now: Now) -> None:
    values = {
        "start": row.start,
        "emitter": emitter,
        "claimed": now.stamp,
        "begun": False,
        "worker": emitter,
    }
    run = bytes(row.uuid)
    if not tx.execute(update(tables.claims).where(_claims.run == run).values(**values)).rowcount:
        tx.execute(insert(tables.claims).values(run=run, **values))


def _claimed(row: Row[Any], claimant: Claimant, now: Now) -> Entry:
    change = StateChange(
        type=StateType.PENDING,
        name="Pending",
        message=f"{claimant.named} has taken it.",
        details={claims.UNREACHED: unreached} if (unreached := claims.unreached_of(row)) else {},
        start=row.start,
        attempt=0,
        origin=Origin.OBSERVER,
    )
    id_ = claimed_event(moves.uuid_of(row.uuid), row.start)
    return moves.entry(row, change, now, related=claimant.related, id_=id_)


def _unfillable(row: Row[Any], problem: InvalidError, now: Now) -> Entry:
    change = StateChange(
        type=StateType.CRASHED,
        name="Crashed",
        message=f"The job template of the work pool cannot be filled in. {problem.message}",
        start=row.start,
        attempt=row.attempt,
        origin=Origin.OBSERVER,
    )
    return moves.entry(row, change, now)


# --- what is given -------------------------------------------------------------------------------


def job_of(tx: Connection, run: UUID) -> Job:
    """Return the job of a run that a process begins."""
    found = moves.runs_where(tx, _runs.id.in_(moves.number_of(run)))
    return _job(tx, found[0])


def _job(tx: Connection, row: Row[Any]) -> Job:
    """Return what is needed to start a run. Raises InvalidError for a bad template."""
    run = moves.uuid_of(row.uuid)
    submission = tx.execute(
        select(tables.submissions).where(tables.submissions.c.run == run.bytes)
    ).one()
    return Job(
        run=run,
        start=row.start,
        name=row.name,
        flow=row.flow,
        deployment=moves.uuid_of(row.deployment) if row.deployment is not None else None,
        deployment_name=_deployment_name(tx, row),
        version=row.version,
        parent=_parent(tx, row),
        created=moment(row.created),
        expected=moment(row.expected),
        due=_due(row, submission),
        queue=submission.queue,
        entrypoint=submission.entrypoint,
        path=submission.path,
        pull_steps=Raw((submission.pull_steps or "[]").encode()),
        parameters=Raw((submission.parameters or "{}").encode()),
        configuration=_configuration(tx, submission),
        claimed=claimed_event(run, row.start),
        retry=bool(submission.retry),
        tags=codec.decode(tuple[str, ...], row.tags.encode()),
    )


def _due(row: Row[Any], submission: Row[Any]) -> datetime:
    """Return when the run is to start: one that was resumed or is tried again, from then on."""
    again = row.start > 1 and row.state_type == StateType.SCHEDULED.value
    return moment(max(submission.due, row.state_at) if again else submission.due)


def _deployment_name(tx: Connection, row: Row[Any]) -> str | None:
    if row.deployment is None:
        return None
    deployments = tables.deployments.c
    return tx.scalar(select(deployments.name).where(deployments.id == bytes(row.deployment)))


def _parent(tx: Connection, row: Row[Any]) -> UUID | None:
    if row.parent is None:
        return None
    ids = tables.run_ids.c
    return moves.uuid_of(tx.scalar(select(ids.uuid).where(ids.id == row.parent)))


def _configuration(tx: Connection, submission: Row[Any]) -> Raw:
    given = codec.decode(dict[str, Any], (submission.job_variables or "{}").encode())
    if submission.pool is None:
        return Raw(codec.encode(given))
    pools = tables.work_pools.c
    template = tx.scalar(select(pools.base_job_template).where(pools.id == bytes(submission.pool)))
    filled = job_templates.filled_in(
        codec.decode(dict[str, Any], (template or "{}").encode()), given
    )
    return Raw(codec.encode(filled))


def related_of(pool: tuple[UUID, str], worker: tuple[UUID, str]) -> tuple[Related, ...]:
    """Return what the event of a claim names."""
    return (
        Related(id=own("worker", worker[0]), role="worker", name=worker[1]),
        Related(id=own("work-pool", pool[0]), role="work-pool", name=pool[1]),
    )
