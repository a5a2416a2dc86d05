"""Numbers are consecutive and never reused, whatever the disk, the server and the clock do."""

from __future__ import annotations

import errno
import time
from collections import Counter
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from peninsula.core import codec
from peninsula.core.records import EventRecord, GapRecord
from peninsula.core.settings import Settings
from peninsula.journal import store as stores
from peninsula.journal.emitter import Emitter
from peninsula.journal.segments import Reader
from tests.support.disk import Disk
from tests.support.make import event

MEMORY = 4_000
QUEUE = MEMORY // 2
"""As in the product, half of it may be used while the disk is well."""

SEGMENT = 1_000


class Numbering(RuleBasedStateMachine):
    """One emitter, a disk with moods, and a server that now and then takes something."""

    homes = count()
    folder: Path
    disk: Disk

    @initialize(shipped=st.booleans())
    def begin(self, shipped: bool) -> None:
        """Make an emitter whose limits are soon reached."""
        self.disk.room = self.disk.error = None
        self.clock = time.time_ns()
        home = self.folder / f"home-{next(self.homes)}"
        limit = SEGMENT * 8 / 2**20
        self.emitter = Emitter(
            Settings(home=str(home), journal_limit_mb=limit), clock=lambda: self.clock
        )
        self.emitter._store.queueing = self.shipped = shipped
        self.emitter._store._in_memory = stores.shares(MEMORY)
        self.told = 0
        self.server: dict[int, bytes] = {}
        self.committed = 0
        self.lost = 0

    @rule(size=st.integers(0, 400), state=st.booleans(), step=st.integers(-(10**9), 10**9))
    def emit(self, size: int, state: bool, step: int) -> None:
        """Tell an event of some size and kind, at some moment."""
        self.clock += step
        name = "peninsula.flow-run.running" if state else "peninsula.call.returned"
        self.emitter.emit(event(name, payload={"told": self.told, "text": "x" * size}))
        self.told += 1

    @rule(room=st.none() | st.integers(0, 700))
    def change_room(self, room: int | None) -> None:
        """Fill the disk, or make room."""
        self.disk.room = room

    @rule(error=st.none() | st.sampled_from([errno.EROFS, errno.EIO, errno.EMFILE]))
    def change_mood(self, error: int | None) -> None:
        """Break the disk, or mend it."""
        self.disk.error = error

    @rule()
    def wait(self) -> None:
        """Let the time come at which the disk is tried again."""
        self.emitter._store._retry_at = 0.0

    @precondition(lambda self: self.shipped)
    @rule()
    def ship(self) -> None:
        """Let the server take what comes next."""
        parcel = self.emitter._tape.take(self.committed)
        assert parcel.first == self.committed + 1, "something is lost"
        self.server |= dict(enumerate(parcel.bodies, parcel.first))
        self.committed = parcel.last
        self.emitter._tape.forget(self.committed)

    @invariant()
    def memory_is_bounded(self) -> None:
        """However long the disk takes nothing, memory does not grow beyond its limit."""
        if hasattr(self, "emitter"):
            # The last one taken may be as large as they come here; a shipper's queue is in it too.
            assert self.emitter._store._queued <= MEMORY + 1_000

    def teardown(self) -> None:
        """Mend the disk and compare: everything told is somewhere once, or counted."""
        if not hasattr(self, "emitter"):
            return
        self.disk.room = self.disk.error = None
        self.emitter._tape.finish()
        records = self.in_files()
        if self.shipped:
            while self.committed < self.emitter._tape.last:
                self.ship()
            # The files lack what went to the server while the disk took nothing, and no more.
            assert records.items() <= self.server.items()
            records = self.server
        assert list(records) == list(range(1, self.emitter._tape.last + 1))
        decoded = [codec.decode_record(body) for body in records.values()]
        assert [each.number for each in decoded] == list(records)
        stamps = [each.stamp for each in decoded]
        assert stamps == sorted(set(stamps))
        told = Counter(
            bytes(each.event.payload) for each in decoded if isinstance(each, EventRecord)
        )
        gaps = [each for each in decoded if isinstance(each, GapRecord)]
        dropped = sum(sum(gap.dropped.values()) for gap in gaps)
        untold = self.emitter._tape.gap
        dropped += sum(untold.dropped.values()) if untold else 0
        assert sum(told.values()) + dropped == self.told
        assert set(told.values()) <= {1}
        self.emitter.close()

    def in_files(self) -> dict[int, bytes]:
        """Read the journal as an adopter would."""
        reader = Reader(self.emitter._own.journal.folder)
        records: dict[int, bytes] = {}
        while (parcel := reader.take(max(records, default=0))).bodies:
            records |= dict(enumerate(parcel.bodies, parcel.first))
        return records


