"""Send what a process emits to its server, from a thread of its own."""

from __future__ import annotations

import logging
import threading
import time
from contextlib import suppress
from queue import Empty, SimpleQueue
from typing import Final

from peninsula.client.port import Port
from peninsula.core import limits
from peninsula.core.errors import (
    ForbiddenError,
    PeninsulaError,
    UnauthenticatedError,
    UnavailableError,
)
from peninsula.core.home import Home
from peninsula.core.settings import Settings
from peninsula.journal.backoff import pause_after
from peninsula.journal.delivery import Delivery
from peninsula.journal.journal import Journal
from peninsula.journal.rounds import Rounds
from peninsula.journal.tape import Tape

__all__ = ["Shipper"]

AT_EXIT: Final = 1.0
"""Seconds that an exit spends on what others left: there may be no processes but short ones."""

GRACE: Final = 0.25
"""Seconds that an exit waits for a server that has not answered for long."""

AGAIN: Final = 0.5
"""Seconds, at most, between two attempts of an exit: it may be waiting for the server's restart."""

PATIENCE: Final = 3
"""Attempts that fail before anyone is told."""

BEYOND: Final = 2
"""Batches sent at the end of what comes after it began, as daemon threads may never stop."""

NEVER: Final = 1 << 62

_log = logging.getLogger("peninsula.journal")


