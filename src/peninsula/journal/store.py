"""Keep numbered records until a server has them: in files, in memory where the disk fails.

Memory also holds what the shipper takes next, so that it need not read what was just written.
"""

from __future__ import annotations

import errno
import time
from collections import deque
from collections.abc import Callable
from itertools import islice
from typing import Final

from peninsula.core import limits
from peninsula.core.errors import PeninsulaError
from peninsula.journal.drops import Kind, shares
from peninsula.journal.segments import Parcel, Reader
from peninsula.journal.writer import Writer

__all__ = ["MEMORY_BYTES", "Store"]

QUEUE_BYTES: Final = 8 * 1024 * 1024
"""Records in memory for the shipper beyond this are read back from the files instead."""

MEMORY_BYTES: Final = 16 * 1024 * 1024
"""Most that is kept in memory while the disk takes nothing."""

RETRY: Final = 0.5
"""Seconds between attempts while the disk takes nothing."""

MARK: Final = 64 * 1024
"""Bytes between the places at which the size of what is shipped is known."""

PARCEL_BYTES: Final = limits.BATCH_BYTES - 64 * 1024
"""Of a batch, as much is left for its head."""

FULL: Final = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
CLOSED: Final = {errno.EROFS, errno.EACCES, errno.EPERM, errno.ENOENT, errno.ENOTDIR}


class Store:
    """Records of one emitter, in order. Callers exclude other threads, not signal handlers."""

    def __init__(
        self,
        open_writer: Callable[[], Writer],
        limit_bytes: float,
        writer: Writer | None = None,
    ) -> None:
        """Go on with a writer, or open one when the first record comes."""
        self._open = open_writer
        self._writer = writer
        self._reader: Reader | None = None
        self._on_disk = shares(limit_bytes)
        self._in_memory = shares(MEMORY_BYTES)
        self._queue: deque[tuple[int, bytes]] = deque()
        self._queued = 0
        self._marks: deque[tuple[int, int]] = deque()
        self._marked = 0
        self._shipped_bytes = 0
        self._retry_at = 0.0
        self.queueing = False
        """Whether someone takes from the queue."""
        self.trouble: PeninsulaError | OSError | None = None
        """Why the disk takes nothing now."""
        self.troubles: deque[PeninsulaError | OSError] = deque()
        """Those not yet told to anyone."""

    @property
    def written(self) -> int:
        """The number of the last record in the files."""
        return 0 if self._writer is None else self._writer.written

    @property
    def only_in_memory(self) -> int:
        """How many records the files do not have and no server is known to have."""
        written = self.written
        return sum(number > written for number, _ in self._queue)

    # --- room --------------------------------------------------------------------------------

    def has_room(self, kind: Kind) -> bool:
        """Tell whether a record of that kind is taken now."""
        if self.trouble is not None:
            return self._queued < self._in_memory[kind]
        writer = self._writer
        return writer is None or writer.size - self._shipped_bytes < self._on_disk[kind]

    def is_roomy(self) -> bool:
        """Tell whether there is room for all kinds, and for some time."""
        if self.trouble is not None:
            return self._queued < self._in_memory[Kind.STATE] / 2
        writer = self._writer
        size = 0 if writer is None else writer.size
        return size - self._shipped_bytes < self._on_disk[Kind.STATE] / 2

    def takes_a_gap(self) -> bool:
        """Tell whether what says that others were dropped is taken: always, where the disk does."""
        return self.trouble is None or self.has_room(Kind.END)

    @property
    def reason(self) -> str:
        """Why there is no room, as a gap says it."""
        return "size-limit" if self.trouble is None else self.reason_of(self.trouble)

    @staticmethod
    def reason_of(problem: Exception) -> str:
        """Return what a gap says of that problem."""
        number = problem.errno if isinstance(problem, OSError) else errno.EACCES
        if number in FULL:
            return "disk-full"
        return "read-only" if number in CLOSED else "disk-error"

    # --- in ----------------------------------------------------------------------------------

    def keep(self, number: int, body: bytes) -> None:
        """Take a record in, unless it is in already. What the disk refuses stays in memory."""
        if self.trouble is not None:
            self._remember(number, body)
            self.retry()
            return
        if self.queueing and self._queued < QUEUE_BYTES:
            self._remember(number, body)
        try:
            self._write(number, body)
        except (OSError, PeninsulaError) as problem:
            self._remember(number, body)
            self._fail(problem)

    def _remember(self, number: int, body: bytes) -> None:
        queue = self._queue
        if not queue or queue[-1][0] < number:
            queue.append((number, body))
            self._queued += len(body)

    def _write(self, number: int, body: bytes) -> None:
        writer = self._writer
        if writer is None:
            writer = self._writer = self._open()
        writer.put(number, body)
        if writer.size - self._marked >= MARK:
            self._marks.append((number, writer.size))
            self._marked = writer.size

    def _fail(self, problem: OSError | PeninsulaError) -> None:
        if self.trouble is None:
            self.troubles.append(problem)
        self.trouble = problem
        self._retry_at = time.monotonic() + RETRY
        if isinstance(problem, FileNotFoundError):
            self.close()  # someone removed the journal: the next attempt makes another

    def retry(self, *, at_once: bool = False) -> None:
        """Write what only memory holds, if the disk takes it again."""
        trouble = self.trouble
        if trouble is None or (not at_once and time.monotonic() < self._retry_at):
            return
        try:
            for number, body in list(self._queue):
                self._write(number, body)
        except (OSError, PeninsulaError) as problem:
            self._fail(problem)
            return
        if self.trouble is trouble:
            self.trouble = None
        self._forget_written()

    def _forget_written(self) -> None:
        """Let go of what the files have, but for as much as the shipper's queue may hold."""
        kept = QUEUE_BYTES if self.queueing else 0
        while self._queue and self._queue[-1][0] <= self.written and self._queued > kept:
            self._queued -= len(self._queue.pop()[1])

    # --- out ---------------------------------------------------------------------------------

    def take(self, after: int) -> Parcel | tuple[Reader | None, int]:
        """Return the records after that number from memory; else where to read, and how far."""
        self.forget(after)
        queue = self._queue
        if not queue or queue[0][0] != after + 1:
            return self._reading(), queue[0][0] - 1 if queue else self.written
        bodies: list[bytes] = []
        size = 0
        for number, body in list(islice(queue, limits.BATCH_RECORDS)):
            size += len(body) + 1
            if number != after + 1 + len(bodies) or size > PARCEL_BYTES:
                break
            bodies.append(body)
        return Parcel(after + 1, bodies)

    def _reading(self) -> Reader | None:
        if self._reader is None and self._writer is not None:
            self._reader = Reader(self._writer.folder)
        return self._reader

    def forget(self, number: int) -> None:
        """Let go of what a server has: the records up to that number."""
        queue = self._queue
        while queue and queue[0][0] <= number:
            self._queued -= len(queue.popleft()[1])
        if not queue:
            self._queued = 0
        while self._marks and self._marks[0][0] <= number:
            self._shipped_bytes = self._marks.popleft()[1]
        if self._writer is not None and number >= self._writer.written:
            self._shipped_bytes = self._writer.size

    def sync(self) -> None:
        """Have the files written to the disk."""
        if self._writer is not None:
            try:
                self._writer.sync()
            except OSError as problem:
                self._fail(problem)

    def close(self) -> None:
        """Close the files; a later record opens them again. Safe twice."""
        writer, self._writer = self._writer, None
        self._reader = None
        self._marks.clear()
        self._marked = self._shipped_bytes = 0
        if writer is not None:
            writer.close()
