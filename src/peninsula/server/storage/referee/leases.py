"""Judge the runs of processes that have ended, fell silent, or came back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from typing import Any, Final, NamedTuple
from uuid import UUID

import msgspec
from sqlalchemy import Connection, Row, and_, delete, or_, select, update

from peninsula.core.fold import ENDED, Fact, ground_of, state_key
from peninsula.core.resources import own
from peninsula.core.runs import Origin, StateChange, is_state_event
from peninsula.core.states import OPEN, StateType
from peninsula.server.storage import bulk, log, tables
from peninsula.server.storage.dictionary import Dictionary
from peninsula.server.storage.moments import moment
from peninsula.server.storage.referee import claims, moves
from peninsula.server.storage.referee.moves import Now
from peninsula.server.storage.referee.signs import last_signs

__all__ = [
    "Watched",
    "end",
    "forget",
    "lapse",
    "lapsed",
    "renew",
    "restore",
    "watched",
]

_runs = tables.runs.c
_leases = tables.leases.c
_emitters = tables.emitters.c

# A suspended run gave up its process on purpose and waits without one.
_IN_A_PROCESS: Final = and_(
    _runs.task.in_((True, False)),
    _runs.state_type.in_(OPEN),
    _runs.state_name != "Suspended",
    _runs.emitter.is_not(None),
)
_PRESUMED: Final = and_(
    _runs.task.in_((True, False)),
    _runs.state_type == StateType.CRASHED.value,
    _runs.origin == Origin.PRESUMED.value,
)


class Watched(NamedTuple):
    """A process with unfinished runs."""

    emitter: bytes
    renewed: int
    """When any server last heard of it, as that server's clock said; 0 for never."""
    closed: bool
    """It has said, or whoever adopted its journal has, that nothing follows."""


# --- leases --------------------------------------------------------------------------------------


def watched(tx: Connection) -> list[Watched]:
    """Return the processes that have unfinished runs, or claimed some, and are not lapsed."""
    found = {row for each in (_AT_WORK, _CLAIMANTS) for row in tx.execute(each)}
    return sorted(
        Watched(bytes(emitter), renewed or 0, bool(closed)) for emitter, renewed, closed in found
    )


_NOT_LAPSED: Final = or_(_leases.lapsed.is_(None), _leases.lapsed.is_(False))

_AT_WORK: Final = (
    select(_runs.emitter, _leases.renewed, _emitters.closed)
    .distinct()
    .join_from(tables.runs, tables.emitters, _emitters.uuid == _runs.emitter)
    .outerjoin(tables.leases, _leases.emitter == _runs.emitter)
    .where(_IN_A_PROCESS, _NOT_LAPSED)
)
_CLAIMANTS: Final = (
    claims.holders()
    .add_columns(_leases.renewed, _emitters.closed)
    .outerjoin(tables.emitters, _emitters.uuid == tables.claims.c.emitter)
    .outerjoin(tables.leases, _leases.emitter == tables.claims.c.emitter)
    .where(_NOT_LAPSED)
)


def renew(tx: Connection, heard: Mapping[bytes, int]) -> None:
    """Write down when processes were heard."""
    rows = [(emitter, at, False) for emitter, at in sorted(heard.items())]
    bulk.insert(
        tx,
        tables.leases,
        ("emitter", "renewed", "lapsed"),
        rows,
        "ON CONFLICT (emitter) DO UPDATE SET renewed = excluded.renewed",
    )


def lapsed(tx: Connection) -> set[bytes]:
    """Return the processes whose runs were presumed crashed."""
    return {bytes(row.emitter) for row in tx.execute(select(_leases.emitter).where(_leases.lapsed))}


def forget(tx: Connection, before: int) -> None:
    """Remove the leases that were not renewed since, and claims as old."""
    tx.execute(delete(tables.leases).where(_leases.renewed < before))
    claims.forget(tx, [], before)


# --- silence and return --------------------------------------------------------------------------


