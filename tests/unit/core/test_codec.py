"""What is encoded is decoded again, and whatever bytes come, the answer is a record or an error."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from time import process_time
from uuid import UUID

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Raw, structs

from peninsula.core import codec, limits
from peninsula.core.errors import InvalidError, PeninsulaError, TooLargeError
from peninsula.core.events import Event, Related, Resource
from peninsula.core.records import (
    Batch,
    BlobRecord,
    EventRecord,
    GapRecord,
    LogLine,
    LogRecord,
    Process,
    Receipt,
    Refusal,
    UnknownRecord,
)
from peninsula.core.runs import Birth, StateChange, Upstream, check_change
from tests.support.make import batch, event

# --- what can be told ----------------------------------------------------------------------------

names = st.text(st.characters(codec="utf-8", exclude_categories=["Cc"]), min_size=1, max_size=9)
texts = st.text(st.characters(codec="utf-8"), max_size=20)
times = st.integers(limits.EARLIEST, limits.LATEST - 1)
numbers = st.integers(1, (1 << 62) - 1)
stamps = st.integers(0, limits.LATEST - 1)
moments = st.datetimes(datetime(1900, 1, 1), datetime(9998, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001  hypothesis adds the zone
values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=9,
)
payloads = st.dictionaries(texts, values, max_size=4).map(codec.encode).map(Raw)
labels = st.dictionaries(names, st.just("") | names, max_size=3)
events = st.builds(
    Event,
    id=st.uuids(),
    occurred=moments,
    event=names,
    resource=st.builds(Resource, id=names, name=st.none() | names, labels=labels),
    related=st.lists(st.builds(Related, id=names, role=names, labels=labels), max_size=3).map(
        tuple
    ),
    payload=payloads,
    follows=st.none() | st.uuids(),
)
heads = {"number": numbers, "stamp": stamps}
lines = st.builds(LogLine, time=times, level=st.integers(0, 1000), logger=names, message=texts)
records = st.one_of(
    st.builds(EventRecord, event=events, run=st.none() | st.uuids(), **heads),
    st.builds(LogRecord, lines=st.lists(lines, max_size=3).map(tuple), **heads),
    st.binary(max_size=99).flatmap(
        lambda data: st.builds(
            BlobRecord,
            sha256=st.just("0" * 64),
            size=st.integers(len(data) + 7, limits.BLOB_BYTES),
            offset=st.just(7),
            data=st.just(data),
            **heads,
        )
    ),
    st.builds(
        GapRecord,
        reason=names,
        dropped=st.dictionaries(names, st.integers(0, (1 << 62) - 1), max_size=3),
        since=times,
        **heads,
    ),
)  # fmt: skip
processes = st.builds(
    Process, pid=st.integers(0, 1 << 22), started=times, host=texts, user=texts, command=texts
)


# --- round trips ---------------------------------------------------------------------------------


@given(records)
def test_a_record_is_decoded_to_what_was_encoded(record):
    """Every kind of record, with any text, time and payload that may be told."""
    assert plain(codec.decode_record(codec.encode(record))) == plain(record)


def plain(record):
    """The record with its payload decoded: raw JSON is compared by what it says."""
    if isinstance(record, EventRecord):
        payload = Raw(codec.encode(msgspec.json.decode(record.event.payload)))
        event = structs.replace(record.event, payload=b"")
        return structs.replace(record, event=event), bytes(payload)
    return record


@given(
    st.builds(
        StateChange,
        born=st.none()
        | st.builds(
            Birth,
            tags=st.lists(names).map(tuple),
            expected=st.none() | moments,
            upstream=st.lists(st.builds(Upstream)).map(tuple),
            parameters=payloads.map(bytes).map(Raw),
            retries=st.integers(0, 9),
        ),
        details=st.dictionaries(texts, values, max_size=3),
        start=st.integers(0, 9),
        attempt=st.integers(0, 9),
        upon=st.none() | st.binary(min_size=41, max_size=41),
    )
)
def test_a_state_change_is_decoded_to_what_was_encoded(change: StateChange):
    """The payload of every state event."""
    assert codec.encode(codec.decode(StateChange, codec.encode(change))) == codec.encode(change)


@given(processes, st.lists(records, max_size=5), st.booleans())
def test_a_framed_batch_is_the_batch_encoded_whole(process: Process, told: list, closing: bool):
    """Records that are encoded already are not encoded twice, and nothing else differs."""
    encoded = [codec.encode(record) for record in told]
    whole = Batch(
        protocol=1,
        process=process,
        first=1,
        records=[Raw(record) for record in encoded],
        closing=closing,
    )
    framed = codec.frame_batch(structs.replace(whole, records=[]), encoded)
    assert framed == codec.encode(whole)
    decoded = codec.decode(Batch, framed)
    assert [bytes(record) for record in decoded.records] == encoded
    assert structs.replace(decoded, records=whole.records) == whole


def test_a_batch_that_has_records_is_not_framed():
    """They would be sent twice."""
    with pytest.raises(InvalidError, match="already has records"):
        codec.frame_batch(batch([EventRecord(number=1, stamp=1, event=event())]), [b"{}"])


@given(st.uuids(), st.integers(0, 9), st.lists(st.builds(Refusal, number=numbers)))
def test_a_receipt_is_decoded_to_what_was_encoded(log_id: UUID, committed: int, refused: list):
    """The server's answer."""
    receipt = Receipt(log_id=log_id, committed=committed, stamp=1, refused=tuple(refused))
    assert codec.decode(Receipt, codec.encode(receipt)) == receipt


