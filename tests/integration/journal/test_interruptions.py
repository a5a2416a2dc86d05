"""A signal in the middle of an emit loses, doubles and tears nothing, wherever it comes."""

from __future__ import annotations

import threading
from collections import Counter
from itertools import count

import pytest

from peninsula.core import codec
from peninsula.core.records import EventRecord
from peninsula.journal import lock
from peninsula.journal.adopt import read_batches
from peninsula.journal.emitter import Emitter
from tests.support.interrupt import interrupted_everywhere
from tests.support.make import event
from tests.support.soak import SOAK

PADDING = {"text": "x" * 300}


class Told:
    """An emitter with a home of its own, what it was told, and what of that returned."""

    def __init__(self, emitter: Emitter) -> None:
        self.emitter = emitter
        self.returned: list[str] = []
        self._numbers = count()

    def emit(self) -> None:
        """Tell one more."""
        name = f"told.n{next(self._numbers)}"
        self.emitter.emit(event(name, payload=PADDING))
        self.returned.append(name)

    def in_queue(self) -> list[str]:
        """Return the events that memory has for the shipper."""
        queue = list(self.emitter._store._queue)
        return read([body for _, body in queue], first=queue[0][0] if queue else 1)

    def in_journal(self) -> list[str]:
        """Close the emitter and return the events of its files."""
        self.emitter.close()
        parcels = read_batches(self.emitter._own.journal)
        return read([body for parcel in parcels for body in parcel.bodies])


def read(bodies: list[bytes], first: int = 1) -> list[str]:
    """Return the names of events; check that their numbers have no holes."""
    names = []
    for number, body in enumerate(bodies, first):
        record = codec.decode_record(body)
        assert isinstance(record, EventRecord)
        assert record.number == number
        names.append(record.event.event)
    return names


def begin(settings, tmp_path, *, before: int, queueing: bool):
    """Return what makes emitters that have told some events, the next of which begins a segment."""
    homes = count()

    def prepare() -> Told:
        home = tmp_path / f"home-{next(homes)}"
        # Segments are an eighth of the limit: two of these events.
        told = Told(Emitter(settings(home=str(home), journal_limit_mb=8 * 1200 / 2**20)))
        told.emitter._store.queueing = queueing
        for _ in range(before):
            told.emit()
        return told

    return prepare


def raise_interrupt(_: Told) -> None:
    """Do as Ctrl-C does."""
    raise KeyboardInterrupt


def emit_too(told: Told) -> None:
    """Do as a handler that tells of the signal."""
    told.emit()


def emit_and_raise(told: Told) -> None:
    """Do as a handler that tells of the signal and ends the flow."""
    told.emit()
    raise KeyboardInterrupt


def emit_much(told: Told) -> None:
    """Do as a handler that tells so much that other segments begin."""
    for _ in range(5):
        told.emit()


def is_free(held: threading.RLock) -> bool:
    """Tell whether another thread could take a lock."""
    taken: list[bool] = []

    def take() -> None:
        taken.append(held.acquire(blocking=False))
        if taken[0]:
            held.release()

    thread = threading.Thread(target=take)
    thread.start()
    thread.join()
    return taken[0]


@pytest.mark.parametrize("interrupt", [raise_interrupt, emit_too, emit_and_raise, emit_much])
@pytest.mark.parametrize("queueing", [False, True], ids=["alone", "shipped"])
@pytest.mark.parametrize("before", [0, 1, 2], ids=["first", "usual", "next-segment"])
def test_an_interrupted_emit(settings, tmp_path, random, before, queueing, interrupt):
    """Whatever returned is in the journal once, in numbers without holes, wherever it came."""
    prepare = begin(settings, tmp_path, before=before, queueing=queueing)
    # The first emit makes the journal and comes by a thousand places.
    step = 1 if SOAK else 5 if before else 20
    start = random.randrange(step)
    places = 0
    for place, told, _ in interrupted_everywhere(
        prepare, Told.emit, interrupt, start=start, step=step
    ):
        told.emit()
        assert is_free(told.emitter._tape.lock), place
        assert is_free(lock._forking), place
        queued = told.in_queue()
        there = told.in_journal()
        assert queued == (there if queueing else []), place
        assert Counter(there) == Counter(set(there)), place
        assert set(told.returned) <= set(there), place
        assert len(there) - len(told.returned) <= 1, place
        places += 1
    assert places > 10
