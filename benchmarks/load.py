"""Make events as a busy server gets them: calls of task runs, in batches of their emitters."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Final
from uuid import UUID, uuid4

from msgspec import Raw

from peninsula.core import codec, ids
from peninsula.core.events import Event, Related, Resource
from peninsula.core.records import PROTOCOL, Batch, EventRecord, Process

__all__ = ["BATCH", "BLOCKS", "CALLS", "NAMES", "RECORD_BYTES", "SYSTEMS", "TASKS", "Emitter"]

BATCH: Final = 500
"""Events in one batch."""

RECORD_BYTES: Final = 600
"""One event with its run, as JSON."""

NAMES: Final = [f"bench.call.{number}" for number in range(20)]
BLOCKS: Final = [f"peninsula.block-document.{UUID(int=number)}" for number in range(1_000)]
SYSTEMS: Final = [f"s3://lake-{number}" for number in range(777)]

CALLS: Final = 10
"""Events of one task run."""

TASKS: Final = 100
"""Task runs of one flow run."""


class Emitter:
    """One process: it runs flows one after the other, and tells of each call their tasks make.

    An event has two links of its own: the block it is about, and the system the call went to. A
    task run calls one block.
    """

    def __init__(self, seed: int = 0) -> None:
        """Begin at record 1, with the block of that number."""
        self._seed = seed
        self._number = 0
        self._task = self._root = _new_id()
        self._process = Process(
            emitter=uuid4(),
            host="worker-1",
            user="etl",
            pid=4711,
            boot="b0",
            started=time.time_ns() // 1000,
            version="0.1.0",
        )

    def batches(self, events: int, size: int = BATCH) -> Iterator[bytes]:
        """Yield that many events as encoded batches."""
        for done in range(0, events, size):
            first = self._number + 1
            records = [self._record() for _ in range(min(size, events - done))]
            batch = Batch(protocol=PROTOCOL, process=self._process, first=first, records=[])
            yield codec.frame_batch(batch, records)

    def _record(self) -> bytes:
        number = self._number = self._number + 1
        if number % (CALLS * TASKS) == 1:
            self._root = _new_id()
        if number % CALLS == 1:
            self._task = _new_id()
        block = self._seed + number // CALLS
        return codec.encode(_record(number, block, self._task, self._root))


def _new_id() -> UUID:
    return ids.uuid7(time.time_ns() // 1000, os.urandom(8))


def _record(number: int, block: int, task: UUID, root: UUID) -> EventRecord:
    stamp = time.time_ns() // 1000
    event = Event(
        id=ids.uuid7(stamp, os.urandom(8)),
        occurred=datetime.fromtimestamp(stamp / 1e6, UTC),
        event=NAMES[number % len(NAMES)],
        resource=Resource(id=BLOCKS[block % len(BLOCKS)]),
        related=(Related(id=SYSTEMS[block % len(SYSTEMS)], role="system"),),
        payload=Raw(_payload(number)),
    )
    return EventRecord(number=number, stamp=stamp, event=event, run=task, root=root)


def _payload(number: int) -> bytes:
    # Random text, as what compresses away would flatter the shipper and the database.
    summary = os.urandom(_PADDING // 2 + 1).hex()[:_PADDING]
    path = f"raw/{number}.parquet"
    return codec.encode(
        {"method": "read_path", "path": path, "seconds": 0.0123, "summary": summary}
    )


_PADDING = 0
_PADDING = RECORD_BYTES - len(codec.encode(_record(123_456, 0, UUID(int=0), UUID(int=0))))
