"""What is emitted is at the server once, whatever the server does."""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import pytest

from peninsula.core import codec, limits
from peninsula.core.errors import InvalidError, TooLargeError, UnavailableError
from peninsula.core.records import EventRecord, LogLine
from peninsula.journal import store as stores
from peninsula.journal.lock import Lock
from tests.support.intake import Fault, Intake
from tests.support.make import event
from tests.support.processes import wait_until


def names(intake: Intake) -> list[str]:
    """Return the names of the events in the log."""
    return [each.event for each in intake.events()]


def test_events_arrive_in_order(emitter, intake):
    """Events are in the log in the order they were emitted, once the emitter is flushed."""
    told = emitter(api_url=intake.url)
    expected = [f"orders.loaded-{n}" for n in range(5_000)]
    for name in expected:
        told.emit(event(name))
    assert told.flush(60)
    assert names(intake) == expected


def test_events_arrive_without_being_asked(emitter, intake):
    """What is emitted arrives by itself, and soon."""
    told = emitter(api_url=intake.url)
    told.emit(event("first.one"))
    intake.wait_for(lambda i: names(i) == ["first.one"])
    told.emit(event("second.one"))
    intake.wait_for(lambda i: names(i) == ["first.one", "second.one"])


def test_logs_and_blobs_arrive_whole(emitter, intake):
    """Log lines and bodies of any size come out of the log as they went in."""
    told = emitter(api_url=intake.url)
    run = uuid4()
    lines = [f"line {n} " + "x" * 200 for n in range(10_000)]
    told.log(run, run, [LogLine(time=1, level=20, logger="flow", message=m) for m in lines])
    long = codec.encode("".join(map(chr, range(256))) * 4096)
    bodies = [b"", b'"short"', long, b"1" * limits.BLOB_BYTES]
    hashes = [told.blob(body) for body in bodies]
    assert told.flush(60)
    assert intake.lines() == lines
    assert [intake.blob(name) for name in hashes] == bodies


def test_what_no_server_takes_is_refused_at_once(emitter):
    """An event or a body over a limit, or one that is malformed, is an error where it was told."""
    told = emitter()
    with pytest.raises(TooLargeError):
        told.emit(event(payload={"text": "x" * limits.EVENT_BYTES}))
    with pytest.raises(TooLargeError):
        told.blob(b"x" * (limits.BLOB_BYTES + 1))
    with pytest.raises(InvalidError):
        told.emit(event(""))
    with pytest.raises(InvalidError):
        told.emit(event(about={"name": "half a pair: \ud800"}))
    assert told._tape.last == 0


@pytest.mark.parametrize("fault", [f for f in Fault if f is not Fault.HANG])
def test_a_fault_costs_nothing(emitter, intake, fault):
    """After some requests that failed, everything is in the log once."""
    told = emitter(api_url=intake.url)
    intake.fail(fault, times=3)
    told.emit(event("first.one"))
    intake.wait_for(lambda i: len(i.requests) > 3)
    told.emit(event("second.one"))
    assert told.flush(60)
    assert names(intake) == ["first.one", "second.one"]


def test_a_server_that_hangs(emitter, intake):
    """A batch that is not answered in time is sent again; its records are not doubled."""
    told = emitter(api_url=intake.url, ship_timeout=0.2)
    intake.fail(Fault.HANG, times=2)
    told.emit(event("first.one"))
    assert told.flush(60)
    assert names(intake) == ["first.one"]
    assert len(intake.batches) > 1


def test_a_slow_server(emitter):
    """A server that takes its time gets more in each batch, and everything."""
    with Intake(delay=0.2) as slow:
        told = emitter(api_url=slow.url)
        for n in range(3_000):
            told.emit(event(f"orders.n{n}"))
        assert told.flush(60)
        assert names(slow) == [f"orders.n{n}" for n in range(3_000)]
        assert len(slow.batches) < 20


def test_a_server_that_is_not_there_yet(emitter, intake):
    """What was emitted while nothing listened is there when a server does."""
    port = intake.port
    intake.close()
    told = emitter(api_url=f"http://127.0.0.1:{port}")
    told.emit(event("first.one"))
    assert not told.flush(0.3)
    with Intake(port=port) as late:
        assert told.flush(60)
        assert names(late) == ["first.one"]