def test_a_record_of_an_unknown_kind_is_kept_as_it_came():
    """Byte by byte, for a server that knows it."""
    raw = b'{"kind":"metric", "number":7,"stamp":5,"value":[1.50]}'
    assert codec.decode_record(raw) == UnknownRecord(kind="metric", number=7, stamp=5, raw=raw)


# --- whatever comes ------------------------------------------------------------------------------

NASTY = [
    b'"\\ud800"', b'"\\u0000"', b"\xff", b"\xed\xa0\x80", b"\x00", b"NaN", b"Infinity", b"-",
    b"1e999", b"9" * 5_000, b"9" * 300, b"[" * 300, b"{" * 300, b'{"a":' * 300, b"]", b"}", b'"',
    b"\\", b'"kind":"event",', b'"kind":"zz",', b'"number":1,', b"null", b"-0", b"\xef\xbb\xbf",
    b'"0001-01-01T00:00:00+01:00"', b'"9999-12-31T23:59:59-01:00"', b'"2026-01-31T02:13:00"',
]  # fmt: skip
EVENT = event(payload={"a": ["b", {"c": 1}]}, id=UUID(int=2))
EXAMPLE = codec.encode(EventRecord(number=1, stamp=1, run=UUID(int=1), event=EVENT))

soup = st.lists(st.sampled_from([*NASTY, b"{", b"[", b":", b",", b'"a"', b"1"])).map(b"".join)
mutated = st.lists(
    st.tuples(
        st.integers(0, len(EXAMPLE)),
        st.integers(0, 40),
        st.sampled_from(NASTY) | st.binary(max_size=4),
    ),
    min_size=1,
    max_size=4,
)
truncated = st.tuples(records, st.floats(0, 1)).map(
    lambda pair: (data := codec.encode(pair[0]))[: int(len(data) * pair[1])]
)


def answers(data: bytes) -> None:
    """Decode bytes as all that comes from outside: what is wrong is a PeninsulaError."""
    with suppress(PeninsulaError):
        record = codec.decode_record(data)
        if not isinstance(record, UnknownRecord):
            assert plain(codec.decode_record(codec.encode(record))) == plain(record)
    for type_ in (Batch, StateChange, dict):
        with suppress(PeninsulaError):
            codec.decode(type_, data)
    assert codec.number_of(data) is None or data
    with suppress(PeninsulaError):
        codec.check_json(data)
        codec.encode(msgspec.json.decode(data))


@given(st.binary() | soup | truncated)
def test_any_bytes_are_a_record_or_an_error(data: bytes):
    """Never another exception, and what is taken can be told again."""
    answers(data)


@given(mutated)
def test_a_record_that_was_tampered_with_is_a_record_or_an_error(edits: list):
    """Bytes overwritten, cut out and put in."""
    data = EXAMPLE
    for at, length, put in edits:
        data = data[:at] + put + data[at + length :]
    answers(data)


@pytest.mark.parametrize("nasty", NASTY, ids=lambda nasty: repr(nasty[:12]))
def test_nasty_values_in_every_place_are_a_record_or_an_error(nasty: bytes):
    """Each value of a record in turn is something that JSON has, or has not."""
    at = -1
    while (at := EXAMPLE.find(b":", at + 1)) > 0:
        rest = EXAMPLE[at + 1 :]
        with suppress(ValueError):
            end = rest.index(b'"', 1) + 1
            answers(EXAMPLE[: at + 1] + nasty + rest[end:])
        answers(EXAMPLE[: at + 1] + nasty + b"," + rest)


