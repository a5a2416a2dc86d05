"""Sum up many calls in a few numbers: how many, how they ended, how long they took."""

from __future__ import annotations

from array import array
from bisect import bisect_left
from typing import Final, Self
from uuid import UUID

__all__ = ["NUMBERS", "Tally"]

_FINEST: Final = 3
"""Spans in which durations are counted, from one power of two to the next."""

_SPANS: Final = 96
"""They reach from 1 µs to 71 minutes; what takes longer is in the last one."""

_LIMITS: Final = [2 ** (step / _FINEST) for step in range(_SPANS - 1)]
"""Where the spans end, in µs."""

_ID_HIGH, _ID_LOW, _SINCE, _LAST, _OPEN = range(5)
_CALLS, _FAILURES, _CANCELLED, _BYTES, _ROWS, _SUM, _LEAST, _MOST = range(5, 13)
_FIRST_SPAN: Final = 13

NUMBERS: Final = _FIRST_SPAN + _SPANS
"""How many numbers of 8 bytes a tally is."""

_LOW: Final = (1 << 64) - 1


class Tally:
    """Sums of calls, from one moment on. All of them are in one array, to be kept as bytes."""

    __slots__ = ("_numbers",)

    def __init__(self, numbers: array[int]) -> None:
        self._numbers = numbers

    @classmethod
    def begun(cls, id_: UUID, since: int, under_way: int = 0) -> Self:
        """Begin one; the id is that of the event which will tell it, the moment in µs."""
        numbers = array("Q", bytes(8 * NUMBERS))
        numbers[_ID_HIGH], numbers[_ID_LOW] = id_.int >> 64, id_.int & _LOW
        numbers[_SINCE], numbers[_OPEN] = since, under_way
        return cls(numbers)

    @classmethod
    def read(cls, data: bytes) -> Self:
        """Return the tally that these bytes are."""
        numbers = array("Q")
        numbers.frombytes(data)
        return cls(numbers)

    def encode(self) -> bytes:
        """Return it as bytes."""
        return self._numbers.tobytes()

    def add(
        self, micros: int, *, failed: bool, cancelled: bool, size: int, rows: int, ticket: int
    ) -> None:
        """Count a call; the ticket tells it from all other calls of the process."""
        numbers = self._numbers
        calls = numbers[_CALLS] + 1
        numbers[_CALLS] = calls
        numbers[_LAST] = ticket
        if failed:
            numbers[_FAILURES] += 1
        elif cancelled:
            numbers[_CANCELLED] += 1
        if size:
            numbers[_BYTES] += size
        if rows:
            numbers[_ROWS] += rows
        numbers[_SUM] += micros
        if calls == 1 or micros < numbers[_LEAST]:
            numbers[_LEAST] = micros
        numbers[_MOST] = max(micros, numbers[_MOST])
        numbers[_FIRST_SPAN + bisect_left(_LIMITS, micros)] += 1

    def open(self, by: int, ticket: int | None = None) -> None:
        """Take note that a call begins (1) or ends (-1) which nothing else tells of meanwhile.

        The ticket is that of one which something else tells of just now, and which is counted here.
        """
        self._numbers[_OPEN] += by
        if ticket is not None:
            self._numbers[_LAST] = ticket

    @property
    def id(self) -> UUID:
        """Of the event that tells it."""
        return UUID(int=self._numbers[_ID_HIGH] << 64 | self._numbers[_ID_LOW])

    @property
    def since(self) -> int:
        """From when on it counts, in µs since 1970."""
        return self._numbers[_SINCE]

    @property
    def ticket(self) -> int:
        """The ticket of the call counted last."""
        return self._numbers[_LAST]

    @property
    def under_way(self) -> int:
        """Calls that have begun and not ended, of which nothing else tells."""
        return self._numbers[_OPEN]

    @property
    def calls(self) -> int:
        """How many have ended."""
        return self._numbers[_CALLS]

    @property
    def failures(self) -> int:
        """How many of them failed."""
        return self._numbers[_FAILURES]

    @property
    def cancelled(self) -> int:
        """How many of them were cancelled."""
        return self._numbers[_CANCELLED]

    @property
    def bytes(self) -> int:
        """How many bytes they moved, where that is known."""
        return self._numbers[_BYTES]

    @property
    def rows(self) -> int:
        """How many rows they moved, where that is known."""
        return self._numbers[_ROWS]

    @property
    def least(self) -> float:
        """Seconds of the shortest."""
        return self._numbers[_LEAST] / 1e6

    @property
    def mean(self) -> float:
        """Seconds of one, on average."""
        return self._numbers[_SUM] / max(self.calls, 1) / 1e6

    @property
    def most(self) -> float:
        """Seconds of the longest."""
        return self._numbers[_MOST] / 1e6

    @property
    def p95(self) -> float:
        """Seconds that 95 of 100 did not take longer than; at most a quarter too much."""
        rest = self.calls * 0.95
        for limit, count in zip(_LIMITS, self._numbers[_FIRST_SPAN:], strict=False):
            rest -= count
            if rest <= 0:
                return max(min(limit / 1e6, self.most), self.least)
        return self.most