def test_numbering_under_faults(tmp_path, monkeypatch):
    """No interleaving of disk faults, shipping and clock steps breaks the numbers."""
    Numbering.folder = tmp_path
    with monkeypatch.context() as patch:
        patch.setattr(stores, "QUEUE_BYTES", QUEUE)
        Numbering.disk = Disk(patch)
        run_state_machine_as_test(
            Numbering,
            settings=settings(
                settings.get_profile("peninsula"),
                suppress_health_check=list(HealthCheck),
                stateful_step_count=60,
            ),
        )


def test_memory_is_bounded_while_the_disk_comes_and_goes(emitter, monkeypatch):
    """What the files have again is not kept in memory too, for a server that takes nothing."""
    monkeypatch.setattr(stores, "QUEUE_BYTES", QUEUE)
    told = emitter()
    told._store.queueing = True
    disk = Disk(monkeypatch)
    for _ in range(100):
        disk.error = errno.EIO
        told.emit(event())
        disk.error = None
        told._store.retry(at_once=True)
    assert told._store.trouble is None
    assert told._store._queued <= QUEUE
    assert len(Reader(told._own.journal.folder).take(0).bodies) == 100


def test_a_short_write_is_repaired(emitter, monkeypatch):
    """A record that the disk took half of is whole in the file, before the one that follows."""
    told = emitter()
    told.emit(event("one.whole"))
    disk = Disk(monkeypatch)
    disk.room = 10
    told.emit(event("one.torn"))
    disk.room = None
    told._store._retry_at = 0.0
    told.emit(event("one.after"))
    parcel = Reader(told._own.journal.folder).take(0)
    names = [codec.decode_record(body).event.event for body in parcel.bodies]
    assert names == ["one.whole", "one.torn", "one.after"]
    assert told._store.trouble is None


@pytest.mark.parametrize("step", [-3_600, -1, 0, 1, 3_600])
def test_stamps_go_on_when_the_clock_steps(emitter, step):
    """Stamps grow with each record, wherever the wall clock jumps to."""
    now = [time.time_ns()]
    told = emitter(clock=lambda: now[0])
    for _ in range(10):
        told.emit(event())
        now[0] += step * 10**9
    parcel = Reader(told._own.journal.folder).take(0)
    stamps = [codec.decode_record(body).stamp for body in parcel.bodies]
    assert stamps == sorted(set(stamps))
    assert len(stamps) == 10


def test_an_observed_stamp_is_exceeded(emitter):
    """What is told after a stamp from elsewhere has a later one; one far ahead is not believed."""
    told = emitter()
    ahead = told.stamp() + 60 * 10**6
    told.observe(ahead)
    assert told.stamp() >= ahead
    told.observe(ahead + 10**15)
    told.emit(event())
    [body] = Reader(told._own.journal.folder).take(0).bodies
    assert ahead < codec.decode_record(body).stamp < ahead + 10**6


@pytest.mark.parametrize("nanos", [1_769_825_671_387_273_600, 1_769_825_671_387_273_999])
def test_events_and_log_lines_of_one_moment_have_one_time(emitter, nanos):
    """Neither is rounded where the other is cut: an error stands beside the event it tells of."""
    told = emitter(clock=lambda: nanos)
    assert told.now() - datetime(1970, 1, 1, tzinfo=UTC) == timedelta(microseconds=told.micros())
