"""Rule that runs wait for people: pause, suspend and resume them, and keep what people answer."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final
from uuid import UUID

import msgspec
from sqlalchemy import Connection, Row, delete, insert, select

from peninsula.core import codec
from peninsula.core.errors import ConflictError, NotFoundError
from peninsula.core.events import Related
from peninsula.core.runs import Origin, StateChange
from peninsula.core.states import StateType
from peninsula.core.work import PAUSE_INPUT, PAUSE_KEY, PAUSE_TIMEOUT
from peninsula.server.storage import log, tables
from peninsula.server.storage.dictionary import Dictionary
from peninsula.server.storage.moments import micros
from peninsula.server.storage.referee import commands, moves, starts
from peninsula.server.storage.referee.moves import Now

__all__ = ["asked_of", "expire", "input_of", "pause", "resume", "suspend"]

_runs = tables.runs.c
_inputs = tables.run_inputs.c

_WAITING: Final = frozenset({"Scheduled", "Late"})


def pause(tx: Connection, dictionary: Dictionary, run: UUID, actor: Related, now: Now) -> None:
    """Have a run that nobody has begun wait until it is resumed.

    Raises NotFoundError, or ConflictError for one that is under way or over.
    """
    head = log.take_head(tx)
    row = starts.flow_run(tx, run)
    if row.state_name not in _WAITING or row.emitter is not None:
        msg = (
            f"Flow run {row.name!r} ({run}) is {row.state_name}. Only one that waits is paused from"
            " outside; one that runs pauses by pause_flow_run() in its code, or is suspended:"
            f' "peninsula flow-run suspend {run}".'
        )
        raise ConflictError(msg, state=row.state_name)
    log.append(tx, dictionary, head, [_held(row, "Paused", actor, now)])


def suspend(
    tx: Connection, dictionary: Dictionary, run: UUID, actor: Related, now: Now
) -> UUID | None:
    """Have a run give up its process until it is resumed; return the process that is told.

    Raises NotFoundError, or ConflictError for one that is over, or that no worker could start anew.
    """
    head = log.take_head(tx)
    row = starts.flow_run(tx, run)
    state = StateType(row.state_type)
    if state.terminal or state in {StateType.CANCELLING, StateType.PAUSED}:
        msg = f"Flow run {row.name!r} ({run}) is {row.state_name}: it cannot be suspended."
        raise ConflictError(msg, state=row.state_name)
    starts.check_submitted(tx, row)
    if row.state_name in _WAITING and row.emitter is None:
        log.append(tx, dictionary, head, [_held(row, "Suspended", actor, now)])
        return None
    commands.tell(tx, run, "suspend", f"Suspended by {actor.name}.", now)
    return moves.uuid_of(row.emitter) if row.emitter is not None else None


def _held(row: Row[Any], name: str, actor: Related, now: Now) -> log.Entry:
    change = StateChange(
        type=StateType.PAUSED,
        name=name,
        message=f"{name} by {actor.name}.",
        start=row.start,
        attempt=row.attempt,
        origin=Origin.OBSERVER,
    )
    return moves.entry(row, change, now, related=(actor,))


# --- answers -------------------------------------------------------------------------------------


def asked_of(tx: Connection, run: UUID) -> dict[str, Any]:
    """Return the JSON schema of what a paused run asks for; empty: it asks for nothing.

    Raises NotFoundError, or ConflictError for a run that is not paused.
    """
    row = starts.flow_run(tx, run)
    _refuse_unpaused(row, run)
    asked = _details(row).get(PAUSE_INPUT)
    schema = asked.get("schema") if isinstance(asked, dict) else None
    return schema if isinstance(schema, dict) else {}


def _refuse_unpaused(row: Row[Any], run: UUID) -> None:
    if row.state_type != StateType.PAUSED.value:
        msg = f"Flow run {row.name!r} ({run}) is {row.state_name}: there is nothing to resume."
        raise ConflictError(msg, state=row.state_name)


def resume(
    tx: Connection, dictionary: Dictionary, run: UUID, value: bytes, actor: Related, now: Now
) -> UUID | None:
    """Let a paused run go on, with that answer as JSON; return the process that is told.

    Raises NotFoundError, or ConflictError.
    """
    head = log.take_head(tx)
    row = starts.flow_run(tx, run)
    _refuse_unpaused(row, run)
    key = _details(row).get(PAUSE_KEY)
    if isinstance(key, str):
        tx.execute(delete(tables.run_inputs).where(_inputs.run == run.bytes, _inputs.key == key))
        given = {"run": run.bytes, "key": key, "value": value.decode(), "given": now.at}
        tx.execute(insert(tables.run_inputs).values(**given))
    if row.state_name == "Paused" and row.emitter is not None:
        commands.tell(tx, run, "resume", f"Resumed by {actor.name}.", now)
        return moves.uuid_of(row.emitter)
    message = f"Resumed by {actor.name}."
    log.append(
        tx, dictionary, head, [starts.schedule_again(tx, row, message, now, related=(actor,))]
    )
    return None


def input_of(tx: Connection, run: UUID, key: str) -> bytes:
    """Return what was answered to that pause of a run, as JSON. Raises NotFoundError."""
    found = tx.scalar(select(_inputs.value).where(_inputs.run == run.bytes, _inputs.key == key))
    if found is None:
        raise NotFoundError(f"Nobody has answered the pause {key!r} of flow run {run} yet.")
    return str(found).encode()


# --- time ----------------------------------------------------------------------------------------


def expire(tx: Connection, dictionary: Dictionary, now: Now) -> int:
    """Fail the suspended runs that nobody has resumed in time. Return how many."""
    rows = moves.runs_where(
        tx,
        _runs.task.is_(False),
        _runs.state_type == StateType.PAUSED.value,
        _runs.state_name == "Suspended",
    )
    over = [row for row in rows if _is_over(row, now)]
    if not over:
        return 0
    head = log.take_head(tx)
    log.append(tx, dictionary, head, [_expired(row, now) for row in over])
    return len(over)


def _is_over(row: Row[Any], now: Now) -> bool:
    try:
        until = msgspec.convert(_details(row).get(PAUSE_TIMEOUT), datetime)
    except msgspec.ValidationError:
        return False
    return until.tzinfo is not None and micros(until) <= now.at


def _expired(row: Row[Any], now: Now) -> log.Entry:
    change = StateChange(
        type=StateType.FAILED,
        name="TimedOut",
        message="It was suspended, and nobody has resumed it in time.",
        start=row.start,
        attempt=row.attempt,
        origin=Origin.OBSERVER,
    )
    return moves.entry(row, change, now)


def _details(row: Row[Any]) -> dict[str, Any]:
    return codec.decode(dict[str, Any], (row.state_details or "{}").encode())
