"""Turn records and batches into bytes and back, refusing what is malformed one record at a time."""

from __future__ import annotations

from typing import Final, TypeVar
from uuid import UUID

import msgspec
from msgspec import Raw, Struct

from peninsula.core import limits
from peninsula.core.errors import InvalidError, TooLargeError
from peninsula.core.events import check_event, check_text
from peninsula.core.records import (
    Batch,
    BlobRecord,
    EventRecord,
    GapRecord,
    LogRecord,
    Record,
    UnknownRecord,
)

__all__ = [
    "check_json",
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

_RECORD: Final = msgspec.json.Decoder(Record)
_ANY: Final = msgspec.json.Decoder()
_KINDS: Final = frozenset({"event", "log", "blob", "gap"})


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
    except (msgspec.MsgspecError, RecursionError, UnicodeError) as problem:
        raise InvalidError(_reason(problem)) from None


def decode_record(raw: Raw | bytes) -> Record | UnknownRecord:
    """Decode and check one record. An unknown kind is kept as it came.

    Raises InvalidError or TooLargeError; the record's number is then `number_of(raw)`.
    """
    if len(memoryview(raw)) > limits.RECORD_BYTES:
        msg = f"The record has {len(memoryview(raw))} bytes; the limit is {limits.RECORD_BYTES}."
        raise TooLargeError(msg)
    try:
        record = _RECORD.decode(raw)
    except (msgspec.MsgspecError, RecursionError, UnicodeError) as problem:
        return _unknown(raw, problem)
    _check(record)
    return record


def _unknown(raw: Raw | bytes, problem: Exception) -> UnknownRecord:
    try:
        head = _HEAD.decode(raw)
    except (msgspec.MsgspecError, RecursionError, UnicodeError):
        raise InvalidError(_reason(problem)) from None
    if head.kind in _KINDS:
        raise InvalidError(_reason(problem)) from None
    check_json(bytes(raw))
    return UnknownRecord(kind=head.kind, number=head.number, stamp=head.stamp, raw=bytes(raw))


def _check(record: Record) -> None:
    match record:
        case EventRecord():
            check_event(record.event)
            payload = bytes(record.event.payload)
            if len(payload) > limits.EVENT_BYTES:
                msg = f"Event {record.event.id} has {len(payload)} bytes; the limit is {limits.EVENT_BYTES}."
                raise TooLargeError(msg)
            check_json(payload)
        case LogRecord():
            for line in record.lines:
                check_text("logger name", line.logger)
        case BlobRecord():
            if record.size > limits.BLOB_BYTES:
                msg = f"The body has {record.size} bytes; the limit is {limits.BLOB_BYTES}."
                raise TooLargeError(msg)
        case GapRecord():
            check_text("reason", record.reason)


def number_of(raw: Raw | bytes) -> int | None:
    """Return the number of a record that could not be decoded, None when it has none."""
    try:
        return _HEAD.decode(raw).number
    except (msgspec.MsgspecError, RecursionError, UnicodeError):
        return None


def check_json(data: bytes) -> None:
    """Refuse JSON that is not an object, is not UTF-8, or is nested too deep."""
    if data[:1] != b"{":
        msg = "The payload is not a JSON object. Put what you send under a name."
        raise InvalidError(msg)
    if not data.isascii():
        try:
            data.decode()
        except UnicodeDecodeError as problem:
            msg = f"The payload is not UTF-8 at byte {problem.start}."
            raise InvalidError(msg) from None
    if b"\\u" in data:
        # An escape can write half a character, which no reader could decode again.
        try:
            _ANY.decode(data)
        except (msgspec.MsgspecError, RecursionError) as problem:
            raise InvalidError(_reason(problem)) from None
    if depth_of(data) > limits.DEPTH:
        msg = f"The payload is nested deeper than {limits.DEPTH}."
        raise InvalidError(msg)


def depth_of(data: bytes) -> int:
    """Return how deep valid JSON is nested, at most; brackets inside strings are counted too."""
    if data.count(b"{") + data.count(b"[") <= limits.DEPTH:
        return 1
    deepest = depth = 0
    for byte in data:
        if byte in b"{[":
            depth += 1
            deepest = max(deepest, depth)
        elif byte in b"}]":
            depth -= 1
    return deepest


def frame_batch(batch: Batch, records: list[bytes]) -> bytes:
    """Return the encoded batch around records that are already encoded."""
    head = encode(batch)
    if batch.records:
        msg = "The batch already has records: pass them encoded, in `records`."
        raise InvalidError(msg)
    at = head.index(b'"records":[') + len(b'"records":[')
    return head[:at] + b",".join(records) + head[at:]


def _reason(problem: Exception) -> str:
    if isinstance(problem, RecursionError):
        return f"The JSON is nested deeper than {limits.DEPTH}."
    return f"Not what was expected: {problem}"


def id_of(text: str, what: str = "id") -> UUID:
    """Return the UUID that a text writes. Raises InvalidError naming what it should have been."""
    try:
        return UUID(text)
    except ValueError:
        msg = f"{text[:60]!r} is not a {what}: it is written like 0192f3c4-7a1b-7c3d-9e8f-0123456789ab."
        raise InvalidError(msg) from None