def lapse(
    tx: Connection,
    dictionary: Dictionary,
    silent: Mapping[bytes, int],
    after: timedelta,
    now: Now,
) -> int:
    """Presume crashed what ran in processes that are silent since `renewed`.

    Another server may have heard one meanwhile: its lease has changed then, and it is left alone.
    Return how many runs were presumed crashed.
    """
    head = log.take_head(tx)
    gone = [emitter for emitter, since in sorted(silent.items()) if _take(tx, emitter, since)]
    rows = _of(tx, gone)
    begun, waiting = _held(tx, gone)
    seconds = after.total_seconds()
    message = f"Nothing was heard of its process for {seconds:g} s: it is presumed to have crashed."
    # A flow run that nobody has begun is there to be claimed anew, with no presumption: a process
    # that would begin it has to ask, and is refused then.
    presumed = [*rows, *begun, *(row for row in waiting if row.task)]
    entries = [
        moves.entry(row, _crashed(row, Origin.PRESUMED, message, sign, silent_for=seconds), now)
        for row, sign in zip(presumed, last_signs(tx, presumed, silent, now.at), strict=True)
    ]
    entries += [claims.released(row, now) for row in waiting if not row.task]
    log.append(tx, dictionary, head, entries)
    return len(presumed)


def _held(tx: Connection, emitters: Sequence[bytes]) -> tuple[list[Row[Any]], list[Row[Any]]]:
    """Return the claimed runs whose processes said that they begin, and those that wait."""
    held = claims.held_by(tx, emitters)
    begun = [row for row in held if claims.has_begun(tx, row)]
    return begun, [row for row in held if row not in begun]


def _take(tx: Connection, emitter: bytes, renewed: int) -> bool:
    """Mark a lease as lapsed, unless it was renewed. Tell whether it was marked."""
    bulk.insert(
        tx,
        tables.leases,
        ("emitter", "renewed", "lapsed"),
        [(emitter, 0, False)],
        "ON CONFLICT DO NOTHING",
    )
    taken = tx.execute(
        update(tables.leases)
        .where(_leases.emitter == emitter, _leases.renewed == renewed, _leases.lapsed.is_(False))
        .values(lapsed=True)
    )
    return taken.rowcount == 1


def restore(tx: Connection, dictionary: Dictionary, emitter: bytes, now: Now) -> int:
    """Take back the presumption about a process that reports again. Return how many runs it had."""
    head = log.take_head(tx)
    tx.execute(
        update(tables.leases).where(_leases.emitter == emitter).values(lapsed=False, renewed=now.at)
    )
    rows = moves.runs_where(tx, _PRESUMED, _runs.emitter == emitter)
    told = _told_before(tx, {row.id: ground_of(bytes(row.state_key)) for row in rows})
    entries = [
        moves.entry(row, _reappeared(row, told.get(row.id)), now, reappeared=True) for row in rows
    ]
    return len(log.append(tx, dictionary, head, entries).rows)


def _reappeared(row: Row[Any], told: StateChange | None) -> StateChange:
    """Return the state that the run was in before; Running if retention has removed its event."""
    return StateChange(
        type=told.type if told is not None else StateType.RUNNING,
        name=told.name if told is not None else "Running",
        message=told.message if told is not None else None,
        details=told.details if told is not None else {},
        start=row.start,
        attempt=row.attempt,
        origin=Origin.PRESUMED,
        upon=ground_of(bytes(row.state_key)),
    )


