"""Turn records and batches into bytes and back, refusing what is malformed one record at a time."""

from __future__ import annotations

import re
from itertools import accumulate
from typing import Any, Final, TypeVar, assert_never
from uuid import UUID

import msgspec
from msgspec import Raw, Struct

from peninsula.core import limits
from peninsula.core.errors import InvalidError, TooLargeError
from peninsula.core.events import Event, check_event, check_text
from peninsula.core.records import (
    Batch,
    BlobRecord,
    EventRecord,
    GapRecord,
    LogLine,
    LogRecord,
    Record,
    UnknownRecord,
)

__all__ = [
    "check_json",
    "check_value",
    "check_whole",
    "decode",
    "decode_record",
    "depth_of",
    "encode",
    "frame_batch",
    "id_of",
    "number_of",
]

T = TypeVar("T")

encode = msgspec.json.Encoder(enc_hook=str, decimal_format="string").encode
"""Encode any struct of `core` as JSON."""

_RECORD: Final[msgspec.json.Decoder[Record]] = msgspec.json.Decoder(Record)
_ANY: Final = msgspec.json.Decoder()
_KINDS: Final = frozenset({"event", "log", "blob", "gap"})


_MALFORMED: Final = (msgspec.MsgspecError, RecursionError, UnicodeError)
"""What msgspec raises for bytes that are not what was asked for."""


class _Head(Struct):
    kind: str
    number: int
    stamp: int


_HEAD: Final = msgspec.json.Decoder(_Head)
_DECODERS: dict[type, msgspec.json.Decoder[object]] = {}


def decode(type_: type[T], data: bytes | Raw) -> T:
    """Decode JSON as that type. Raises InvalidError saying where and why."""
    decoder = _DECODERS.get(type_)
    if decoder is None:
        decoder = _DECODERS[type_] = msgspec.json.Decoder(type_)
    try:
        return decoder.decode(data)  # type: ignore[return-value]
    except _MALFORMED as problem:
        raise InvalidError(_reason(problem, type_)) from None


def decode_record(raw: Raw | bytes) -> Record | UnknownRecord:
    """Decode and check one record. An unknown kind is kept as it came.

    Raises InvalidError or TooLargeError; the record's number is then `number_of(raw)`.
    """
    size = len(memoryview(raw))
    if size > limits.RECORD_BYTES:
        msg = f"The record has {size} bytes; the limit is {limits.RECORD_BYTES}."
        raise TooLargeError(msg)
    try:
        record = _RECORD.decode(raw)
    except _MALFORMED as problem:
        return _unknown(bytes(raw), problem)
    _check(record, size)
    return record


def _unknown(raw: bytes, problem: Exception) -> UnknownRecord:
    try:
        head = _HEAD.decode(raw)
    except _MALFORMED:
        raise InvalidError(_reason(problem, Record)) from None
    if head.kind in _KINDS:
        raise InvalidError(_reason(problem, Record)) from None
    check_text("kind of record", head.kind)
    check_json(raw, "record")
    return UnknownRecord(kind=head.kind, number=head.number, stamp=head.stamp, raw=raw)


def _check(record: Record, size: int) -> None:
    match record:
        case EventRecord():
            if size > limits.EVENT_BYTES:
                _check_size(record.event)
            check_event(record.event)
            check_json(bytes(record.event.payload))
        case LogRecord():
            for line in record.lines:
                _check_line(line)
        case BlobRecord():
            _check_chunk(record)
        case GapRecord():
            _check_gap(record)
        case _:
            assert_never(record)


def _check_line(line: LogLine) -> None:
    check_text("logger name", line.logger)
    # A character takes 4 bytes at most: only long messages are encoded to be measured.
    if len(line.message) * 4 > limits.LOG_LINE_BYTES:
        size = len(line.message.encode())
        if size > limits.LOG_LINE_BYTES:
            msg = f"The log message has {size} bytes; the limit is {limits.LOG_LINE_BYTES}."
            raise TooLargeError(msg)


def _check_chunk(record: BlobRecord) -> None:
    if record.size > limits.BLOB_BYTES:
        msg = f"The body has {record.size} bytes; the limit is {limits.BLOB_BYTES}."
        raise TooLargeError(msg)
    end = record.offset + len(record.data)
    if end > record.size:
        msg = f"The chunk ends at byte {end} of a body that has {record.size}."
        raise InvalidError(msg)


