"""Give out the slots of concurrency limits, and take them back from who is gone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple
from uuid import UUID, uuid4

from sqlalchemy import Connection, Row, delete, func, insert, or_, select, update

from peninsula.core.concurrency import ConcurrencyLimit, Taken
from peninsula.core.errors import InvalidError, NotFoundError
from peninsula.core.events import Related
from peninsula.server.storage import log, tables
from peninsula.server.storage.dictionary import Dictionary
from peninsula.server.storage.moments import moment
from peninsula.server.storage.referee.entries import About, entry
from peninsula.server.storage.referee.moves import Now

__all__ = [
    "Wanted",
    "delete_limit",
    "give_back",
    "limit_by_name",
    "limits",
    "renew",
    "set_limit",
    "take",
]

SECOND: Final = 1_000_000
"""µs."""

SOON: Final = 0.25
LATE: Final = 2.0
"""Seconds after which to ask again for a slot that is held, and at most for one that decays."""

USUAL: Final = 5
"""Slots that a message proposes for a limit that is not there."""

_limits = tables.concurrency_limits.c
_slots = tables.concurrency_slots.c
_emitters = tables.emitters.c


class Wanted(NamedTuple):
    """A request for slots."""

    names: Sequence[str]
    slots: int
    """Of each limit."""
    emitter: bytes | None
    """The process that asks: when its end is known, its slots are free."""
    run: Related | None
    rate: bool
    """They are not held: they become free by the limit's decay."""
    strict: bool
    """A name that no limit has is an error."""
    seconds: float
    """How long they are held without a word."""


# --- limits --------------------------------------------------------------------------------------


def set_limit(
    tx: Connection,
    dictionary: Dictionary,
    name: str,
    limit: int,
    decay: float | None,
    actor: Related,
    now: Now,
) -> ConcurrencyLimit:
    """Make a limit, or change the one of that name; no decay leaves the one it has."""
    log.take_head(tx)
    row = _row(tx, name)
    if decay is None:
        decay = 0.0 if row is None else float(row.decay)
    values = {"slots": limit, "decay": decay, "updated": now.at}
    if row is None:
        new = {"id": uuid4().bytes, "name": name, "created": now.at, "used": 0.0, "used_at": 0}
        tx.execute(insert(tables.concurrency_limits).values(**values, **new))
    else:
        # What was used so far decays by the old rule up to now.
        values |= {"used": _used(row, now.at), "used_at": now.at}
        tx.execute(update(tables.concurrency_limits).where(_limits.name == name).values(**values))
    found = limit_by_name(tx, name, now.at)
    what = "created" if row is None else "updated"
    _tell(tx, dictionary, [(found, what, {"limit": limit, "decay": decay}, actor)], now)
    return found


def delete_limit(
    tx: Connection, dictionary: Dictionary, name: str, actor: Related, now: Now
) -> None:
    """Remove a limit: nobody waits for it any more. Raises NotFoundError."""
    log.take_head(tx)
    found = limit_by_name(tx, name, now.at)
    tx.execute(delete(tables.concurrency_slots).where(_slots.limit == found.id.bytes))
    tx.execute(delete(tables.concurrency_limits).where(_limits.name == name))
    _tell(tx, dictionary, [(found, "deleted", {}, actor)], now)


def limit_by_name(tx: Connection, name: str, at: int) -> ConcurrencyLimit:
    """Return the limit of that name. Raises NotFoundError."""
    row = _row(tx, name)
    if row is None:
        raise _missing(name, _setting(name, USUAL))
    return _limit(row, _held(tx, at), at)


def _missing(name: str, command: str) -> NotFoundError:
    return NotFoundError(f"No concurrency limit {name!r}. Make it: {command}")


def limits(tx: Connection, at: int) -> list[ConcurrencyLimit]:
    """Return all limits, by name."""
    rows = tx.execute(select(tables.concurrency_limits)).all()
    held = _held(tx, at)
    return sorted((_limit(row, held, at) for row in rows), key=lambda one: one.name)


def _row(tx: Connection, name: str) -> Row[Any] | None:
    return tx.execute(select(tables.concurrency_limits).where(_limits.name == name)).first()


def _held(tx: Connection, at: int) -> dict[bytes, int]:
    rows = tx.execute(
        select(_slots.limit, func.sum(_slots.slots))
        .where(_slots.expires > at)
        .group_by(_slots.limit)
    )
    return {bytes(limit): int(total) for limit, total in rows}


def _limit(row: Row[Any], held: Mapping[bytes, int], at: int) -> ConcurrencyLimit:
    return ConcurrencyLimit(
        id=UUID(bytes=bytes(row.id)),
        name=row.name,
        limit=row.slots,
        decay=row.decay,
        taken=held.get(bytes(row.id), 0) + _used(row, at),
        created=moment(row.created),
        updated=moment(row.updated),
    )


def _used(row: Row[Any], at: int) -> float:
    """Return what rate limits have used and is not free again."""
    return float(max(0.0, row.used - row.decay * max(0, at - row.used_at) / SECOND))


# --- slots ---------------------------------------------------------------------------------------


