"""What every background duty shares: it ticks until it is stopped."""

from __future__ import annotations

import asyncio
import logging
from abc import ABC, abstractmethod
from collections.abc import Callable
from contextlib import suppress
from typing import Generic, TypeVar

from peninsula.core.errors import ConflictError, UnavailableError

__all__ = ["Duty"]

T = TypeVar("T")

_log = logging.getLogger("peninsula.server")


class Duty(ABC, Generic[T]):
    """Call `tick(now)` every so many seconds, and at once when poked."""

    def __init__(self, clock: Callable[[], T], every: float) -> None:
        """Take `now` from the clock; `every` is in seconds."""
        self._clock = clock
        self._every = every
        self._poked = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._hindered = False

    async def start(self) -> None:
        """Begin to tick. Safe twice."""
        if self._task is None:
            self._task = asyncio.create_task(self._go_on(), name=type(self).__name__)

    async def stop(self) -> None:
        """Tick no more; what the database has in hand, it finishes. Safe twice."""
        task, self._task = self._task, None
        if task is not None:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task

    def poke(self) -> None:
        """Have it tick soon."""
        self._poked.set()

    def _look_every(self, seconds: float) -> None:
        """Tick so often from now on."""
        if seconds != self._every:
            self._every = seconds
            self.poke()

    @abstractmethod
    async def tick(self, now: T) -> None:
        """Do what is due."""

    async def _go_on(self) -> None:
        while True:
            # Not wait_for: in Python 3.11 it swallows a cancellation that comes with a poke.
            with suppress(TimeoutError):
                async with asyncio.timeout(self._every):
                    await self._poked.wait()
            self._poked.clear()
            await self._try()

    async def _try(self) -> None:
        """Tick. A duty outlives whatever hinders it now."""
        name = type(self).__name__
        try:
            await self.tick(self._clock())
        except (UnavailableError, ConflictError) as problem:
            # A database that is away, a rebuild: said when it begins and ends, not at each tick.
            if not self._hindered:
                _log.warning("%s waits and will be tried again: %s", name, problem.message)
            self._hindered = True
        except Exception:  # noqa: BLE001  it is logged whole
            _log.exception("%s failed and will be tried again", name)
        else:
            if self._hindered:
                _log.warning("%s goes on again", name)
            self._hindered = False
