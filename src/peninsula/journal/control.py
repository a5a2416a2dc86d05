"""Hear from the server what to do with the runs of this process, and thereby renew its lease."""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from typing import Final
from uuid import UUID

from peninsula.client.port import Port
from peninsula.core.answers import Poll
from peninsula.core.errors import PeninsulaError
from peninsula.core.records import Command
from peninsula.journal.backoff import pause_after

__all__ = ["Callback", "Control"]

Callback = Callable[[Command], None]
"""Is given a command for its run, in the control thread."""

WAIT: Final = 10.0
"""Seconds that the server holds a call without commands: a lease is renewed at least so often."""

FIRST_CALL: Final = 0.2
"""Seconds before the first call: a flow shorter than this never makes one."""

AT_ONCE: Final = 1.0
"""Seconds below which an answer without a command is followed by a pause as long."""

REMEMBERED: Final = 1_000
"""Commands known to be done, as the server repeats those whose acknowledgement was lost."""

_log = logging.getLogger("peninsula.journal")


class Control:
    """One call after the other, held open while the process has runs."""

    def __init__(
        self, emitter: UUID, port: Port, observe: Callable[[int], None], runs: dict[UUID, Callback]
    ) -> None:
        """Call for the runs that have a callback; `observe` is told the server's stamps."""
        self._emitter = emitter
        self._port = port
        self._observe = observe
        self._callbacks = runs
        self._early: dict[UUID, list[Command]] = {}
        self._heard: deque[UUID] = deque(maxlen=REMEMBERED)
        self._unacknowledged: tuple[UUID, ...] = ()
        self._lock = threading.RLock()
        self._thread: threading.Thread | None = None
        self._stopped = threading.Event()

    def start(self) -> None:
        """Call as long as there are runs, and give them what came before they were known."""
        with self._lock:
            known = [run for run in self._early if run in self._callbacks]
            early = [(run, self._early.pop(run)) for run in known]
            if self._callbacks and self._thread is None and not self._stopped.is_set():
                thread = threading.Thread(target=self._run, name="peninsula-control", daemon=True)
                with suppress(RuntimeError):  # the interpreter shuts down
                    thread.start()
                    self._thread = thread
        for run, commands in early:
            for command in commands:
                self._give(run, command)

    def stop(self) -> None:
        """End the call that is open, and make no other. Safe twice."""
        self._stopped.set()
        self._port.close()

    def abandon(self) -> None:
        """Let go of the connection in a forked child, which has no thread."""
        self._port.abandon()

    # --- the thread ------------------------------------------------------------------------------

    def _run(self) -> None:
        self._stopped.wait(FIRST_CALL)
        failures = 0
        while self._has_runs():
            try:
                pause = self._call()
                failures = 0
            except (PeninsulaError, OSError) as problem:
                _log.debug("The call for commands failed: %s", problem)
                failures += 1
                pause = pause_after(failures)
            self._stopped.wait(pause)

    def _has_runs(self) -> bool:
        with self._lock:
            if self._callbacks and not self._stopped.is_set():
                return True
            self._port.leave()
            self._thread = None
            return False

    def _call(self) -> float:
        """Wait for commands and pass them on; return how long to pause, in s."""
        began = time.monotonic()
        poll = Poll(emitter=self._emitter, wait=WAIT, acknowledged=self._unacknowledged)
        orders = self._port.control(poll)
        self._observe(orders.stamp)
        self._unacknowledged = tuple(command.id for command in orders.commands)
        fresh = [command for command in orders.commands if command.id not in self._heard]
        for command in fresh:
            self._heard.append(command.id)
            self._give(command.run, command)
        # A proxy may answer at once, or a server repeat itself: neither is called in a tight loop.
        return 0.0 if fresh or time.monotonic() - began > AT_ONCE else AT_ONCE

    def _give(self, run: UUID, command: Command) -> None:
        with self._lock:
            callback = self._callbacks.get(run)
            if callback is None:
                self._early.setdefault(run, []).append(command)
                if len(self._early) > REMEMBERED:
                    self._early.pop(next(iter(self._early)))
                return
        try:
            callback(command)
        except Exception:  # noqa: BLE001
            # It is the engine's; whatever it raises, the lease has to be renewed.
            _log.exception("The command %s for run %s was not carried out", command.action, run)
