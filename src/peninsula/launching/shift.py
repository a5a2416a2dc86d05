"""Take runs from a server until told to end: what workers and serving programs have in common."""

from __future__ import annotations

import asyncio
import logging
import signal
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress
from threading import current_thread, main_thread

from peninsula.core.errors import UnavailableError
from peninsula.journal.backoff import MANY, pause_after

__all__ = ["Shift"]


class Shift:
    """The time in which a process takes runs, and then that in which those it has end."""

    def __init__(self, log: logging.Logger) -> None:
        """Say there when no server answers, and when one does again."""
        self.told = 0
        """How often it was told to end."""
        self._log = log
        self._news = asyncio.Event()

    def end(self) -> None:
        """Tell it to end."""
        self.told += 1
        self._news.set()

    def notice(self) -> None:
        """Have those look again who wait until something is the case."""
        self._news.set()

    @contextmanager
    def signals_to(self, end: Callable[[int], None]) -> Iterator[None]:
        """Have Ctrl-C and SIGTERM call it, with their number. Only the main thread gets signals."""
        loop = asyncio.get_running_loop()
        numbers = (signal.SIGINT, signal.SIGTERM) if current_thread() is main_thread() else ()
        for number in numbers:
            loop.add_signal_handler(number, end, number)
        try:
            yield
        finally:
            for number in numbers:
                loop.remove_signal_handler(number)

    # --- taking ----------------------------------------------------------------------------------

    async def take(
        self, claim: Callable[[], Awaitable[object]], has_room: Callable[[], bool]
    ) -> None:
        """Claim runs whenever there is room for some, until told to end."""
        while await self.insist(claim):
            await self.until(lambda: self.told > 0 or has_room())

    async def insist(self, attempt: Callable[[], Awaitable[object]]) -> bool:
        """Try until a server answers; False if it was told to end before."""
        failures = 0
        while not self.told:
            try:
                if not await self._unless_told(attempt):
                    break
            except UnavailableError as problem:
                failures += 1
                if failures == 1:
                    self._log.warning("%s Waiting for it.", problem.message)
                await self.pause(pause_after(min(failures, MANY)))
            else:
                if failures:
                    self._log.info("The server answers.")
                return True
        return False

    async def _unless_told(self, attempt: Callable[[], Awaitable[object]]) -> bool:
        trying = asyncio.ensure_future(attempt())
        told = asyncio.ensure_future(self.until(lambda: self.told > 0))
        try:
            await asyncio.wait({trying, told}, return_when=asyncio.FIRST_COMPLETED)
            if trying.done():
                trying.result()
            return trying.done()
        finally:
            for task in (trying, told):
                task.cancel()
            await asyncio.gather(trying, told, return_exceptions=True)

    # --- waiting ---------------------------------------------------------------------------------

    async def until(self, met: Callable[[], bool]) -> None:
        """Wait until something is the case that is looked for at each `notice`."""
        while not met():
            self._news.clear()
            await self._news.wait()

    async def pause(self, seconds: float) -> None:
        """Wait so long, or until it is told to end once more."""
        before = self.told
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self.until(lambda: self.told > before)
