"""Take batches in: what is new goes to the log once, what is wrong is refused by itself."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple
from uuid import UUID, uuid5

import msgspec
from sqlalchemy import Connection

from peninsula.core import codec
from peninsula.core.artifacts import change_of, is_artifact_event
from peninsula.core.errors import ConflictError, ForbiddenError, InvalidError, PeninsulaError
from peninsula.core.events import Event, Resource
from peninsula.core.ids import NAMESPACE
from peninsula.core.records import (
    PROTOCOL,
    Batch,
    BlobRecord,
    EventRecord,
    GapRecord,
    LogRecord,
    Record,
    Refusal,
    UnknownRecord,
)
from peninsula.core.resources import own, run_uuid
from peninsula.core.runs import (
    REAPPEARED,
    RunKind,
    StateChange,
    check_change,
    is_state_event,
    state_event,
)
from peninsula.server.storage import bulk, log, replay, tables
from peninsula.server.storage.dictionary import Dictionary, RunKey
from peninsula.server.storage.moments import moment
from peninsula.server.storage.rows import EventRow

__all__ = [
    "Checked",
    "Taken",
    "check",
    "check_teller",
    "committed",
    "post",
    "store_events",
    "take",
]


class Checked(NamedTuple):
    """A batch whose records were decoded and checked, outside of any transaction."""

    batch: Batch
    records: tuple[Record | UnknownRecord, ...]
    changes: dict[int, StateChange]
    """What state events say of their runs, by number."""
    refused: tuple[Refusal, ...]
    last: int


class Taken(NamedTuple):
    """What became of a batch."""

    committed: int
    refused: tuple[Refusal, ...]
    position: int
    """Of the last event in the log."""
    appended: int


# --- before the transaction ----------------------------------------------------------------------


def check(batch: Batch) -> Checked:
    """Decode and check the records one by one. Raises InvalidError when the batch is wrong."""
    _check_protocol(batch.protocol)
    records: list[Record | UnknownRecord] = []
    changes: dict[int, StateChange] = {}
    refused: list[Refusal] = []
    for number, raw in enumerate(batch.records, batch.first):
        try:
            record = _checked(raw, number)
            if isinstance(record, EventRecord) and is_state_event(record.event.event):
                changes[number] = _checked_change(record.event)
            elif isinstance(record, EventRecord) and is_artifact_event(record.event.event):
                change_of(record.event)
            elif isinstance(record, GapRecord):
                codec.check_whole(_gap_event(batch, record))
            records.append(record)
        except PeninsulaError as problem:
            refused.append(Refusal(number=number, code=problem.code, message=problem.message))
    last = batch.first + len(batch.records) - 1
    return Checked(batch, tuple(records), changes, tuple(refused), last)


def _check_protocol(told: int) -> None:
    if told < 1:
        msg = f"There is no protocol {told}: they are numbered from 1. Send `protocol`: {PROTOCOL}."
        raise InvalidError(msg)
    if told > PROTOCOL:
        msg = (
            f"The batch speaks protocol {told}; this server takes up to {PROTOCOL}."
            " Upgrade the server."
        )
        raise InvalidError(msg)


def _checked(raw: msgspec.Raw, number: int) -> Record | UnknownRecord:
    record = codec.decode_record(raw)
    if record.number != number:
        msg = f"The record says number {record.number} at the place of number {number}."
        raise InvalidError(msg)
    return record


def _checked_change(event: Event) -> StateChange:
    """Return what a state event says of its run. Raises InvalidError where it says nothing."""
    found = run_uuid(event.resource.id)
    if found is None or not event.event.startswith(f"{own(found[0], '')}"):
        msg = f"{event.event} is about a run of its kind; {event.resource.id!r} is none."
        raise InvalidError(msg)
    change = codec.decode(StateChange, event.payload)
    check_change(change)
    _check_agreement(event.event, RunKind(found[0]), change)
    if change.born is not None:
        codec.check_json(bytes(change.born.parameters))
    return change


def _check_agreement(name: str, kind: RunKind, change: StateChange) -> None:
    # What takes a presumption back says again whichever state it was about.
    told = state_event(kind, change)
    if name not in {told, own(kind, REAPPEARED)}:
        msg = (
            f"The event is called {name}, but its payload says {change.type.value}"
            f" ({change.name!r}), which is {told}. Give it that name, or that name's state."
        )
        raise InvalidError(msg)


# --- in the transaction --------------------------------------------------------------------------


def take(
    tx: Connection, dictionary: Dictionary, checked: Checked, now: int, run: UUID | None = None
) -> Taken:
    """Store what of a batch is new, and move its emitter's number. `now` is µs since 1970.

    `run`: it came with a key for that run. Raises ConflictError with `committed` when records
    before the first are missing, ForbiddenError when the emitter is not the run's.
    """
    head = log.take_head(tx)
    batch = checked.batch
    emitter, known = _emitter(tx, batch, now, run)
    if batch.first > known + 1 and batch.lost_before < batch.first - 1:
        msg = (
            f"The log has this emitter's records up to {known}; the batch begins with"
            f" {batch.first}. Send from {known + 1}."
        )
        raise ConflictError(msg, reason="gap", committed=known)
    fresh = [record for record in checked.records if record.number > known]
    uuid = batch.process.emitter.bytes
    entries = [
        log.Entry(
            record.event,
            record.stamp,
            _run_of(record),
            record.root,
            emitter,
            uuid,
            record.number,
            checked.changes.get(record.number),
        )
        for record in fresh
        if isinstance(record, EventRecord)
    ] + [
        log.Entry(_gap_event(batch, record), record.stamp, None, None, emitter, uuid, record.number)
        for record in fresh
        if isinstance(record, GapRecord)
    ]
    entries.sort(key=lambda entry: entry.number)
    rows, refused = store_events(tx, dictionary, head, entries)
    _store_logs(tx, dictionary, emitter, [r for r in fresh if isinstance(r, LogRecord)])
    _store_blobs(tx, [r for r in fresh if isinstance(r, BlobRecord)])
    _store_unknown(tx, emitter, [r for r in fresh if isinstance(r, UnknownRecord)])
    last = max(known, checked.last)
    _move(tx, emitter, last, batch, now)
    late = tuple(refusal for refusal in checked.refused if refusal.number > known)
    return Taken(last, late + refused, rows[-1].position if rows else head.position, len(rows))


def _run_of(record: EventRecord) -> UUID | None:
    # A state is of the run that it is about, whoever tells it.
    if is_state_event(record.event.event):
        found = run_uuid(record.event.resource.id)
        return UUID(found[1]) if found else None
    return record.run


def _gap_event(batch: Batch, gap: GapRecord) -> Event:
    process = batch.process
    payload = {"reason": gap.reason, "dropped": gap.dropped, "since": moment(gap.since)}
    return Event(
        id=_derived(process.emitter, gap.number),
        occurred=moment(gap.stamp),
        event="peninsula.process.records-dropped",
        resource=Resource(id=own("process", process.emitter), name=f"{process.host}:{process.pid}"),
        payload=msgspec.Raw(codec.encode(payload)),
    )


def _derived(emitter: UUID, number: int) -> UUID:
    # The server makes this event out of a record; taken in twice, it has the same id.
    return uuid5(NAMESPACE, f"{emitter}:{number}")


def post(
    tx: Connection, dictionary: Dictionary, entries: Sequence[log.Entry]
) -> tuple[int, tuple[Refusal, ...]]:
    """Store events that came without an emitter; a refusal's number is the event's place, from 1.

    Return the position of the last event in the log, and the refusals.
    """
    head = log.take_head(tx)
    rows, refused = store_events(tx, dictionary, head, entries)
    return (rows[-1].position if rows else head.position), refused


def store_events(
    tx: Connection, dictionary: Dictionary, head: log.Head, entries: Sequence[log.Entry]
) -> tuple[list[EventRow], tuple[Refusal, ...]]:
    """Append events whose ids are new. The same event again is passed over, another is refused."""
    appended = log.append(tx, dictionary, head, entries)
    if not appended.known:
        return appended.rows, ()
    stored = _stored(tx, [row.id for _, row in appended.known])
    refused = [
        Refusal(
            number=entry.number or entries.index(entry) + 1,
            code=ConflictError.code,
            message=f"Event {entry.event.id} is in the log with other content."
            " Give each event an id of its own.",
        )
        for entry, row in appended.known
        if _content(row) != _content(stored[row.id])
    ]
    return appended.rows, tuple(refused)


def _content(row: EventRow) -> tuple[object, ...]:
    # Not when it occurred: who tells a thing again under its own id tells it later.
    about = row.resource if row.resource is not None else -(row.run or 0)
    payload = codec.decode(object, row.payload.encode())
    extra = row.extra and codec.decode(object, row.extra.encode())
    return (row.name, about, row.follows, row.related, extra, payload)


def _stored(tx: Connection, ids: Sequence[bytes]) -> dict[bytes, EventRow]:
    statement = f"SELECT {replay.COLUMNS} FROM events e WHERE e.id IN {{}}"
    rows = replay.rows_of(list(bulk.select_in(tx, statement, ids)))
    return {row.id: row for row in rows}


def _store_logs(
    tx: Connection, dictionary: Dictionary, emitter: int, records: Iterable[LogRecord]
) -> None:
    records = list(records)
    if not records:
        return
    keys = {record.run.bytes: record.run != record.root for record in records}
    keys |= {record.root.bytes: False for record in records}
    runs = dictionary.runs(tx, {RunKey(uuid, task) for uuid, task in keys.items()})
    rows = [
        (
            runs[record.root.bytes],
            line.time,
            emitter,
            record.number,
            place,
            runs[record.run.bytes],
            line.level,
            _printable(line.logger),
            _printable(line.message),
        )
        for record in records
        for place, line in enumerate(record.lines)
    ]
    bulk.insert(tx, tables.logs, _LOG_COLUMNS, rows)


_LOG_COLUMNS = ("root", "time", "emitter", "number", "line", "run", "level", "logger", "message")


def _printable(text: str) -> str:
    # PostgreSQL's text cannot hold NUL.
    return text.replace("\x00", "␀")


def _store_blobs(tx: Connection, records: Iterable[BlobRecord]) -> None:
    rows = [(r.sha256, r.offset, r.size, r.data) for r in records]
    bulk.insert(tx, tables.blobs, ("sha256", "start", "size", "data"), rows, bulk.NOTHING)


def _store_unknown(tx: Connection, emitter: int, records: Iterable[UnknownRecord]) -> None:
    rows = [(emitter, r.number, _printable(r.kind), r.raw) for r in records]
    bulk.insert(tx, tables.unknown_records, ("emitter", "number", "kind", "raw"), rows)


# --- emitters ------------------------------------------------------------------------------------


def _emitter(tx: Connection, batch: Batch, now: int, run: UUID | None) -> tuple[int, int]:
    """Return the number of the emitter's row and its highest committed record."""
    uuid = batch.process.emitter.bytes
    if run is not None:
        check_teller(tx, batch.process.emitter, run)
    found = _find(tx, uuid)
    if found is None:
        process = codec.encode(batch.process).decode()
        columns = ("uuid", "committed", "process", "first_seen", "last_seen", "closed", "run")
        of = run.bytes if run is not None else None
        bulk.insert(tx, tables.emitters, columns, [(uuid, 0, process, now, now, False, of)])
        found = _find(tx, uuid)
        assert found is not None  # noqa: S101  it was inserted one line above
    return found


