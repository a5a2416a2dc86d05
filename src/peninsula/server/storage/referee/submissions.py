"""Make runs from outside of their process: scheduled, with all that who starts them needs."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any, NamedTuple
from uuid import UUID, uuid4

from msgspec import Raw
from sqlalchemy import ColumnElement, Connection, Row, Select, delete, insert, select, update

from peninsula.core import codec
from peninsula.core.deployments import Submission, full_name
from peninsula.core.events import Event, Related, Resource
from peninsula.core.resources import own
from peninsula.core.runs import Birth, Origin, RunKind, StateChange, state_event
from peninsula.core.states import StateType
from peninsula.server.storage import log, tables
from peninsula.server.storage.dictionary import Dictionary
from peninsula.server.storage.moments import micros, moment
from peninsula.server.storage.read import starting
from peninsula.server.storage.referee import moves, starts
from peninsula.server.storage.referee.moves import Now, uuid_of

__all__ = [
    "asked_otherwise",
    "fill",
    "forget",
    "made_before",
    "submission_of",
    "submit",
    "submit_all",
]

_runs = tables.runs.c
_ids = tables.run_ids.c
_submissions = tables.submissions.c


def submit(
    tx: Connection,
    dictionary: Dictionary,
    wanted: Submission,
    now: Now,
    actor: Related | None = None,
) -> UUID:
    """Make a run: Scheduled, to be claimed when it is due. Return its id.

    That of the run that is there, if its key was asked for before, or the moment of its schedule.
    """
    return submit_all(tx, dictionary, [wanted], now, actor)[0]


def submit_all(
    tx: Connection,
    dictionary: Dictionary,
    wanted: Sequence[Submission],
    now: Now,
    actor: Related | None = None,
) -> list[UUID]:
    """Make runs as `submit` does, all or none. Return their ids."""
    head = log.take_head(tx)
    runs: list[UUID] = []
    new: list[Submission] = []
    for each in wanted:
        known = made_before(tx, each)
        runs.append(each.run if known is None else known)
        if known is None:
            tx.execute(insert(tables.submissions).values(**_values(each, now)))
            new.append(each)
    log.append(tx, dictionary, head, [_scheduled(each, now, actor) for each in new])
    return runs


class Filled(NamedTuple):
    """What became of the runs of a backfill."""

    runs: list[UUID]
    known: int
    """How many were there, and not cancelled."""
    again: int
    """How many were cancelled, and start again."""


def fill(
    tx: Connection, dictionary: Dictionary, wanted: Sequence[Submission], now: Now, actor: Related
) -> Filled:
    """Make the runs of a backfill as `submit_all` does; those that were cancelled start again.

    Each moment has one run, so none runs twice; another only where nobody could start that one.
    """
    head = log.take_head(tx)
    again: list[log.Entry] = []
    for row in _cancelled(tx, wanted):
        if starting.lack_of(tx, bytes(row.uuid)) is None:
            message = f"{actor.name} asked for its backfill again."
            again.append(starts.schedule_again(tx, row, message, now, related=(actor,)))
        else:
            lost = _submissions.run == bytes(row.uuid)
            tx.execute(update(tables.submissions).where(lost).values(key=None))
    log.append(tx, dictionary, head, again)
    runs = submit_all(tx, dictionary, wanted, now, actor)
    there = sum(run != each.run for run, each in zip(runs, wanted, strict=True))
    return Filled(runs, there - len(again), len(again))


def _cancelled(tx: Connection, wanted: Sequence[Submission]) -> list[Row[Any]]:
    numbers = select(_ids.id).where(_ids.uuid.in_(_asked_before(wanted, _submissions.run)))
    is_cancelled = _runs.state_type == StateType.CANCELLED.value
    return moves.runs_where(tx, _runs.id.in_(numbers), is_cancelled)


def _asked_before(wanted: Sequence[Submission], *columns: ColumnElement[Any]) -> Select[Any]:
    return select(*columns).where(
        _submissions.deployment.in_({_bytes(each.deployment) for each in wanted}),
        _submissions.key.in_([each.key for each in wanted]),
    )


def asked_otherwise(
    tx: Connection, wanted: Sequence[Submission], named: Collection[str]
) -> list[frozenset[str]]:
    """Return for each run of a backfill that is there with other parameters, which these are.

    What is not named is as it was asked for first: the deployment may have been changed since.
    """
    asked = {each.key: _values_of(each.parameters, named) for each in wanted}
    found = tx.execute(_asked_before(wanted, _submissions.key, _submissions.parameters))
    others = (asked[row.key] ^ _values_of(row.parameters.encode(), named) for row in found)
    return [frozenset(name for name, _ in each) for each in others if each]


def _values_of(parameters: Raw | bytes, named: Collection[str]) -> set[tuple[str, bytes]]:
    found = codec.decode(dict[str, Any], parameters)
    return {(name, codec.encode(found[name])) for name in named if name in found}


def made_before(tx: Connection, wanted: Submission) -> UUID | None:
    """Return the run that was made for the same key, or the same moment of the same schedule."""
    found = select(_submissions.run)
    if wanted.key is not None and wanted.deployment is not None:
        found = found.where(
            _submissions.deployment == wanted.deployment.bytes, _submissions.key == wanted.key
        )
    elif wanted.schedule is not None:
        found = found.where(
            _submissions.schedule == wanted.schedule.bytes, _submissions.due == micros(wanted.due)
        )
    else:
        return None
    run = tx.scalar(found)
    return None if run is None else uuid_of(run)


def _values(wanted: Submission, now: Now) -> dict[str, Any]:
    return {
        "run": wanted.run.bytes,
        "deployment": _bytes(wanted.deployment),
        "schedule": _bytes(wanted.schedule),
        "due": micros(wanted.due),
        "pool": _bytes(wanted.pool),
        "queue": wanted.queue,
        "priority": wanted.priority,
        "parameters": bytes(wanted.parameters).decode(),
        "job_variables": bytes(wanted.job_variables).decode(),
        "entrypoint": wanted.entrypoint,
        "path": wanted.path,
        "pull_steps": bytes(wanted.pull_steps).decode(),
        "key": wanted.key,
        "retry": wanted.retry,
        "created": now.at,
    }


def _bytes(id_: UUID | None) -> bytes | None:
    return None if id_ is None else id_.bytes


def _scheduled(wanted: Submission, now: Now, actor: Related | None) -> log.Entry:
    change = StateChange(
        type=StateType.SCHEDULED,
        name="Scheduled",
        message=wanted.message,
        details=wanted.details,
        start=1,
        origin=Origin.OBSERVER,
        born=_birth(wanted),
    )
    event = Event(
        id=uuid4(),
        occurred=moment(now.at),
        event=state_event(RunKind.FLOW_RUN, change),
        resource=Resource(id=own("flow-run", wanted.run), name=wanted.name),
        related=(*_related(wanted), *([actor] if actor is not None else [])),
        payload=Raw(codec.encode(change)),
    )
    return log.Entry(event, now.stamp, run=wanted.run, root=wanted.root or wanted.run)


def _birth(wanted: Submission) -> Birth:
    return Birth(
        name=wanted.name,
        flow=wanted.flow,
        parent=wanted.parent,
        root=wanted.root,
        tags=wanted.tags,
        parameters=wanted.summary,
        expected=wanted.expected or wanted.due,
        version=wanted.version,
        code=wanted.entrypoint,
        upstream=wanted.upstream,
        deployment=wanted.deployment,
    )


def _related(wanted: Submission) -> list[Related]:
    related = []
    if wanted.deployment is not None:
        name = full_name(wanted.flow, wanted.deployment_name or str(wanted.deployment))
        related.append(
            Related(id=own("deployment", wanted.deployment), role="deployment", name=name)
        )
    if wanted.schedule is not None:
        related.append(Related(id=own("schedule", wanted.schedule), role="schedule"))
    if wanted.pool is not None:
        related.append(Related(id=own("work-pool", wanted.pool), role="work-pool"))
        if wanted.queue is not None:
            queue = f"{wanted.pool}.{wanted.queue}"
            related.append(
                Related(id=own("work-queue", queue), role="work-queue", name=wanted.queue)
            )
    return related


def submission_of(tx: Connection, run: UUID) -> Row[Any] | None:
    """Return what a run was asked to do, None of one that no one outside made."""
    return tx.execute(select(tables.submissions).where(_submissions.run == run.bytes)).first()


def forget(tx: Connection, runs: list[bytes]) -> None:
    """Remove what runs were asked to do: they are gone."""
    tx.execute(delete(tables.submissions).where(_submissions.run.in_(runs)))
