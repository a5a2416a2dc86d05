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
        self, emitter: UUID, open_port: Callable[[], Port], observe: Callable[[int], None]
    ) -> None:
        """Open a port when the first run comes; `observe` is told the server's stamps."""
        self._emitter = emitter
        self._open_port = open_port
        self._observe = observe
        self._port: Port | None = None
        self._callbacks: dict[UUID, Callback] = {}
        self._early: dict[UUID, list[Command]] = {}
        self._heard: deque[UUID] = deque(maxlen=REMEMBERED)
        self._unacknowledged: tuple[UUID, ...] = ()
        self._lock = threading.RLock()
        self._thread: threading.Thread | None = None
        self._stopped = threading.Event()
        self._enabled = False

    def enable(self) -> None:
        """There is a server: call it as soon as there are runs."""
        self._enabled = True
        self._start()

    def on_command(self, run: UUID, callback: Callback) -> None:
        """Give the run's commands to the callback from now on, and those that came before."""
        with self._lock:
            self._callbacks[run] = callback
            early = self._early.pop(run, [])
        for command in early:
            _give(callback, command)
        self._start()

    def off_command(self, run: UUID) -> None:
        """Drop the run's callback, if there is one."""
        self._callbacks.pop(run, None)

    def stop(self) -> None:
        """End the call that is open, and make no other. Safe twice."""
        self._stopped.set()
        if (port := self._port) is not None:
            port.close()

    def abandon(self) -> None:
        """Let go of the connection in a forked child, which has no thread."""
        if (port := self._port) is not None:
            port.abandon()

    # --- the thread ------------------------------------------------------------------------------

    def _start(self) -> None:
        with self._lock:
            idle = self._thread is None and not self._stopped.is_set()
            if idle and self._enabled and self._callbacks:
                thread = threading.Thread(target=self._run, name="peninsula-control", daemon=True)
                with suppress(RuntimeError):  # the interpreter shuts down
                    thread.start()
                    self._thread = thread

    def _run(self) -> None:
        port = self._port = self._open_port()
        self._stopped.wait(FIRST_CALL)
        failures = 0
        while self._has_runs():
            try:
                pause = self._call(port)
                failures = 0
            except (PeninsulaError, OSError) as problem:
                _log.debug("The call for commands failed: %s", problem)
                failures += 1
                pause = pause_after(failures)
            self._stopped.wait(pause)
        port.leave()

    def _has_runs(self) -> bool:
        with self._lock:
            if self._callbacks and not self._stopped.is_set():
                return True
            self._thread = None
            return False

    def _call(self, port: Port) -> float:
        """Wait for commands and pass them on; return how long to pause, in s."""
        began = time.monotonic()
        poll = Poll(emitter=self._emitter, wait=WAIT, acknowledged=self._unacknowledged)
        orders = port.control(poll)
        self._observe(orders.stamp)
        self._unacknowledged = tuple(command.id for command in orders.commands)
        fresh = [command for command in orders.commands if command.id not in self._heard]
        for command in fresh:
            self._heard.append(command.id)
            self._pass_on(command)
        # A proxy may answer at once, or a server repeat itself: neither is called in a tight loop.
        return 0.0 if fresh or time.monotonic() - began > AT_ONCE else AT_ONCE

    def _pass_on(self, command: Command) -> None:
        with self._lock:
            callback = self._callbacks.get(command.run)
            if callback is None:
                self._early.setdefault(command.run, []).append(command)
                if len(self._early) > REMEMBERED:
                    self._early.pop(next(iter(self._early)))
                return
        _give(callback, command)


def _give(callback: Callback, command: Command) -> None:
    try:
        callback(command)
    except Exception:  # noqa: BLE001
        # It is the engine's; whatever it raises, the lease has to be renewed.
        _log.exception("The command %s for run %s was not carried out", command.action, command.run)