def _check_gap(record: GapRecord) -> None:
    check_text("reason", record.reason)
    if len(record.dropped) > limits.DROPPED:
        msg = (
            f"The gap counts {len(record.dropped)} kinds of what was dropped; the limit is"
            f" {limits.DROPPED}. Put the others together as one."
        )
        raise TooLargeError(msg)
    for dropped in record.dropped:
        check_text("kind of what was dropped", dropped)


def check_whole(event: Event) -> None:
    """Refuse an event that no server takes: by its texts, its payload or its size."""
    check_event(event)
    payload = bytes(event.payload)
    check_json(payload)
    labels = len(event.resource.labels) + sum(len(each.labels) for each in event.related)
    texts = 3 + 3 * len(event.related) + 2 * labels
    # Encoded only to be measured: most events cannot be too large.
    if len(payload) + texts * limits.NAME_BYTES > limits.EVENT_BYTES:
        _check_size(event)


def _check_size(event: Event) -> None:
    size = len(encode(event))
    if size > limits.EVENT_BYTES:
        msg = f"Event {event.id} has {size} bytes; the limit is {limits.EVENT_BYTES}."
        raise TooLargeError(msg)


def number_of(raw: Raw | bytes) -> int | None:
    """Return the number of a record that could not be decoded, None when it has none."""
    try:
        return _HEAD.decode(raw).number
    except _MALFORMED:
        return None


def check_json(data: bytes, what: str = "payload") -> None:
    """Refuse JSON that is not an object, and what `check_value` refuses."""
    if data[:1] != b"{":
        msg = f"The {what} is not a JSON object. Put what you send under a name."
        raise InvalidError(msg)
    check_value(data, what)


def check_value(data: bytes, what: str) -> None:
    """Refuse JSON of any shape that a reader could not decode, or is nested too deep."""
    try:
        # Half a character, a number without end: well formed, and yet nobody could read it.
        _ANY.decode(data)
    except _MALFORMED as problem:
        raise InvalidError(f"The {what} cannot be read: {_reason(problem)}") from None
    opened = data.count(b"{") + data.count(b"[")
    if opened > limits.DEPTH and depth_of(data) > limits.DEPTH:
        msg = f"The {what} is nested deeper than {limits.DEPTH}."
        raise InvalidError(msg)


_STRING: Final = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*"')
_STEPS: Final = {ord("{"): 1, ord("["): 1, ord("}"): -1, ord("]"): -1}
_NO_BRACKET: Final = bytes(set(range(256)) - set(_STEPS))


def depth_of(data: bytes) -> int:
    """Return how deep valid JSON is nested: 0 for a number, 1 for a flat object."""
    brackets = _STRING.sub(b"", data).translate(None, _NO_BRACKET)
    return max(accumulate(map(_STEPS.__getitem__, brackets)), default=0)


def frame_batch(batch: Batch, records: list[bytes]) -> bytes:
    """Return the encoded batch around records that are already encoded."""
    head = encode(batch)
    if batch.records:
        msg = "The batch already has records: pass them encoded, in `records`."
        raise InvalidError(msg)
    at = head.index(b'"records":[') + len(b'"records":[')
    return head[:at] + b",".join(records) + head[at:]


def _reason(problem: Exception, kind: Any = None) -> str:
    if isinstance(problem, RecursionError):
        return f"The JSON is nested deeper than {limits.DEPTH}."
    if isinstance(problem, msgspec.ValidationError) and kind is not None:
        from peninsula.core.shapes import unfit  # noqa: PLC0415  weight: for what does not fit

        return f"Not what was expected: {unfit(problem, kind)}."
    return f"Not what was expected: {problem}"


_UUID: Final = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)


def id_of(text: str, what: str = "id") -> UUID:
    """Return the UUID that a text writes. Raises InvalidError naming what it should have been."""
    if not _UUID.fullmatch(text):
        msg = (
            f"{text[:60]!r} is no {what}: it is written like 0192f3c4-7a1b-7c3d-9e8f-0123456789ab."
        )
        raise InvalidError(msg)
    return UUID(text)
