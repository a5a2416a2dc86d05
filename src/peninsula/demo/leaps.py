"""Run coroutines through weeks in a moment: an event loop that leaps to what is due next."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from selectors import DefaultSelector, SelectorKey
from typing import Final

__all__ = ["LeapingLoop", "now", "until"]

_1970: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)


class LeapingLoop(asyncio.SelectorEventLoop):
    """An event loop with a clock of its own, that stands while work is done.

    When nothing is left to do at a moment, the clock leaps to the next timer. So `asyncio.sleep`,
    timeouts and the delays of retries take no time, and come in the order they would have come in.
    What another thread does takes none of its time: it is waited for only where no timer is set.
    """

    def __init__(self, begin: datetime) -> None:
        self._begin = (begin - _1970) // _MICROSECOND * 1000
        self._passed = 0.0
        super().__init__(_Leaper(self._leap))

    def time(self) -> float:
        """Return the seconds since the beginning."""
        return self._passed

    def nanoseconds(self) -> int:
        """Return the moment, in ns since 1970: the clock of an emitter."""
        return self._begin + int(self._passed * 1e9)

    def now(self) -> datetime:
        """Return the same in UTC."""
        return _1970 + timedelta(microseconds=self.nanoseconds() // 1000)

    def _leap(self, seconds: float) -> None:
        self._passed += seconds


def now() -> datetime:
    """Return the moment, in UTC, to a coroutine that such a loop runs."""
    loop = asyncio.get_running_loop()
    assert isinstance(loop, LeapingLoop)  # noqa: S101  the demo has no other
    return loop.now()


async def until(moment: datetime) -> None:
    """Wait for a moment; one that has passed is not waited for."""
    await asyncio.sleep((moment - now()).total_seconds())


class _Leaper(DefaultSelector):
    """Tells the loop what it would have waited for, and that the wait is over."""

    def __init__(self, leap: Callable[[float], None]) -> None:
        super().__init__()
        self._leap = leap

    def select(self, timeout: float | None = None) -> list[tuple[SelectorKey, int]]:
        """Return what is ready. Without a timer there is only another thread to wait for."""
        ready = super().select(None if timeout is None else 0)
        if timeout and not ready:
            self._leap(timeout)
        return ready