def take(tx: Connection, dictionary: Dictionary, wanted: Wanted, now: Now) -> Taken:
    """Take slots of all the limits, or of none.

    Raises NotFoundError for a name that must exist, InvalidError for more than there ever are.
    """
    log.take_head(tx)
    rows = [(name, _row(tx, name)) for name in dict.fromkeys(wanted.names)]
    missing = tuple(name for name, row in rows if row is None)
    if missing and wanted.strict:
        command = _setting(missing[0], max(USUAL, wanted.slots), decays=wanted.rate)
        raise _missing(missing[0], command)
    there = [row for _, row in rows if row is not None]
    _free(tx, dictionary, now)
    held = _held(tx, now.at)
    for row in there:
        _check(row, wanted)
        over = held.get(bytes(row.id), 0) + _used(row, now.at) + wanted.slots - row.slots
        if over > 0:
            return Taken(
                taken=False, full=row.name, retry_after=_pause(row, over, wanted), missing=missing
            )
    if wanted.rate:
        for row in there:
            values = {"used": _used(row, now.at) + wanted.slots, "used_at": now.at}
            tx.execute(
                update(tables.concurrency_limits).where(_limits.id == row.id).values(**values)
            )
        return Taken(taken=True, missing=missing)
    lease = _lend(tx, dictionary, there, wanted, now) if there else None
    return Taken(taken=True, lease=lease, seconds=wanted.seconds, missing=missing)


def _check(row: Row[Any], wanted: Wanted) -> None:
    if wanted.rate and not row.decay:
        msg = (
            f"The concurrency limit {row.name!r} has no decay, so it limits no rate. Give it one:"
            f" {_setting(row.name, max(row.slots, wanted.slots), decays=True)}"
        )
        raise InvalidError(msg)
    if 0 < row.slots < wanted.slots:
        msg = (
            f"The concurrency limit {row.name!r} has {row.slots} slots, and {wanted.slots} are"
            f" asked for. Ask for fewer, or raise it: {_setting(row.name, wanted.slots)}"
        )
        raise InvalidError(msg)


def _setting(name: str, limit: int, *, decays: bool = False) -> str:
    """Return the command that sets a limit, as it can be typed."""
    options = f"--limit {limit}{' --decay 1' if decays else ''}"
    said = f"{options} -- {name}" if name.startswith("-") else f"{name} {options}"
    return f"peninsula concurrency-limit set {said}"


def _pause(row: Row[Any], over: float, wanted: Wanted) -> float:
    if row.decay and row.slots >= wanted.slots:
        return min(LATE, max(0.01, over / float(row.decay)))
    return SOON


def _lend(
    tx: Connection,
    dictionary: Dictionary,
    rows: Sequence[Row[Any]],
    wanted: Wanted,
    now: Now,
) -> UUID:
    lease = uuid4()
    run = None if wanted.run is None else wanted.run.id
    for row in rows:
        tx.execute(
            insert(tables.concurrency_slots).values(
                lease=lease.bytes,
                limit=row.id,
                slots=wanted.slots,
                emitter=wanted.emitter,
                run=run,
                expires=now.at + int(wanted.seconds * SECOND),
            )
        )
    told = [
        (_limit(row, {}, now.at), "acquired", {"slots": wanted.slots}, wanted.run) for row in rows
    ]
    _tell(tx, dictionary, told, now)
    return lease


def renew(tx: Connection, lease: bytes, seconds: float, now: Now) -> None:
    """Hold slots for longer. Raises NotFoundError if they are not held any more."""
    held = tx.execute(
        update(tables.concurrency_slots)
        .where(_slots.lease == lease, _slots.expires > now.at)
        .values(expires=now.at + int(seconds * SECOND))
    )
    if not held.rowcount:
        raise NotFoundError(_LOST)


_LOST: Final = "These slots are not held any more: they were given back, or not renewed in time."


def give_back(tx: Connection, dictionary: Dictionary, lease: bytes, now: Now) -> None:
    """Give slots back. Raises NotFoundError if they are not held any more."""
    log.take_head(tx)
    rows = tx.execute(_TAKEN.where(_slots.lease == lease)).all()
    if not rows:
        raise NotFoundError(_LOST)
    tx.execute(delete(tables.concurrency_slots).where(_slots.lease == lease))
    _tell_released(tx, dictionary, rows, now)


_TAKEN: Final = select(
    tables.concurrency_limits,
    _slots.lease,
    _slots.slots.label("held"),
    _slots.run,
    _slots.expires,
).join(tables.concurrency_slots, _slots.limit == _limits.id)


def _free(tx: Connection, dictionary: Dictionary, now: Now) -> None:
    """Take slots back that were not renewed, or whose process is known to have ended."""
    ended = select(_emitters.uuid).where(_emitters.closed)
    gone = or_(_slots.expires <= now.at, _slots.emitter.in_(ended))
    rows = tx.execute(_TAKEN.where(gone)).all()
    if rows:
        leases = {bytes(row.lease) for row in rows}
        tx.execute(delete(tables.concurrency_slots).where(_slots.lease.in_(leases)))
        _tell_released(tx, dictionary, rows, now, lost=True)


def _tell_released(
    tx: Connection,
    dictionary: Dictionary,
    rows: Sequence[Row[Any]],
    now: Now,
    *,
    lost: bool = False,
) -> None:
    told = [
        (
            _limit(row, {}, now.at),
            "released",
            {"slots": row.held, "lost": lost},
            None if row.run is None else Related(id=row.run, role="holder"),
        )
        for row in rows
    ]
    _tell(tx, dictionary, told, now)


def _tell(
    tx: Connection,
    dictionary: Dictionary,
    told: Sequence[tuple[ConcurrencyLimit, str, dict[str, Any], Related | None]],
    now: Now,
) -> None:
    entries = [
        entry(
            About("concurrency-limit", about.id, about.name),
            what,
            payload,
            now,
            () if who is None else (who,),
        )
        for about, what, payload, who in told
    ]
    log.append(tx, dictionary, log.take_head(tx), entries)