def _told_before(tx: Connection, grounds: Mapping[int, bytes]) -> dict[int, StateChange]:
    """Return what each run was told to be in by the fact of that key."""
    names = [
        number
        for number, text in tx.execute(select(tables.names.c.id, tables.names.c.text))
        if is_state_event(text)
    ]
    listed = ", ".join(map(str, names)) or "0"
    statement = (
        "SELECT e.run, e.payload, e.occurred, e.stamp, m.uuid, e.number, e.position FROM events e"
        " LEFT JOIN emitters m ON m.id = e.emitter"
        f" WHERE e.run IN {{}} AND e.resource IS NULL AND e.name + 0 IN ({listed})"
    )
    told: dict[int, StateChange] = {}
    for run, payload, occurred, stamp, emitter, number, position in bulk.select_in(
        tx, statement, grounds
    ):
        change = _CHANGE.decode(payload)
        uuid = bytes(emitter) if emitter is not None else log.SERVER
        if (
            state_key(Fact(change, moment(occurred), stamp, uuid, number or position))
            == grounds[run]
        ):
            told[run] = change
    return told


_CHANGE: Final = msgspec.json.Decoder(StateChange)


# --- the end -------------------------------------------------------------------------------------


def end(tx: Connection, dictionary: Dictionary, emitters: Sequence[bytes], now: Now) -> int:
    """Say Crashed of what ran in processes that are known to have ended. Return how many runs.

    What they had claimed and not begun is there to be claimed again.
    """
    head = log.take_head(tx)
    # Only a process that had lapsed has runs that were presumed crashed: nobody looks through all
    # that ever crashed because one process has ended.
    had_lapsed = lapsed(tx) & set(emitters)
    renewed = _renewed(tx, emitters)
    tx.execute(delete(tables.leases).where(_leases.emitter.in_(emitters)))
    begun, waiting = _held(tx, emitters)
    rows = [*_of(tx, emitters, *([_PRESUMED] if had_lapsed else [])), *begun]
    lossy = _lossy(tx, {bytes(row.emitter) for row in rows if row.emitter is not None})
    entries = [
        moves.entry(
            row,
            _crashed(
                row,
                Origin.OBSERVER,
                _ENDED[row.emitter is not None and bytes(row.emitter) in lossy],
                sign,
                exit=None,
            ),
            now,
        )
        for row, sign in zip(rows, last_signs(tx, rows, renewed, now.at), strict=True)
    ]
    entries += [claims.released(row, now) for row in waiting]
    claims.forget(tx, emitters, 0)
    return len(log.append(tx, dictionary, head, entries).rows)


_ENDED: Final = {
    False: "Its process ended without a word of how the run ended.",
    True: "Its process ended, and could not keep all it had to tell: how the run ended is lost.",
}
"""By whether an event says of the process that records of it are missing."""


def _renewed(tx: Connection, emitters: Sequence[bytes]) -> dict[bytes, int]:
    found = select(_leases.emitter, _leases.renewed).where(_leases.emitter.in_(emitters))
    return {bytes(row.emitter): row.renewed for row in tx.execute(found)}


def _lossy(tx: Connection, emitters: Iterable[bytes]) -> set[bytes]:
    """Return the processes that events are about: these say what was dropped, or refused."""
    texts = {own("process", UUID(bytes=emitter)): emitter for emitter in emitters}
    statement = (
        "SELECT r.text FROM resources r JOIN catalogue c ON c.resource = r.id WHERE r.text IN {}"
    )
    return {texts[row.text] for row in bulk.select_in(tx, statement, texts)}


def _of(tx: Connection, emitters: Sequence[bytes], *more: Any) -> list[Row[Any]]:
    if not emitters:
        return []
    return moves.runs_where(tx, _runs.emitter.in_(emitters), or_(_IN_A_PROCESS, *more))


def _process(row: Row[Any]) -> dict[str, str]:
    return {} if row.emitter is None else {"process": str(moves.uuid_of(row.emitter))}


def _crashed(row: Row[Any], origin: Origin, message: str, sign: int, **details: Any) -> StateChange:
    presumed = origin is Origin.PRESUMED
    return StateChange(
        type=StateType.CRASHED,
        name="Crashed",
        message=message,
        details={**_process(row), ENDED: moment(sign).isoformat(), **details},
        start=row.start,
        attempt=row.attempt,
        origin=origin,
        upon=ground_of(bytes(row.state_key)) if presumed else None,
    )