@pytest.mark.parametrize(
    ("payload", "says"),
    [
        (b"[1]", "not a JSON object"),
        (b'{"a":"\xff"}', "cannot be read"),
        (b'{"a":1e999}', "out of range"),
        (b'{"a":' + b"9" * 5_000 + b"}", "out of range"),
        (b'{"a":' + b"[" * 200 + b"]" * 200 + b"}", "nested deeper than 200"),
        (b'{"a":' + b"[" * 10_000 + b"]" * 10_000 + b"}", "nested deeper than 200"),
    ],
)
def test_a_payload_that_no_reader_could_use_is_refused(payload: bytes, says: str):
    """Well formed is not enough."""
    with pytest.raises(InvalidError, match=says):
        codec.decode_record(EXAMPLE.replace(b'{"a":["b",{"c":1}]}', payload))


# --- depth ---------------------------------------------------------------------------------------


@given(values)
def test_depth_is_what_a_walk_over_the_value_finds(value):
    """Brackets in strings are no nesting."""
    assert codec.depth_of(codec.encode(value)) == depth(value)


def depth(value) -> int:
    """How deep lists and dicts are nested."""
    if isinstance(value, dict):
        return 1 + max(map(depth, value.values()), default=0)
    return 1 + max(map(depth, value), default=0) if isinstance(value, list) else 0


def test_a_text_full_of_brackets_is_a_payload():
    """A log of a parser, a progress bar, a piece of JSON in a string."""
    codec.check_json(codec.encode({"text": '[{"' * 10_000}))
    codec.check_json(codec.encode({"flat": [{}] * 10_000}))