def _find(tx: Connection, uuid: bytes) -> tuple[int, int] | None:
    for row in bulk.select_in(tx, "SELECT id, committed FROM emitters WHERE uuid IN {}", [uuid]):
        return row[0], row[1]
    return None


def check_teller(tx: Connection, emitter: UUID, run: UUID) -> None:
    """Raise ForbiddenError unless a key for the run began the emitter, or nobody did yet.

    What a process has told is found by no index; who began to tell is one row.
    """
    statement = "SELECT run FROM emitters WHERE uuid IN {}"
    for (of,) in bulk.select_in(tx, statement, [emitter.bytes]):
        if of is None or bytes(of) != run.bytes:
            msg = f"This key is for flow run {run} alone, and emitter {emitter} is another's."
            raise ForbiddenError(msg, run=str(run))


def _move(tx: Connection, emitter: int, committed: int, batch: Batch, now: int) -> None:
    bulk.run(
        tx,
        "UPDATE emitters SET committed = ?, last_seen = ?, closed = (closed OR ?) WHERE id = ?",
        committed,
        now,
        batch.closing,
        emitter,
    )


def committed(tx: Connection, emitters: Sequence[UUID]) -> dict[UUID, int]:
    """Return the highest number in the log of each emitter that is known."""
    statement = "SELECT uuid, committed FROM emitters WHERE uuid IN {}"
    found = bulk.select_in(tx, statement, [uuid.bytes for uuid in emitters])
    return {UUID(bytes=bytes(uuid)): number for uuid, number in found}