def test_emit_does_not_wait_for_a_server(emitter, intake):
    """While the server hangs, emitting goes on and nothing is lost."""
    told = emitter(api_url=intake.url)
    intake.fail(Fault.HANG)
    told.emit(event("first.one"))
    intake.wait_for(lambda i: i.requests)
    for _ in range(10_000):
        told.emit(event())
    assert told._tape.last == 10_001
    intake.recover()
    assert told.flush(60)
    assert len(intake.events()) == 10_001


def test_memory_is_bounded_by_reading_back(emitter, intake, monkeypatch):
    """Past a limit, records are not kept in memory: the shipper reads them from the files."""
    monkeypatch.setattr(stores, "QUEUE_BYTES", 100_000)
    told = emitter(api_url=intake.url)
    intake.fail(Fault.ERROR)
    expected = [f"orders.loaded-{n}" for n in range(20_000)]
    for name in expected:
        told.emit(event(name, payload={"text": "x" * 300}))
        assert told._store._queued <= 101_000
    intake.recover()
    assert told.flush(60)
    assert names(intake) == expected


def test_threads_share_one_order(emitter, intake):
    """Threads that emit at once get numbers without holes, each in its own order."""
    told = emitter(api_url=intake.url)
    start = threading.Barrier(8)

    def work(place: int) -> None:
        start.wait()
        for n in range(500):
            told.emit(event(f"thread.t{place}-{n}"))

    threads = [threading.Thread(target=work, args=(place,)) for place in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert told.flush(60)
    for place in range(8):
        own = [name for name in names(intake) if name.startswith(f"thread.t{place}-")]
        assert own == [f"thread.t{place}-{n}" for n in range(500)]


# --- what the server refuses -----------------------------------------------------------------


def test_a_refused_record_is_put_aside(emitter, intake, home):
    """A record refused in the receipt is in rejected/; the others and word of it are in the log."""
    told = emitter(api_url=intake.url)
    intake.refuse = lambda r: (
        "Not today." if isinstance(r, EventRecord) and r.event.event == "bad.one" else None
    )
    for name in ["good.one", "bad.one", "good.two"]:
        told.emit(event(name))
    assert told.flush(60)
    intake.wait_for(lambda i: len(i.events()) == 3)
    assert names(intake) == ["good.one", "good.two", "peninsula.process.record-rejected"]
    word = intake.events()[-1]
    assert word.resource.id == f"peninsula.process.{told.id}"
    assert json.loads(bytes(word.payload)) == {
        "count": 1,
        "number": 2,
        "code": "invalid",
        "message": "Not today.",
    }
    [line] = rejected(home, told)
    assert line["number"] == 2
    assert json.loads(line["record"])["event"]["event"] == "bad.one"


@pytest.mark.parametrize("error", [InvalidError("It is bad."), TooLargeError("It is large.")])
def test_a_batch_that_is_refused_is_split(emitter, intake, home, error):
    """Where a whole batch is refused for one record in it, only that one is put aside."""
    told = emitter(api_url=intake.url, ship_interval=0.2)
    intake.reject = lambda batch: (
        error if any(b'"bad.one"' in bytes(raw) for raw in batch.records) else None
    )
    expected = [f"good.n{n}" for n in range(50)]
    for name in [*expected[:20], "bad.one", *expected[20:]]:
        told.emit(event(name))
    assert told.flush(60)
    intake.wait_for(lambda i: len(i.events()) == 51)
    assert names(intake) == [*expected, "peninsula.process.record-rejected"]
    [line] = rejected(home, told)
    assert (line["number"], line["code"]) == (21, error.code)


def test_the_files_of_rejected_records_are_private(emitter, intake, home):
    """Nobody else can read what was rejected."""
    told = emitter(api_url=intake.url)
    intake.refuse = lambda r: None if r.number > 1 else "No."
    told.emit(event("bad.one"))
    assert told.flush(60)
    assert (home / "rejected").stat().st_mode & 0o777 == 0o700
    assert (home / "rejected" / f"{told.id}.jsonl").stat().st_mode & 0o777 == 0o600


def test_a_server_that_refuses_every_batch_costs_nothing(emitter, intake, home):
    """Where the server would take no batch at all, the records are kept, not rejected."""
    told = emitter(api_url=intake.url)
    intake.reject = lambda _: InvalidError("Speak an older protocol.")
    told.emit(event("good.one"))
    intake.wait_for(lambda i: len(i.requests) > 4)
    assert not (home / "rejected").exists()
    intake.reject = lambda _: None
    assert told.flush(60)
    assert names(intake) == ["good.one"]


def test_word_of_a_rejection_is_not_rejected_for_ever(emitter, intake, home):
    """A server that refuses the event about a refusal too does not send the shipper in circles."""
    told = emitter(api_url=intake.url)
    intake.refuse = lambda _: "No."
    told.emit(event("bad.one"))
    intake.wait_for(lambda i: i.committed.get(told.id) == 2)
    intake.refuse = lambda _: None
    told.emit(event("good.one"))
    assert told.flush(60)
    assert names(intake) == ["good.one"]
    assert [line["number"] for line in rejected(home, told)] == [1, 2]


def rejected(home: Path, told) -> list[dict]:
    """Return what was put aside of that emitter."""
    text = (home / "rejected" / f"{told.id}.jsonl").read_text()
    return [json.loads(line) for line in text.splitlines()]


# --- what people are told --------------------------------------------------------------------


def test_a_key_that_is_refused_is_told_once(emitter, intake, caplog):
    """A refused key keeps the records and is one warning, which says what to set."""
    told = emitter(api_url=intake.url)
    intake.fail(Fault.DENIED)
    told.emit(event("first.one"))
    intake.wait_for(lambda i: len(i.requests) > 4)
    intake.recover()
    assert told.flush(60)
    told.close()
    warnings = [r.getMessage() for r in caplog.records if r.levelno >= logging.WARNING]
    assert len(warnings) == 2
    assert "PENINSULA_API_KEY" in warnings[0]
    assert warnings[1] == "The server takes events again."


def test_what_is_wrong_is_a_sentence_of_its_own(emitter, intake, caplog):
    """Whatever a server says ends before our own words begin."""
    told = emitter(api_url=intake.url, ship_interval=5.0)
    intake.reject = lambda _: UnavailableError("the database closed the connection unexpectedly\n")
    told.emit(event())
    told.close()
    [warning] = [r.getMessage() for r in caplog.records if r.levelno >= logging.WARNING]
    assert "closed the connection unexpectedly. They are kept in " in warning


def test_a_short_outage_is_not_told(emitter, intake, caplog):
    """A server that misses two requests is no news."""
    told = emitter(api_url=intake.url)
    intake.fail(Fault.ERROR, times=2)
    told.emit(event())
    intake.wait_for(lambda i: len(i.requests) > 2)
    assert told.flush(60)
    assert not [r for r in caplog.records if r.levelno >= logging.WARNING]


# --- the wire --------------------------------------------------------------------------------


def test_small_bodies_go_plain_and_large_ones_compressed(emitter, intake):
    """Bodies above 1 KiB are compressed, and the key is sent along."""
    told = emitter(api_url=intake.url, api_key="pen_secret")
    told.emit(event())
    assert told.flush(60)
    told.emit(event(payload={"text": "x" * 2_000}))
    assert told.flush(60)
    sent = [
        h for h, path in zip(intake.headers, intake.requests, strict=True) if path == "/api/intake"
    ]
    assert sent[0].get("Content-Encoding") is None
    assert sent[1]["Content-Encoding"] == "gzip"
    assert {h["Authorization"] for h in sent} == {"Bearer pen_secret"}


def test_a_batch_stays_below_the_limits(emitter, intake):
    """However much waits, no batch has more records or bytes than a server takes."""
    told = emitter(api_url=intake.url, ship_interval=5.0)
    for _ in range(300):
        told.emit(event(payload={"text": "x" * 60_000}))
    for _ in range(5_000):
        told.emit(event())
    assert told.flush(60)
    for batch in intake.batches:
        assert len(batch.records) <= limits.BATCH_RECORDS
        assert sum(len(bytes(raw)) for raw in batch.records) < limits.BATCH_BYTES


def test_closing_says_so(emitter, intake):
    """The last batch of a process that ends well says that nothing follows; earlier ones do not."""
    told = emitter(api_url=intake.url)
    told.emit(event("first.one"))
    assert told.flush(60)
    told.emit(event("last.one"))
    told.close()
    assert [batch.closing for batch in intake.batches][-1]
    assert not any(batch.closing for batch in intake.batches[:-1])
    assert names(intake) == ["first.one", "last.one"]
    told.close()


def test_closing_waits_no_longer_than_told(emitter, intake):
    """A server that hangs does not hold up an exit beyond the time that is set."""
    told = emitter(api_url=intake.url, exit_timeout=0.2)
    intake.fail(Fault.HANG)
    told.emit(event("first.one"))
    intake.wait_for(lambda i: i.requests)
    closing = threading.Thread(target=told.close)
    closing.start()
    closing.join(5)
    assert not closing.is_alive()


@pytest.mark.parametrize("fault", [f for f in Fault if f not in {Fault.HANG, Fault.DENIED}])
def test_closing_tries_again_a_server_that_was_well(emitter, intake, fault):
    """A server that fails just at the end, and is well a moment later, has the last records."""
    told = emitter(api_url=intake.url, exit_timeout=60.0)
    told.emit(event("first.one"))
    assert told.flush(60)
    intake.fail(fault, times=4)
    told.emit(event("last.one"))
    told.close()
    assert names(intake) == ["first.one", "last.one"]
    assert intake.batches[-1].closing


def test_closing_tries_again_what_is_to_be_well_soon(emitter, intake):
    """A server that says "later" is asked later, though it has not taken anything yet."""
    told = emitter(api_url=intake.url, ship_interval=5.0, exit_timeout=60.0)
    intake.fail(Fault.BUSY, times=3)
    told.emit(event("only.one"))
    told.close()
    assert names(intake) == ["only.one"]


@pytest.mark.parametrize("fault", [Fault.ERROR, Fault.DENIED, Fault.GARBAGE])
def test_closing_does_not_wait_for_a_server_that_never_was_well(emitter, intake, fault):
    """Each short script would wait for it: at the end it is asked once more."""
    told = emitter(api_url=intake.url, exit_timeout=60.0)
    intake.fail(fault)
    told.emit(event("only.one"))
    intake.wait_for(lambda i: "/api/intake" in i.requests)
    before = intake.requests.count("/api/intake")
    told.close()
    assert intake.requests.count("/api/intake") <= before + 2


def test_what_is_told_after_the_end_is_kept(emitter, intake, settings):
    """An event that comes after the close is in the journal, and the next process ships it."""
    told = emitter(api_url=intake.url)
    told.emit(event("first.one"))
    told.close()
    told.emit(event("late.one"))
    told.close()
    following = emitter(api_url=intake.url)
    following.emit(event("other.one"))
    intake.wait_for(lambda i: len(i.events()) == 3)
    assert [e.event for e in intake.events(told.id)] == ["first.one", "late.one"]


def test_a_server_that_comes_later_is_found(emitter, intake, home):
    """A process that began without a server ships from the start once one serves its home."""
    told = emitter()
    told.emit(event("first.one"))
    assert not told.flush(0)
    with serving(home, intake):
        told._way._look_at = 0.0
        told.emit(event("second.one"))
        assert told.flush(60)
    assert names(intake) == ["first.one", "second.one"]


def test_a_local_server_that_moves_is_found_again(emitter, intake, home):
    """A local server that comes back at another port gets the rest."""
    with serving(home, intake):
        told = emitter()
        told.emit(event("first.one"))
        assert told.flush(60)
    intake.close()
    with Intake() as moved:
        moved.restore(intake.backup(), log_id=intake.log_id)
        with serving(home, moved):
            told.emit(event("second.one"))
            assert told.flush(60)
        assert names(moved) == ["first.one", "second.one"]


@contextmanager
def serving(home: Path, intake: Intake) -> Iterator[None]:
    """Let an intake serve a home: its address in server.json, and the lock held."""
    home.mkdir(exist_ok=True)
    (home / "server.json").write_text(json.dumps({"url": intake.url}))
    lock = wait_until(lambda: Lock.take(home / "server.lock", create=True))
    yield
    lock.release()