class Shipper:
    """One process's way to its server.

    The thread waits for the first record, then a moment for others to share its batch.
    """

    def __init__(
        self,
        tape: Tape,
        journal: Journal,
        port: Port,
        *,
        home: Home,
        settings: Settings,
        committed: int = 0,
    ) -> None:
        """Ship that tape, which lies in that journal if the disk takes it.

        `committed` is the number of the last record that the server is known to have.
        """
        self._tape = tape
        self._port = port
        self._home = home
        self._is_set = journal.header.destination is not None
        self._interval = settings.ship_interval
        self._outlast = settings.outlast_timeout if self._is_set else 0.0
        self._delivery = Delivery(
            tape, journal.header.process, port, home.rejected, committed=committed
        )
        self._rounds = Rounds(journal, self._delivery, port, home=home, settings=settings)
        self._failures = 0
        self._told = False
        self._problem: PeninsulaError | OSError | None = None
        self._silent_since: float | None = None
        self._wakes: SimpleQueue[None] = SimpleQueue()
        self._waiting: list[tuple[int, threading.Lock]] = []
        self._asked = self._closing = self._stopped = False
        self._closing_at = NEVER
        self._rounds_until = float("inf")
        self._over = threading.Lock()
        self._over.acquire()
        self._thread: threading.Thread | None = None
        self.due = NEVER
        """Number of the record whose emitter is to call `wake`."""

    @property
    def committed(self) -> int:
        """The number up to which the server has everything."""
        return self._delivery.committed

    # --- from any thread, and from signal handlers -----------------------------------------------

    def start(self) -> None:
        """Start the thread. Raises RuntimeError when the interpreter no longer allows it."""
        thread = threading.Thread(target=self._run, name="peninsula-shipper", daemon=True)
        thread.start()
        self._thread = thread

    def wake(self) -> None:
        """End the thread's wait."""
        self.due = NEVER
        self._wakes.put(None)

    def flush(self, number: int, timeout: float) -> bool:
        """Wait until the server has everything up to that number; False if it has not in time."""
        arrived = threading.Lock()
        arrived.acquire()
        waiter = (number, arrived)
        self._waiting.append(waiter)
        self._ask()
        try:
            arrived.acquire(timeout=max(timeout, 0.0))
        finally:
            with suppress(ValueError):
                self._waiting.remove(waiter)
        return self.committed >= number

    def stop(self, timeout: float) -> bool:
        """Send the last batch and end; True if the server has everything. Safe twice.

        A server that has been silent for a while already is not waited for once more, and one that
        is not there not at all: `_may_return`.
        """
        self._closing_at = self._tape.last
        self._rounds_until = time.monotonic() + min(timeout, AT_EXIT)
        self._closing = True
        self._ask()
        if self._silent_since is not None:
            timeout = max(timeout - (time.monotonic() - self._silent_since), GRACE)
        if self._over.acquire(timeout=max(timeout, 0.0)):
            self._over.release()
        elif (problem := self._problem) is not None:
            self._tell(problem)
        self._stopped = True
        self._port.close()
        self.wake()
        return self._delivery.closed and self.committed >= self._tape.last

    def abandon(self) -> None:
        """Let go of the connection in a forked child, which has no thread."""
        self._port.abandon()

    def _ask(self) -> None:
        self._asked = True
        self.wake()

    # --- the thread ------------------------------------------------------------------------------

    def _run(self) -> None:
        try:
            while not self._stopped:
                closing = self._closing
                self.tick(time.monotonic())
                if closing and not self._may_return(self._problem):
                    return
                self._pause()
        finally:
            self._rounds.close()
            self._rounds.note()
            self._release(everyone=True)
            self._over.release()
            self._port.leave()

    def tick(self, now: float) -> None:
        """Send what there is, and look after what others left if it is time. `now` is in s."""
        self._asked = False
        try:
            self._ship(now)
            self._recover()
            if self._closing:
                self._rounds.take_over()
            self._rounds.tick(now, self._is_idle)
        except (PeninsulaError, OSError) as problem:
            self._fail(problem)
        except Exception:  # noqa: BLE001
            # A defect here must not end the thread: the records would wait for an adopter.
            _log.exception("Shipping failed and is tried again")
            self._failures += 1
        self._release()

    def _may_return(self, problem: PeninsulaError | OSError | None) -> bool:
        """Tell whether an exit tries again what has failed so.

        It does where the server says so, and where it has taken something from this process. One
        that never was there may be away for long, and each short script would wait for it. One of
        this home adopts what is left as soon as it is back.
        """
        if not isinstance(problem, UnavailableError) or self._delivery.closed:
            return False
        return problem.soon or (self._is_set and self._delivery.log_id is not None)

    def _ship(self, now: float) -> None:
        beyond = 0
        while beyond <= BEYOND:
            if self._silent_since is None and self._tape.last > self.committed:
                self._silent_since = now
            sent = self._delivery.step(closing=self._closing)
            self._silent_since = None
            self._release()
            if not sent or self._delivery.closed or self._stopped:
                return
            beyond += self._closing and self.committed >= self._closing_at

    def _is_idle(self) -> bool:
        """Tell whether there is time for what others left."""
        if self._asked or self._stopped or time.monotonic() > self._rounds_until:
            return False
        return self._tape.last <= self.committed

    def _pause(self) -> None:
        if self._failures:
            pause = pause_after(self._failures)
            self._wait(min(pause, AGAIN) if self._closing else pause)
            return
        committed = self.committed
        if not (self._asked or self._rounds.under_way):
            self.due = committed + 1
            if self._tape.last <= committed:
                self._wait(max(self._rounds.next - time.monotonic(), 0.0))
        if not (self._asked or self._rounds.under_way):
            self.due = committed + limits.BATCH_RECORDS
            if committed < self._tape.last < self.due:
                self._wait(self._interval)
        self.due = NEVER

    def _wait(self, seconds: float) -> None:
        with suppress(Empty):
            self._wakes.get(timeout=seconds)
            while True:
                self._wakes.get_nowait()

    def _release(self, *, everyone: bool = False) -> None:
        for number, arrived in tuple(self._waiting):
            if (everyone or number <= self.committed) and arrived.locked():
                arrived.release()

    # --- when it fails ---------------------------------------------------------------------------

    def _fail(self, problem: PeninsulaError | OSError) -> None:
        self._failures += 1
        self._problem = problem
        gives_up = self._closing and not self._may_return(problem)
        if gives_up or _is_denied(problem) or self._failures >= PATIENCE:
            self._tell(problem)

    def _tell(self, problem: PeninsulaError | OSError) -> None:
        if self._told:
            return
        self._told = True
        fix = "Set PENINSULA_API_KEY to a key with scope emit. " if _is_denied(problem) else ""
        _log.warning(
            "The server does not take events: %s. %sThey are kept in %s and %s; the flow goes on.",
            str(problem).rstrip(". \n"),
            fix,
            self._home.journals,
            f"go with it unless they are sent before, for which a run waits {self._outlast:g} s"
            " at its end"
            if self._outlast
            else "sent when it does",
        )

    def _recover(self) -> None:
        if self._told:
            _log.warning("The server takes events again.")
        self._failures = 0
        self._told = False
        self._problem = None


def _is_denied(problem: Exception) -> bool:
    return isinstance(problem, UnauthenticatedError | ForbiddenError)
