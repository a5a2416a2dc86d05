"""Rule that a run is cancelled, and keep what processes are told until they have heard it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, NamedTuple
from uuid import UUID, uuid4

from sqlalchemy import Connection, Row, delete, insert, select, update

from peninsula.core import states
from peninsula.core.errors import ConflictError
from peninsula.core.events import Related
from peninsula.core.records import Command
from peninsula.core.runs import Origin, RunKind, StateChange
from peninsula.core.states import StateType
from peninsula.server.storage import log, tables
from peninsula.server.storage.dictionary import Dictionary
from peninsula.server.storage.read import interned, run_rows
from peninsula.server.storage.referee import claims, moves
from peninsula.server.storage.referee.moves import Now

__all__ = ["Cancelled", "acknowledge", "cancel", "forget", "orders_of", "tell", "waiting_for"]

_runs = tables.runs.c
_ids = tables.run_ids.c
_commands = tables.commands.c


class Cancelled(NamedTuple):
    """What became of a request to cancel."""

    process: UUID | None
    """Who is told to end it; None when nobody needs to be."""
    worker: UUID | None = None
    """Who stops the process if that does not."""


def cancel(
    tx: Connection,
    dictionary: Dictionary,
    kind: RunKind,
    id_: UUID,
    actor: Related,
    message: str | None,
    now: Now,
) -> Cancelled:
    """Cancel a flow run or background task run.

    At once when no process is at it, else by telling its process. Raises NotFoundError, or
    ConflictError when the run is over, or a task run that is part of its flow's process.
    """
    head = log.take_head(tx)
    row = _run(tx, kind, id_)
    state = StateType(row.state_type)
    holder = claims.holder_of(tx, row)
    process = bytes(row.emitter) if row.emitter is not None else holder
    if state is StateType.CANCELLING:
        return Cancelled(_uuid(process))
    at_work = row.state_name not in _WITHOUT_A_PROCESS and (
        _at_work(tx, process) or _is_beginning(tx, row)
    )
    target = StateType.CANCELLING if at_work else StateType.CANCELLED
    if not states.may_move(state, target) or state.terminal:
        named = f"{_NOUNS[kind]} {row.name!r} ({id_})"
        msg = f"{named} is {row.state_name}: there is nothing left to cancel."
        raise ConflictError(msg, state=row.state_name)
    if kind is RunKind.TASK_RUN and holder is None and not claims.deferred(row):
        msg = (
            f"Task run {row.name!r} ({id_}) runs in the process of its flow. Cancel the flow run:"
            f' "peninsula flow-run cancel {moves.uuid_of(row.root_uuid)}".'
        )
        raise ConflictError(msg)
    change = StateChange(
        type=target,
        name=target.value.title(),
        message=f"Cancelled by {actor.name}" + (f": {message}" if message else "."),
        start=row.start,
        attempt=row.attempt,
        origin=Origin.OBSERVER,
    )
    log.append(tx, dictionary, head, [moves.entry(row, change, now, related=(actor,))])
    if not at_work:
        return Cancelled(None)
    tell(tx, id_, "cancel", message, now)
    if (worker := claims.worker_of(tx, row)) is not None:
        tell(tx, id_, STOP, message, now)
    return Cancelled(_uuid(process), _uuid(worker))


_NOUNS: Final = {RunKind.FLOW_RUN: "Flow run", RunKind.TASK_RUN: "Task run"}

_WITHOUT_A_PROCESS: Final = {"Late", "Scheduled", "Suspended"}

STOP: Final = "stop"
"""What a worker is told: to end the process of a run, if that does not end by itself."""


def _is_beginning(tx: Connection, row: Row[Any]) -> bool:
    """Tell whether a process has said that it begins the run, and nothing since."""
    return row.emitter is None and claims.has_begun(tx, row)


def _run(tx: Connection, kind: RunKind, id_: UUID) -> Row[Any]:
    found = moves.runs_where(
        tx,
        _runs.task.is_(kind is RunKind.TASK_RUN),
        _runs.id.in_(select(_ids.id).where(_ids.uuid == id_.bytes)),
    )
    if not found:
        raise run_rows.unknown(kind, id_)
    return found[0]


def _uuid(process: bytes | None) -> UUID | None:
    return None if process is None else UUID(bytes=process)


def _at_work(tx: Connection, emitter: bytes | None) -> bool:
    """Tell whether a process has the run in hand and may still be there."""
    if emitter is None:
        return False
    open_ = select(tables.emitters.c.id).where(
        tables.emitters.c.uuid == emitter, tables.emitters.c.closed.is_(False)
    )
    lapsed = select(tables.leases.c.emitter).where(
        tables.leases.c.emitter == emitter, tables.leases.c.lapsed
    )
    return tx.execute(open_).first() is not None and tx.execute(lapsed).first() is None


def tell(tx: Connection, run: UUID, action: str, message: str | None, now: Now) -> None:
    """Have the process that runs a run, or is to, be told to do that with it."""
    tx.execute(
        insert(tables.commands).values(
            id=uuid4().bytes, run=run.bytes, action=action, message=message, asked=now.at
        )
    )


# CROSS JOIN has SQLite begin with the commands, which are few, and not with the runs.
_OPEN: Final = (
    "SELECT c.id, c.run, c.action, c.message, r.root,"
    f" CASE WHEN c.action = '{STOP}' THEN k.worker ELSE COALESCE(r.emitter, k.emitter) END"
    " AS emitter"
    " FROM commands c CROSS JOIN run_ids i CROSS JOIN runs r"
    " LEFT JOIN claims k ON k.run = c.run"
    " WHERE c.acknowledged IS NULL AND i.uuid = c.run AND r.id = i.id"
    f" AND r.{moves.IS_OPEN}"
    " ORDER BY c.asked, c.id"
)


def orders_of(tx: Connection, emitter: UUID, root: UUID | None = None) -> tuple[Command, ...]:
    """Return what a process is told and has not acknowledged; `root`: of that tree only."""
    top = None if root is None else interned.run_number(tx, root)
    return tuple(
        Command(
            id=moves.uuid_of(row.id),
            run=moves.uuid_of(row.run),
            action=row.action,
            message=row.message,
        )
        for row in tx.exec_driver_sql(_OPEN)
        if row.emitter is not None
        and moves.uuid_of(row.emitter) == emitter
        and (root is None or row.root == top)
    )


def waiting_for(tx: Connection) -> set[UUID]:
    """Return the processes that are told something they have not acknowledged."""
    rows = tx.exec_driver_sql(_OPEN)
    return {moves.uuid_of(row.emitter) for row in rows if row.emitter is not None}


def acknowledge(
    tx: Connection, emitter: UUID, commands: Sequence[UUID], now: int, root: UUID | None = None
) -> None:
    """Note that a process has heard these; commands to others are left alone."""
    own = {command.id for command in orders_of(tx, emitter, root)}
    heard = [id_.bytes for id_ in commands if id_ in own]
    tx.execute(update(tables.commands).where(_commands.id.in_(heard)).values(acknowledged=now))


def forget(tx: Connection, before: int) -> None:
    """Remove commands that were asked before a moment: heard, or for runs that are over."""
    tx.execute(delete(tables.commands).where(_commands.asked < before))
