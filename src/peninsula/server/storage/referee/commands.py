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
from peninsula.server.storage.referee import moves
from peninsula.server.storage.referee.moves import Now

__all__ = ["Cancelled", "acknowledge", "cancel", "forget", "orders_of", "waiting_for"]

_runs = tables.runs.c
_ids = tables.run_ids.c
_commands = tables.commands.c


class Cancelled(NamedTuple):
    """What became of a request to cancel."""

    process: UUID | None
    """Who is told to end it; None when nobody needs to be."""


def cancel(
    tx: Connection,
    dictionary: Dictionary,
    id_: UUID,
    actor: Related,
    message: str | None,
    now: Now,
) -> Cancelled:
    """Cancel a flow run: at once when no process is at it, else by telling its process.

    Raises NotFoundError, or ConflictError when the run is over.
    """
    head = log.take_head(tx)
    row = _flow_run(tx, id_)
    state = StateType(row.state_type)
    if state is StateType.CANCELLING:
        return Cancelled(_process(row))
    at_work = _at_work(tx, row)
    target = StateType.CANCELLING if at_work else StateType.CANCELLED
    if not states.may_move(state, target) or state.terminal:
        msg = f"Flow run {row.name!r} ({id_}) is {row.state_name}: there is nothing left to cancel."
        raise ConflictError(msg, state=row.state_name)
    change = StateChange(
        type=target,
        name=target.value.title(),
        message=f"Cancelled by {actor.name}" + (f": {message}" if message else "."),
        start=row.start,
        attempt=row.attempt,
        origin=Origin.OBSERVER,
    )
    log.append(tx, dictionary, head, [moves.entry(row, change, now, related=(actor,))])
    if at_work:
        _tell(tx, id_, "cancel", message, now)
    return Cancelled(_process(row) if at_work else None)


def _flow_run(tx: Connection, id_: UUID) -> Row[Any]:
    found = moves.runs_where(
        tx,
        _runs.task.is_(False),
        _runs.id.in_(select(_ids.id).where(_ids.uuid == id_.bytes)),
    )
    if not found:
        raise run_rows.unknown(RunKind.FLOW_RUN, id_)
    return found[0]


def _process(row: Row[Any]) -> UUID | None:
    return moves.uuid_of(row.emitter) if row.emitter is not None else None


def _at_work(tx: Connection, row: Row[Any]) -> bool:
    """Tell whether a process has the run in hand and may still be there."""
    if row.emitter is None or row.state_name == "Suspended":
        return False
    emitter = bytes(row.emitter)
    open_ = select(tables.emitters.c.id).where(
        tables.emitters.c.uuid == emitter, tables.emitters.c.closed.is_(False)
    )
    lapsed = select(tables.leases.c.emitter).where(
        tables.leases.c.emitter == emitter, tables.leases.c.lapsed
    )
    return tx.execute(open_).first() is not None and tx.execute(lapsed).first() is None


def _tell(tx: Connection, run: UUID, action: str, message: str | None, now: Now) -> None:
    tx.execute(
        insert(tables.commands).values(
            id=uuid4().bytes, run=run.bytes, action=action, message=message, asked=now.at
        )
    )


# CROSS JOIN has SQLite begin with the commands, which are few, and not with the runs.
_OPEN: Final = (
    "SELECT c.id, c.run, c.action, c.message, r.emitter, r.root FROM commands c"
    " CROSS JOIN run_ids i CROSS JOIN runs r"
    " WHERE c.acknowledged IS NULL AND i.uuid = c.run AND r.id = i.id"
    f" AND r.state_type IN ({', '.join(repr(type_) for type_ in moves.UNFINISHED)})"
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
