"""Bring what one process tells to its server, and hear what the server commands."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Final
from uuid import UUID

from peninsula.client.configuration import home_of
from peninsula.client.destination import Destination, destination
from peninsula.core.records import Command
from peninsula.core.settings import Settings
from peninsula.journal.forking import beginning
from peninsula.journal.lookout import Lookout
from peninsula.journal.own import OwnJournal
from peninsula.journal.store import Store
from peninsula.journal.tape import Tape

if TYPE_CHECKING:
    from peninsula.journal.control import Control
    from peninsula.journal.delivery import Intake
    from peninsula.journal.handover import Handover
    from peninsula.journal.shipper import Shipper

__all__ = ["Way"]

LOOK_EVERY: Final = 1.0
"""Seconds between two looks for a server where there was none."""

CONTROL_TIMEOUT: Final = 10.0
"""Seconds that a call for commands may take beyond its wait."""


class Way:
    """From a tape to the server that is set or serves the home, once there is one.

    Without a server nothing is imported for it, and no thread runs.
    """

    def __init__(
        self, tape: Tape, own: OwnJournal, store: Store, settings: Settings, emitter: UUID
    ) -> None:
        """Lead from that tape, whose journal and store hold what is on the way."""
        self._tape = tape
        self._own = own
        self._store = store
        self._settings = settings
        self._emitter = emitter
        self._home = home_of(settings)
        self._is_set = settings.api_url is not None
        self._callbacks: dict[UUID, Callable[[Command], None]] = {}
        self._shipper: Shipper | None = None
        self._control: Control | None = None
        self._handover: Handover | None = None
        self._lookout = Lookout(self.begin)
        self._look_at = 0.0

    @property
    def look_is_due(self) -> bool:
        """Tell whether there was no server, and it is time to look again."""
        return self._shipper is None and time.monotonic() >= self._look_at

    def wake(self) -> None:
        """Have the shipper go, if what was told makes a batch."""
        shipper = self._shipper
        if shipper is not None and self._tape.last >= shipper.due:
            shipper.wake()

    def begin(self) -> bool:
        """Go to the server, if there is one; True if there is."""
        self._look_at = time.monotonic() + LOOK_EVERY
        if self._shipper is None and self._find() is not None:
            self._start()
        return self._shipper is not None

    def flush(self, timeout: float) -> bool:
        """Wait, so many s, until the server has everything told so far; False if it has not."""
        if self._shipper is None:
            return False
        return self._shipper.flush(self._tape.last, timeout)

    def hand_over(self, port: Intake) -> None:
        """Bring what was told so far to the database of the home, which this process has open.

        Nothing where a shipper does it. Raises what the port raises.
        """
        if self._shipper is not None or self._is_set:
            return
        if self._handover is None:
            # Weight: for those who ask, where no server runs.
            from peninsula.journal.handover import Handover  # noqa: PLC0415

            self._handover = Handover(
                self._tape, lambda: self._own.journal, self._home, self._settings
            )
        self._handover.bring(port)
        if self._handover.committed:
            # A server that starts knows this process, and would presume it crashed if it heard
            # nothing from it.
            self._lookout.start()

    def look_out(self) -> None:
        """Look for a server from time to time, where there is none yet."""
        if self._shipper is None:
            self._lookout.start()

    def on_command(self, run: UUID, callback: Callable[[Command], None]) -> None:
        """Give what the server commands of that run to the callback, in a thread of the journal."""
        self._callbacks[run] = callback
        if self._control is not None:
            self._control.start()

    def off_command(self, run: UUID) -> None:
        """Drop the run's callback."""
        self._callbacks.pop(run, None)

    def close(self, timeout: float) -> None:
        """Send the rest, for so many s at most, and end. Safe twice."""
        self._lookout.stop()
        if self._control is not None:
            self._control.stop()
        if self._shipper is not None:
            self._shipper.stop(timeout)

    def abandon(self) -> None:
        """Let go of the connections in a forked child, which has no threads."""
        for thread in (self._shipper, self._control):
            if thread is not None:
                thread.abandon()

    def _find(self) -> Destination | None:
        return destination(self._settings, self._home)

    def _start(self) -> None:
        with beginning():
            # Weight: a process without a server needs none of it.
            from peninsula.client.port import Port  # noqa: PLC0415
            from peninsula.journal.control import Control  # noqa: PLC0415
            from peninsula.journal.shipper import Shipper  # noqa: PLC0415

        shipper = Shipper(
            self._tape,
            self._own.journal,
            Port(self._find, self._settings.ship_timeout),
            home=self._home,
            settings=self._settings,
            committed=0 if self._handover is None else self._handover.committed,
        )
        if self._shipper is None:  # a signal handler or another thread may have come first
            self._shipper = shipper
            self._store.queueing = True
            port = Port(self._find, CONTROL_TIMEOUT)
            self._control = Control(self._emitter, port, self._tape.observe, self._callbacks)
            with suppress(RuntimeError):  # the interpreter shuts down: the journal has it
                shipper.start()
                self._control.start()
