"""Rule who may start a run: begin it once, say that its process is gone, let it start again."""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

from msgspec import structs
from sqlalchemy import Connection, Row, delete, select, update

from peninsula.core import states
from peninsula.core.errors import ConflictError
from peninsula.core.events import Related
from peninsula.core.fold import ENDED, stamp_of
from peninsula.core.runs import Origin, RunKind, StateChange
from peninsula.core.states import StateType
from peninsula.core.work import Begin, Crash, Job
from peninsula.server.storage import log, run_states, tables
from peninsula.server.storage.dictionary import Dictionary
from peninsula.server.storage.moments import moment
from peninsula.server.storage.read import run_rows, starting
from peninsula.server.storage.read.starting import Lack
from peninsula.server.storage.referee import claims, jobs, moves
from peninsula.server.storage.referee.moves import Now

__all__ = ["begin", "check_startable", "crashed", "flow_run", "retry", "schedule_again"]

MOST_UNREACHED: Final = 3
"""Times in a row that a run is given back whose process found no server: it may look wrongly."""

_runs = tables.runs.c
_claims = tables.claims.c
_submissions = tables.submissions.c


def begin(tx: Connection, run: UUID, told: Begin) -> Job:
    """Hand the claim of a run to the process that says that it runs it from now on.

    Raises NotFoundError, or ConflictError where it is another start's, another process's, or not to
    run any more: the process is to end, having done nothing.
    """
    log.take_head(tx)
    row = flow_run(tx, run)
    claim = tx.execute(select(tables.claims).where(_claims.run == run.bytes)).first()
    reason = _refusal(row, claim, told)
    if reason is not None:
        msg = f"Start {told.start} of flow run {row.name!r} ({run}) is not to begin: {reason}."
        raise ConflictError(msg, state=row.state_name, start=row.start)
    tx.execute(
        update(tables.claims)
        .where(_claims.run == run.bytes)
        .values(emitter=told.emitter.bytes, begun=True)
    )
    return jobs.job_of(tx, run)


def _refusal(row: Row[Any], claim: Row[Any] | None, told: Begin) -> str | None:
    if row.start != told.start or claim is None or claim.start != told.start:
        return f"it is at start {row.start}, and nobody has claimed this one"
    if row.state_type != StateType.PENDING.value:
        return f"it is {row.state_name}"
    if claim.begun and bytes(claim.emitter) != told.emitter.bytes:
        return "another process has begun it"
    return None


def crashed(tx: Connection, dictionary: Dictionary, run: UUID, told: Crash, now: Now) -> None:
    """Say Crashed of a run whose process a worker saw end, or Cancelled if that was asked for.

    Nothing happens to a run that is over, or at another start. Raises NotFoundError.
    """
    head = log.take_head(tx)
    row = flow_run(tx, run)
    state = StateType(row.state_type)
    presumed = state is StateType.CRASHED and _is_guess(row)
    over = state.terminal and not presumed and not (told.explains and _was_struck(row))
    if over or row.start != told.start or row.state_name in {"Scheduled", "Late"}:
        return
    if row.state_name == "Suspended" or (row.state_name == "Paused" and row.emitter is None):
        return  # it gave up its process on purpose, or was paused before that began it
    if told.unreached and state is StateType.PENDING and not claims.has_begun(tx, row):
        entry = _unreached(row, told, now)
    else:
        entry = _ended(row, told, now)
    if presumed:
        # Of two ends that were seen from outside the earlier counts, and this one was.
        entry = entry._replace(stamp=stamp_of(bytes(row.state_key)) - 1)
    log.append(tx, dictionary, head, [entry])


def _unreached(row: Row[Any], told: Crash, now: Now) -> log.Entry:
    message = f"{told.message} The process found no server, and did not begin the run"
    unreached = claims.unreached_of(row) + 1
    if unreached > MOST_UNREACHED:
        message = f"{message}, as {MOST_UNREACHED} times before."
        return _ended(row, structs.replace(told, message=message), now)
    message = f"{message}: it is given back, to be started anew."
    details = {claims.UNREACHED: unreached}
    return claims.given_back(row, message, details, now, follows=told.follows)


