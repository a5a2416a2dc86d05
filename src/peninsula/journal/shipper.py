"""Send what a process emits to its server, from a thread of its own."""

from __future__ import annotations

import logging
import random
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from queue import Empty, SimpleQueue
from typing import Final

from peninsula.client.port import Port
from peninsula.core import limits
from peninsula.core.errors import ForbiddenError, PeninsulaError, UnauthenticatedError
from peninsula.core.home import Home
from peninsula.core.records import Process
from peninsula.core.settings import Settings
from peninsula.journal import adopt, kept
from peninsula.journal.delivery import Delivery
from peninsula.journal.journal import Journal, Shipped
from peninsula.journal.tape import Tape

__all__ = ["Shipper"]

FIRST_PAUSE: Final = 0.1
LONGEST_PAUSE: Final = 30.0
"""Seconds until the next attempt where the server does not answer: each is twice the last."""

ROUND: Final = 30.0
"""Seconds between two looks for journals whose process is gone, and at what the server has."""

AT_EXIT: Final = 1.0
"""Seconds that an exit spends on what others left: there may be no processes but short ones."""

TIDY: Final = 5.0
"""Seconds between two looks at what of the own journal is no longer needed."""

GRACE: Final = 0.25
"""Seconds that an exit waits for a server that has not answered for long."""

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
        process: Process,
        port: Port,
        *,
        home: Home,
        settings: Settings,
        destination: str | None,
        journal: Journal,
    ) -> None:
        """Ship that tape; `journal` is where it lies, if the disk takes it."""
        self._tape = tape
        self._process = process
        self._port = port
        self._home = home
        self._settings = settings
        self._destination = destination
        self._journal = journal
        self._delivery = Delivery(tape, process, port, home.rejected)
        self._adoption: Iterator[Journal | None] | None = None
        self._next_round = self._next_tidy = 0.0
        self._rounds = 0
        self._noted = 0
        self._failures = 0
        self._told = False
        self._silent_since: float | None = None
        self._wakes: SimpleQueue[None] = SimpleQueue()
        self._waiting: list[tuple[int, threading.Lock]] = []
        self._asked = self._closing = self._stopped = False
        self._closing_at = NEVER
        self._adopt_until = float("inf")
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

        A server that has been silent for a while already is not waited for once more.
        """
        self._closing_at = self._tape.last
        self._adopt_until = time.monotonic() + min(timeout, AT_EXIT)
        self._closing = True
        self._ask()
        if self._silent_since is not None:
            timeout = max(timeout - (time.monotonic() - self._silent_since), GRACE)
        if self._over.acquire(timeout=max(timeout, 0.0)):
            self._over.release()
        self._stopped = True
        self._port.close()
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
            closing = False
            while not (closing or self._stopped):
                closing = self._closing
                self.tick(time.monotonic())
                if not closing:
                    self._pause()
        finally:
            if self._adoption is not None:
                self._adoption.close()  # type: ignore[attr-defined]
            self._note()
            self._release(everyone=True)
            self._over.release()
            self._port.leave()

    def tick(self, now: float) -> None:
        """Send what there is, and look after what others left if it is time. `now` is in s."""
        self._asked = False
        try:
            self._ship(now)
            self._recover()
            self._tidy(now)
            self._go_round(now)
        except (PeninsulaError, OSError) as problem:
            self._fail(problem)
        except Exception:  # noqa: BLE001
            # A defect here must not end the thread: the records would wait for an adopter.
            _log.exception("Shipping failed and is tried again")
            self._failures += 1
        self._release()

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

    def _pause(self) -> None:
        if self._failures:
            pause = min(FIRST_PAUSE * 2 ** (self._failures - 1), LONGEST_PAUSE)
            self._wait(pause * random.uniform(0.5, 1.0))  # noqa: S311  jitter, not a secret
            return
        committed = self.committed
        if self._adoption is None and not self._asked:
            self.due = committed + 1
            if self._tape.last <= committed:
                self._wait(max(self._next_round - time.monotonic(), 0.0))
        if self._adoption is None and not self._asked:
            self.due = committed + limits.BATCH_RECORDS
            if committed < self._tape.last < self.due:
                self._wait(self._settings.ship_interval)
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
        denied = isinstance(problem, UnauthenticatedError | ForbiddenError)
        if self._told or not (denied or self._closing or self._failures >= PATIENCE):
            return
        self._told = True
        fix = "Set PENINSULA_API_KEY to a key with scope emit. " if denied else ""
        _log.warning(
            "The server does not take events: %s %s"
            "They are kept in %s and sent when it does; the flow goes on.",
            problem,
            fix,
            self._home.journals,
        )

    def _recover(self) -> None:
        if self._told:
            _log.warning("The server takes events again.")
        self._failures = 0
        self._told = False

    # --- now and then ----------------------------------------------------------------------------

    def _tidy(self, now: float) -> None:
        if self._delivery.went_back:
            self._delivery.went_back = False
            kept.forget_log(self._home, self._destination)
            self._next_round = now
        if now >= self._next_tidy:
            self._next_tidy = now + TIDY
            self._note()
            kept.prune_segments(self._journal.folder, self.committed, self._settings)

    def _note(self) -> None:
        log_id, closed = self._delivery.log_id, self._delivery.closed
        if log_id is not None and (closed or self.committed != self._noted):
            self._noted = self.committed
            with suppress(OSError):
                self._journal.note(Shipped(log_id=log_id, number=self.committed, closed=closed))

    def _go_round(self, now: float) -> None:
        """Take over what others left, a batch at a time, between the own records."""
        if self._adoption is None and now >= self._next_round:
            self._next_round = now + ROUND
            if self._rounds and not self._closing:
                self._compare()
            self._rounds += 1
            self._adoption = adopt.take_over(
                self._home, self._destination, self._port, self._settings, self._delivery.log_id
            )
        while self._adoption is not None and self._tape.last <= self.committed:
            if self._asked or self._stopped or time.monotonic() > self._adopt_until:
                return
            try:
                next(self._adoption)
            except StopIteration:
                self._adoption = None
            except (PeninsulaError, OSError) as problem:
                _log.info("What others left is shipped later: %s", problem)
                self._adoption = None

    def _compare(self) -> None:
        """Ask whether the server still has what it had: it may have been restored meanwhile."""
        offers = self._port.offers([self._process.emitter])
        self._delivery.compare(offers)