MIB = 1024 * 1024
LARGE: dict[str, Callable[[], bytes]] = {
    "brackets in a string": lambda: b'{"kind":"zz","number":1,"stamp":1,"a":"' + b"[" * MIB,
    "closed brackets in a string": lambda: b'{"a":"' + b"[" * (MIB - 99) + b'"}',
    "open brackets": lambda: b"[" * MIB,
    "objects": lambda: b'{"a":' * (MIB // 5),
    "escapes": lambda: b'{"a":"' + b'\\"[' * (MIB // 3),
    "closed escapes": lambda: b'{"a":"' + b'\\"[' * (MIB // 3 - 9) + b'"}',
    "quotes": lambda: b'"' * MIB,
    "empty keys": lambda: b"{" + b",".join([b'"":[]'] * (MIB // 6 - 9)) + b"}",
    "digits": lambda: b'{"a":' + b"9" * (MIB - 9) + b"}",
    "long numbers": lambda: b'{"a":[' + b",".join([b"9" * 300] * 3_000) + b"]}",
    "flat lists": lambda: b'{"a":[' + b",".join([b"[]"] * (MIB // 3 - 9)) + b"]}",
}


@pytest.mark.parametrize("what", LARGE)
def test_a_large_hostile_record_is_judged_in_linear_time(what: str):
    """Two seconds of CPU are ten times what it takes; what grows with the square takes minutes."""
    data = LARGE[what]()
    for judge in (codec.decode_record, codec.check_json, codec.number_of):
        began = process_time()
        with suppress(PeninsulaError):
            judge(data)
        assert process_time() - began < 2


# --- limits --------------------------------------------------------------------------------------


def sized(size: int) -> Event:
    """An event that takes so many bytes."""
    bare = len(codec.encode(event(payload={"a": ""})))
    return event(payload={"a": "x" * (size - bare)})


def test_an_event_may_be_as_large_as_the_limit_and_no_larger():
    """Measured encoded, whole: also what its related resources take."""
    for fits in (sized(limits.EVENT_BYTES), sized(300)):
        codec.check_whole(fits)
        codec.decode_record(codec.encode(EventRecord(number=1, stamp=1, event=fits)))
    related = [(f"s3://lake/{place}/" + "x" * 990, "uses") for place in range(70)]
    for over in (sized(limits.EVENT_BYTES + 1), event(related=related)):
        with pytest.raises(TooLargeError, match="bytes; the limit is 65536"):
            codec.check_whole(over)
        with pytest.raises(TooLargeError, match="bytes; the limit is 65536"):
            codec.decode_record(codec.encode(EventRecord(number=1, stamp=1, event=over)))


def test_a_record_may_be_as_large_as_the_limit_and_no_larger():
    """Whatever its kind."""
    head = b'{"kind":"zz","number":1,"stamp":1,"a":"'
    fits = head + b"x" * (limits.RECORD_BYTES - len(head) - 2) + b'"}'
    codec.decode_record(fits)
    with pytest.raises(TooLargeError, match="limit is 1048576"):
        codec.decode_record(fits[:-2] + b'x"}')


def log_record(message: str) -> bytes:
    """A record of one line."""
    line = LogLine(time=1, level=20, logger="flow", message=message)
    return codec.encode(
        LogRecord(number=1, stamp=1, run=UUID(int=1), root=UUID(int=1), lines=(line,))
    )


def test_a_log_line_may_be_as_long_as_the_limit_and_no_longer():
    """In bytes, as UTF-8."""
    codec.decode_record(log_record("ü" * (limits.LOG_LINE_BYTES // 2)))
    with pytest.raises(TooLargeError, match="limit is 65536"):
        codec.decode_record(log_record("ü" * (limits.LOG_LINE_BYTES // 2) + "u"))


def chunk(**parts) -> bytes:
    """A chunk of a body."""
    given = {"number": 1, "stamp": 1, "sha256": "0" * 64, "size": 4, "offset": 0, "data": b"1234"}
    return codec.encode(BlobRecord(**(given | parts)))


@pytest.mark.parametrize("parts", [{"offset": 1}, {"size": 3}, {"data": b"12345"}])
def test_a_chunk_beyond_the_end_of_its_body_is_refused(parts: dict):
    """It would be kept and never read."""
    codec.decode_record(chunk())
    with pytest.raises(InvalidError, match="The chunk ends at byte"):
        codec.decode_record(chunk(**parts))


def test_a_body_may_be_as_large_as_the_limit_and_no_larger():
    """16 MiB."""
    codec.decode_record(chunk(size=limits.BLOB_BYTES))
    with pytest.raises(TooLargeError, match="limit is 16777216"):
        codec.decode_record(chunk(size=limits.BLOB_BYTES + 1))


@pytest.mark.parametrize("stamp", [-1, limits.LATEST])
def test_a_stamp_that_is_no_moment_is_refused(stamp: int):
    """The server makes times of stamps."""
    good = EventRecord(number=1, stamp=limits.LATEST - 1, event=event())
    codec.decode_record(codec.encode(good))
    with pytest.raises(InvalidError, match="stamp"):
        codec.decode_record(codec.encode(structs.replace(good, stamp=stamp)))


@pytest.mark.parametrize("since", [limits.EARLIEST - 1, limits.LATEST])
def test_a_gap_since_no_moment_is_refused(since: int):
    """The server says it as a time."""
    gap = GapRecord(number=1, stamp=1, reason="disk-full", dropped={"log": 1}, since=since)
    with pytest.raises(InvalidError, match="since"):
        codec.decode_record(codec.encode(gap))


def test_the_kinds_of_what_was_dropped_are_checked():
    """They stand in an event that the server makes."""
    gap = GapRecord(number=1, stamp=1, reason="disk-full", dropped={"a\x00": 1}, since=1)
    with pytest.raises(InvalidError, match="control character"):
        codec.decode_record(codec.encode(gap))


@pytest.mark.parametrize(
    "born",
    [
        {"name": ""},
        {"name": "a\x00b"},
        {"name": "a", "flow": "x" * 1025},
        {"name": "a", "tags": ("",)},
        {"name": "a", "tags": ("語" * 1000,)},
        {"name": "a", "expected": datetime(2026, 1, 31)},  # noqa: DTZ001  that is the point
        {"name": "a", "expected": datetime(9999, 6, 1, tzinfo=UTC)},
        {"name": "a", "upstream": (Upstream(run=UUID(int=1), parameter="\n"),)},
    ],
    ids=" ".join,
)
def test_a_birth_that_cannot_be_stored_is_refused(born: dict):
    """Names are indexed, and times are read again."""
    running = StateChange(type="RUNNING", name="Running", message="any \x00 thing")
    check_change(running)
    check_change(structs.replace(running, born=Birth(name="a", flow="語" * 800, tags=("eu",))))
    with pytest.raises(PeninsulaError):
        check_change(structs.replace(running, born=Birth(**born)))


# --- ids -----------------------------------------------------------------------------------------


@given(st.uuids())
def test_an_id_is_read_as_it_is_written(id_: UUID):
    """In either case."""
    assert codec.id_of(str(id_)) == id_ == codec.id_of(str(id_).upper())


@pytest.mark.parametrize(
    "text",
    ["", "1", "{0192f3c4-7a1b-7c3d-9e8f-0123456789ab}", "0192f3c47a1b7c3d9e8f0123456789ab",
     "urn:uuid:0192f3c4-7a1b-7c3d-9e8f-0123456789ab", "0192f3c4-7a1b-7c3d-9e8f-0123456789ab\n",
     "0192f3c4-7a1b-7c3d-9e8f-0123456789a_", "\u0660192f3c4-7a1b-7c3d-9e8f-0123456789ab"],
)  # fmt: skip
def test_an_id_in_another_form_is_refused(text: str):
    """One thing has one address."""
    with pytest.raises(InvalidError, match="is no flow run id: it is written like"):
        codec.id_of(text, "flow run id")