def _ended(row: Row[Any], told: Crash, now: Now) -> log.Entry:
    cancelled = row.state_type == StateType.CANCELLING.value
    type_ = StateType.CANCELLED if cancelled else StateType.CRASHED
    details: dict[str, Any] = {ENDED: moment(now.at).isoformat()}
    if row.emitter is not None:
        details["process"] = str(moves.uuid_of(row.emitter))
    change = StateChange(
        type=type_,
        name=type_.value.title(),
        message=row.state_message if cancelled else told.message,
        details=details,
        start=row.start,
        attempt=row.attempt,
        origin=Origin.OBSERVER,
    )
    return moves.entry(row, change, now, follows=told.follows)


def _is_guess(row: Row[Any]) -> bool:
    """Tell whether the server itself said Crashed, as the process had fallen silent or was gone."""
    details = run_states.details_of(row)
    return row.origin != Origin.ENGINE.value and ("exit" in details or "silent_for" in details)


def _was_struck(row: Row[Any]) -> bool:
    """Tell whether all that is known of a run's end is that its process felt a signal."""
    return (row.state_type, row.origin) == (StateType.CRASHED.value, Origin.ENGINE.value)


def retry(tx: Connection, dictionary: Dictionary, run: UUID, actor: Related, now: Now) -> None:
    """Let a run that is over start again, where it was made for workers.

    Raises NotFoundError, or ConflictError.
    """
    head = log.take_head(tx)
    row = flow_run(tx, run)
    state = StateType(row.state_type)
    if not state.terminal or not states.may_move(state, StateType.SCHEDULED):
        msg = (
            f"Flow run {row.name!r} ({run}) is {row.state_name}. Only a run that Failed, Crashed or"
            " was Cancelled is tried again."
        )
        raise ConflictError(msg, state=row.state_name)
    message = f"{actor.name} has it tried again, from where it failed."
    log.append(tx, dictionary, head, [schedule_again(tx, row, message, now, related=(actor,))])


def schedule_again(
    tx: Connection, row: Row[Any], message: str, now: Now, *, related: tuple[Related, ...] = ()
) -> log.Entry:
    """Return what to append so that a worker starts the run once more, from where it was.

    Raises ConflictError for a run that nobody could start.
    """
    check_startable(tx, row)
    run = bytes(row.uuid)
    if row.started is not None:
        tx.execute(update(tables.submissions).where(_submissions.run == run).values(retry=True))
    tx.execute(delete(tables.claims).where(_claims.run == run))
    change = StateChange(
        type=StateType.SCHEDULED,
        name="Scheduled",
        message=message,
        start=row.start + 1,
        origin=Origin.OBSERVER,
    )
    return moves.entry(row, change, now, related=related)


def check_startable(tx: Connection, row: Row[Any]) -> None:
    """Refuse a run that nobody could start. Raises ConflictError."""
    lack = starting.lack_of(tx, bytes(row.uuid))
    if lack is not None:
        run = moves.uuid_of(row.uuid)
        raise ConflictError(f"Flow run {row.name!r} ({run}) {_LACKS[lack]}")


_LACKS: Final = {
    Lack.SUBMISSION: "was begun by a program, and no worker knows how to start it. Run the program"
    " again, or deploy the flow.",
    Lack.POOL: "was in a work pool that was deleted, and no worker would start it. Deploy the flow"
    " to a pool that is there and run that deployment, or run the flow by code.",
    Lack.DEPLOYMENT: "is of a deployment that was deleted, and no program would start it. Serve or"
    " deploy the flow anew and run that deployment, or run the flow by code.",
}


def flow_run(tx: Connection, run: UUID) -> Row[Any]:
    """Return the row of a flow run. Raises NotFoundError."""
    found = moves.runs_where(tx, _runs.task.is_(False), _runs.id.in_(moves.number_of(run)))
    if not found:
        raise run_rows.unknown(RunKind.FLOW_RUN, run)
    return found[0]
