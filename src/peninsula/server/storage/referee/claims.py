"""Give background task runs to the processes that ask for them, and take runs back.

What workers have claimed of work pools (`referee.jobs`) is taken back here, too.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    Select,
    and_,
    delete,
    insert,
    or_,
    select,
    update,
)

from peninsula.core.claims import Claim, Wanted, is_deferred
from peninsula.core.events import Related
from peninsula.core.resources import own
from peninsula.core.runs import Origin, StateChange
from peninsula.core.states import OPEN, StateType
from peninsula.server.storage import log, run_states, tables
from peninsula.server.storage.dictionary import Dictionary
from peninsula.server.storage.log import Entry
from peninsula.server.storage.referee import moves
from peninsula.server.storage.referee.moves import Now

__all__ = [
    "UNREACHED",
    "available",
    "claim",
    "deferred",
    "forget",
    "given_back",
    "has_begun",
    "held_by",
    "holder_of",
    "holders",
    "released",
    "unreached_of",
    "worker_of",
]

_runs = tables.runs.c
_claims = tables.claims.c
_ids = tables.run_ids.c

UNREACHED: Final = "unreached"
"""Detail of the states of a run until it is begun: how many starts of it found no server."""

_CLAIMED: Final = and_(
    _runs.task.in_((True, False)),
    _runs.state_type.in_((StateType.PENDING.value, StateType.CANCELLING.value)),
    _runs.emitter.is_(None),
)
"""A run that no engine has told of since it was claimed."""


# --- give ----------------------------------------------------------------------------------------


def available(tx: Connection, wanted: Wanted) -> bool:
    """Tell whether there is anything to claim, without taking it."""
    return (
        tx.execute(_waiting(wanted.tasks, select(_runs.id)).limit(1)).first() is not None
        or tx.execute(_lost(wanted).limit(1)).first() is not None
    )


def claim(tx: Connection, dictionary: Dictionary, wanted: Wanted, now: Now) -> tuple[Claim, ...]:
    """Give runs to a process, those that were scheduled first, first.

    Also what it was given before and never heard of, as the answer was lost.
    """
    head = log.take_head(tx)
    lost = moves.runs_where(tx, _runs.id.in_(_lost(wanted).limit(wanted.limit)))
    _forget_ended(tx, wanted.emitter.bytes)
    first = _waiting(wanted.tasks, select(_runs.id)).order_by(_runs.expected, _runs.id)
    numbers = tx.scalars(first.limit(wanted.limit - len(lost))).all()
    fresh = moves.runs_where(tx, _runs.id.in_(numbers)) if numbers else []
    for row in fresh:
        _write_claim(tx, bytes(row.uuid), wanted.emitter.bytes, now)
    log.append(tx, dictionary, head, [_claimed(row, wanted.emitter, now) for row in fresh])
    given = sorted((*lost, *fresh), key=lambda row: (row.expected, row.id))
    return tuple(Claim(run=moves.uuid_of(row.uuid), task=row.task_name) for row in given)


def _waiting(tasks: Sequence[str], found: Select[Any]) -> Select[Any]:
    return found.where(
        _runs.task,
        _runs.state_type == StateType.SCHEDULED.value,
        _runs.state_name == "Scheduled",
        _runs.task_name.in_(tasks),
        _runs.state_details.contains('"deferred":true', autoescape=True),
    )


def _lost(wanted: Wanted) -> Select[Any]:
    pending = _runs.state_type == StateType.PENDING.value
    return _held([wanted.emitter.bytes], _runs.task, pending, _claims.claimed > wanted.seen)


def _held(emitters: Iterable[bytes], *more: ColumnElement[bool]) -> Select[Any]:
    return (
        select(_runs.id)
        .join_from(tables.claims, tables.run_ids, _ids.uuid == _claims.run)
        .join(tables.runs, _runs.id == _ids.id)
        .where(_claims.emitter.in_(list(emitters)), _CLAIMED, *more)
    )


def _write_claim(tx: Connection, run: bytes, emitter: bytes, now: Now) -> None:
    values = {"emitter": emitter, "claimed": now.stamp}
    if not tx.execute(update(tables.claims).where(_claims.run == run).values(**values)).rowcount:
        tx.execute(insert(tables.claims).values(run=run, start=1, begun=False, **values))


def _forget_ended(tx: Connection, emitter: bytes) -> None:
    ended = (
        select(_claims.run)
        .join(tables.run_ids, _ids.uuid == _claims.run)
        .join(tables.runs, _runs.id == _ids.id)
        .where(_claims.emitter == emitter, _runs.state_type.not_in(OPEN))
    )
    tx.execute(delete(tables.claims).where(_claims.run.in_(ended)))


def _claimed(row: Row[Any], emitter: UUID, now: Now) -> Entry:
    change = StateChange(
        type=StateType.PENDING,
        name="Pending",
        message="A task worker has taken it.",
        details=run_states.details_of(row),
        start=row.start,
        attempt=row.attempt,
        origin=Origin.OBSERVER,
    )
    worker = Related(id=own("task-worker", emitter), role="worker")
    return moves.entry(row, change, now, related=(worker,))


# --- who has them --------------------------------------------------------------------------------


def held_by(tx: Connection, emitters: Sequence[bytes]) -> list[Row[Any]]:
    """Return the runs that processes have claimed and not begun, as far as anyone knows."""
    if not emitters:
        return []
    return moves.runs_where(tx, _runs.id.in_(_held(emitters)))


def holders() -> Select[Any]:
    """Return what selects the processes that have claimed runs and not begun them."""
    return (
        select(_claims.emitter)
        .distinct()
        .join_from(tables.claims, tables.run_ids, _ids.uuid == _claims.run)
        .join(tables.runs, _runs.id == _ids.id)
        .where(_CLAIMED)
    )


def has_begun(tx: Connection, row: Row[Any]) -> bool:
    """Tell whether the process that runs a claimed run has said so: then it is not given again."""
    found = select(_claims.begun).where(_claims.run == bytes(row.uuid), _claims.start == row.start)
    return bool(tx.scalar(found))


def unreached_of(row: Row[Any]) -> int:
    """Return how many starts of a run in a row ended as their process found no server."""
    return int(run_states.details_of(row).get(UNREACHED, 0))


def worker_of(tx: Connection, row: Row[Any]) -> bytes | None:
    """Return the worker that started the process of a run, and watches over it."""
    emitter = tx.scalar(select(_claims.worker).where(_claims.run == bytes(row.uuid)))
    return None if emitter is None else bytes(emitter)


def holder_of(tx: Connection, row: Row[Any]) -> bytes | None:
    """Return the process that claimed a run; None of a run that nobody ever claimed."""
    emitter = tx.scalar(select(_claims.emitter).where(_claims.run == bytes(row.uuid)))
    return None if emitter is None else bytes(emitter)


# --- take back -----------------------------------------------------------------------------------


def released(row: Row[Any], now: Now) -> Entry:
    """Return what to append for a run whose claimant ended before it began.

    It can be claimed anew, but one that was to be cancelled is.
    """
    if row.state_type == StateType.CANCELLING.value:
        change = StateChange(
            type=StateType.CANCELLED,
            name="Cancelled",
            message=row.state_message,
            start=row.start,
            attempt=row.attempt,
            origin=Origin.OBSERVER,
        )
        return moves.entry(row, change, now)
    who = "task worker" if row.task else "worker"
    message = f"The {who} that had taken it ended before it began."
    return given_back(row, message, run_states.details_of(row), now)


def given_back(
    row: Row[Any], message: str, details: dict[str, Any], now: Now, *, follows: UUID | None = None
) -> Entry:
    """Return what to append so that a run can be claimed anew that was not begun.

    Of a task run, all that the process told is in the log, so nothing of an earlier start can still
    come. A flow run gets the next start: a process that would begin the earlier one is refused.
    """
    change = StateChange(
        type=StateType.SCHEDULED,
        name="Scheduled",
        message=message,
        details=details,
        start=row.start if row.task else row.start + 1,
        attempt=row.attempt if row.task else 0,
        origin=Origin.OBSERVER,
    )
    return moves.entry(row, change, now, follows=follows)


def forget(tx: Connection, emitters: Sequence[bytes], before: int) -> None:
    """Remove the claims of processes that have ended, and those made before a moment."""
    tx.execute(
        delete(tables.claims).where(or_(_claims.emitter.in_(emitters), _claims.claimed < before))
    )


def deferred(row: Row[Any]) -> bool:
    """Tell whether a run waits for a task worker."""
    return is_deferred(StateType(row.state_type), run_states.details_of(row))
