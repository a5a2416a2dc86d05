"""Number and stamp records, one after the other, whatever interrupts.

A signal handler may run, emit and raise between any two calls of this code, in the middle of a
record. So a record first becomes an *intent* (one assignment), which has its number and its bytes,
and is then carried out by steps that may be made twice. Whoever comes next, the handler or the
next record, first carries out an intent it finds. A number is thus never given twice or left out.
Python looks for signals after a call and when it jumps back, never between a comparison and the
assignment that follows it.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Final

from peninsula.core import limits
from peninsula.core.errors import TooLargeError
from peninsula.core.records import GapRecord, Record
from peninsula.core.stamps import DRIFT, next_stamp
from peninsula.journal.drops import Gap, Kind, counted
from peninsula.journal.masking import encoded
from peninsula.journal.segments import Parcel
from peninsula.journal.store import Store

__all__ = ["Make", "Tape"]

Make = Callable[[int, int], Record]
"""Makes a record, given its number and stamp."""

_Intent = tuple[int, int, bytes]
"""Number, stamp, encoded record."""


class Tape:
    """The records of one emitter, as they come, from any thread."""

    def __init__(
        self, store: Store, clock: Callable[[], int], last: tuple[int, int] = (0, 0)
    ) -> None:
        """Put records into the store, after the number and stamp of the last one there.

        The clock gives ns since 1970.
        """
        self.lock: Final = threading.RLock()
        self._store = store
        self._clock = clock
        self._last = last
        self._intent: _Intent | None = None
        self.gap: Gap | None = None
        """What was dropped and is not yet told."""

    @property
    def last(self) -> int:
        """The number of the last record."""
        return self._last[0]

    @property
    def last_stamp(self) -> int:
        """The stamp of the last record."""
        return self._last[1]

    def append(self, kind: Kind | None, make: Make, count: int = 1) -> bool:
        """Append a record, or count it as dropped where its kind has no room; None always has."""
        with self.lock:
            if self._intent is not None:
                self._settle()
            if self.gap is not None and self._store.is_roomy():
                self._tell(self.gap)
            if kind is not None and not self._store.has_room(kind):
                self.drop(kind, count)
                return False
            self._write(make)
            return True

    def drop(self, kind: Kind, count: int) -> None:
        """Count what is dropped, to be told when there is room again."""
        with self.lock:
            self._count(kind.value, count, self._store.reason)

    def lose(self, count: int) -> None:
        """Tell of records that were written and are nowhere any more."""
        with self.lock:
            self._count("record", count, "segment-lost")
            self.finish()

    def _count(self, name: str, count: int, reason: str) -> None:
        now = self._clock() // 1000
        while True:
            gap = self.gap
            more = counted(gap, name, count, reason=reason, now=now)
            if self.gap is gap:
                self.gap = more
                return

    def _tell(self, gap: Gap) -> None:
        def make(number: int, stamp: int) -> Record:
            return GapRecord(
                number=number,
                stamp=stamp,
                reason=gap.reason,
                dropped=gap.dropped,
                since=gap.since,
            )

        self._write(make, gap)

    def _write(self, make: Make, gap: Gap | None = None) -> None:
        while True:
            last = self._last
            number = last[0] + 1
            stamp = next_stamp(last[1], self._clock() // 1000)
            body = encoded(make(number, stamp))
            if len(body) > limits.RECORD_BYTES:
                msg = f"The record has {len(body)} bytes; the limit is {limits.RECORD_BYTES}."
                raise TooLargeError(msg)
            if self._last is last and self._intent is None and (gap is None or self.gap is gap):
                self._intent = (number, stamp, body)
                if gap is not None:
                    self.gap = None
                break
            if gap is not None and self.gap is not gap:
                return
            self._settle()
        self._settle()

    def _settle(self) -> None:
        """Carry out the intent, if there is one."""
        while (intent := self._intent) is not None:
            number, stamp, body = intent
            self._store.keep(number, body)
            if self._intent is intent:
                self._last = (number, stamp)
                self._intent = None

    # --- stamps ------------------------------------------------------------------------------

    def stamp(self) -> int:
        """Return the clock's value now: later records, here and where it is observed, are after."""
        return max(self._last[1], self._clock() // 1000)

    def observe(self, stamp: int) -> None:
        """Put later records after a stamp from elsewhere, unless that clock is far ahead."""
        with self.lock:
            self._settle()
            while (last := self._last)[1] < stamp <= self._clock() // 1000 + DRIFT:
                if self._last is last:
                    self._last = (last[0], stamp)

    # --- the shipper's side ------------------------------------------------------------------

    def take(self, after: int) -> Parcel:
        """Return the next records after that number, which a server has.

        The parcel begins later than `after + 1` where what is between is lost.
        """
        with self.lock:
            self._settle()
            found = self._store.take(after)
        if isinstance(found, Parcel):
            return found
        reader, until = found
        if reader is not None and until > after:
            parcel = reader.take(after, until)
            if parcel.bodies:
                return parcel
        return Parcel(max(after, until) + 1, [])

    def forget(self, number: int) -> None:
        """Let go of what a server has."""
        with self.lock:
            self._settle()
            self._store.forget(number)

    def finish(self) -> None:
        """Carry out what is begun, try the disk again, and tell the gap if it can be told."""
        with self.lock:
            self._settle()
            self._store.retry(at_once=True)
            # Also beyond the limit: one small record says what of the others is missing.
            if self.gap is not None and self._store.takes_a_gap():
                self._tell(self.gap)

    def sync(self) -> None:
        """Have the files written to the disk."""
        with self.lock:
            self._settle()
            self._store.sync()
