"""Rule that runs wait for people: pause, suspend and resume them, and keep what people answer."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final
from uuid import UUID

import msgspec
from sqlalchemy import Connection, Row, delete, insert, select

from peninsula.core.errors import ConflictError, NotFoundError
from peninsula.core.events import Related
from peninsula.core.runs import Origin, StateChange
from peninsula.core.states import StateType
from peninsula.core.work import PAUSE_INPUT, PAUSE_KEY, PAUSE_TIMEOUT, SUSPENSION
from peninsula.server.storage import log, run_states, tables
from peninsula.server.storage.dictionary import Dictionary
from peninsula.server.storage.moments import micros
from peninsula.server.storage.read import starting
from peninsula.server.storage.referee import claims, commands, moves, starts
from peninsula.server.storage.referee.moves import Now

__all__ = [
    "asked_of",
    "expire",
    "has_suspended",
    "input_of",
    "pause",
    "resume",
    "resume_late",
    "suspend",
]

_runs = tables.runs.c
_inputs = tables.run_inputs.c
_commands = tables.commands.c

_SUSPENDED: Final = (
    _runs.task.is_(False),
    _runs.state_type == StateType.PAUSED.value,
    _runs.state_name == "Suspended",
)
_THEIRS: Final = (
    select(tables.run_ids.c.uuid)
    .join_from(tables.run_ids, tables.runs, tables.run_ids.c.id == _runs.id)
    .where(*_SUSPENDED)
)


def pause(
    tx: Connection, dictionary: Dictionary, run: UUID, actor: Related, now: Now
) -> UUID | None:
    """Have a run begin nothing more until it is resumed; return the process that is told.

    Raises NotFoundError, or ConflictError for one that is over, or waits already.
    """
    head = log.take_head(tx)
    row = starts.flow_run(tx, run)
    _refuse(row, run, "paused", {StateType.PAUSED})
    if _is_begun(tx, row):
        commands.tell(tx, run, "pause", f"Paused by {actor.name}.", now)
        return _process(tx, row)
    log.append(tx, dictionary, head, [_held(row, "Paused", actor, now)])
    return None


def suspend(
    tx: Connection, dictionary: Dictionary, run: UUID, actor: Related, now: Now
) -> UUID | None:
    """Have a run give up its process until it is resumed; return the process that is told.

    Raises NotFoundError, or ConflictError for one that is over, or that nobody could start anew.
    """
    head = log.take_head(tx)
    row = starts.flow_run(tx, run)
    if row.root_uuid != row.uuid:
        root = moves.uuid_of(row.root_uuid)
        msg = (
            f"Flow run {row.name!r} ({run}) has no process of its own: it is in that of flow run"
            f' {root}. Suspend that: "peninsula flow-run suspend {root}".'
        )
        raise ConflictError(msg, state=row.state_name)
    begun = _is_begun(tx, row)
    _refuse(row, run, "suspended", set() if begun else {StateType.PAUSED})
    starts.check_startable(tx, row)
    if begun:
        commands.tell(tx, run, "suspend", f"Suspended by {actor.name}.", now)
        return _process(tx, row)
    log.append(tx, dictionary, head, [_held(row, "Suspended", actor, now)])
    return None


def _refuse(row: Row[Any], run: UUID, what: str, more: set[StateType]) -> None:
    state = StateType(row.state_type)
    if state.terminal or state in more | {StateType.CANCELLING} or row.state_name == "Suspended":
        msg = f"Flow run {row.name!r} ({run}) is {row.state_name}: it cannot be {what}."
        raise ConflictError(msg, state=row.state_name)


def _is_begun(tx: Connection, row: Row[Any]) -> bool:
    """Tell whether a process has the run, or asked for it: then that is told what to do."""
    return row.emitter is not None or claims.has_begun(tx, row)


def _process(tx: Connection, row: Row[Any]) -> UUID | None:
    process = row.emitter if row.emitter is not None else claims.holder_of(tx, row)
    return None if process is None else moves.uuid_of(process)


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
    asked = run_states.details_of(row).get(PAUSE_INPUT)
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
    key = run_states.details_of(row).get(PAUSE_KEY)
    if isinstance(key, str):
        tx.execute(delete(tables.run_inputs).where(_inputs.run == run.bytes, _inputs.key == key))
        given = {"run": run.bytes, "key": key, "value": value.decode(), "given": now.at}
        tx.execute(insert(tables.run_inputs).values(**given))
    if row.state_name == "Paused" and _is_begun(tx, row):
        commands.tell(tx, run, "resume", f"Resumed by {actor.name}.", now)
        return _process(tx, row)
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


def has_suspended(tx: Connection) -> bool:
    """Tell whether any run is suspended: for most logs, time has nothing to do here."""
    return tx.execute(select(_runs.id).where(*_SUSPENDED).limit(1)).first() is not None


def expire(tx: Connection, dictionary: Dictionary, now: Now) -> int:
    """Fail the suspended runs that nobody has resumed in time. Return how many."""
    over = [row for row in _suspended(tx) if _is_over(row, now)]
    if not over:
        return 0
    head = log.take_head(tx)
    log.append(tx, dictionary, head, [_expired(row, now) for row in over])
    return len(over)


def _suspended(tx: Connection) -> list[Row[Any]]:
    return moves.runs_where(tx, *_SUSPENDED)


def resume_late(tx: Connection, dictionary: Dictionary, now: Now) -> int:
    """Let runs go on that were resumed while they gave up their process. Return how many."""
    found = _suspended(tx)
    signs = _resumed(tx) if found else set()
    rows = [row for row in found if _sign(row) in signs and _is_startable(tx, row)]
    if not rows:
        return 0
    head = log.take_head(tx)
    again = [starts.schedule_again(tx, row, "It was resumed meanwhile.", now) for row in rows]
    log.append(tx, dictionary, head, again)
    return len(rows)


def _is_startable(tx: Connection, row: Row[Any]) -> bool:
    return starting.lack_of(tx, bytes(row.uuid)) is None


def _sign(row: Row[Any]) -> tuple[UUID, str] | None:
    """Return by what a run waits: the key that it asks by, else the command it was suspended by."""
    details = run_states.details_of(row)
    told = details.get(PAUSE_KEY, details.get(SUSPENSION))
    return (moves.uuid_of(row.uuid), told) if isinstance(told, str) else None


def _resumed(tx: Connection) -> set[tuple[UUID, str]]:
    """Return the signs of suspended runs that were answered, or resumed after that command.

    That is between the last word of a run and the end of its process.
    """
    told = tables.commands.alias("told")
    answered = select(_inputs.run, _inputs.key).where(_inputs.run.in_(_THEIRS))
    resumed = (
        select(_commands.run, told.c.id)
        .join_from(tables.commands, told, told.c.run == _commands.run)
        .where(_commands.run.in_(_THEIRS), _commands.action == "resume")
        .where(_commands.asked >= told.c.asked)
    )
    return {(moves.uuid_of(run), key) for run, key in tx.execute(answered)} | {
        (moves.uuid_of(run), str(moves.uuid_of(command))) for run, command in tx.execute(resumed)
    }


def _is_over(row: Row[Any], now: Now) -> bool:
    try:
        until = msgspec.convert(run_states.details_of(row).get(PAUSE_TIMEOUT), datetime)
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
