"""Run the task runs that another process sends, until it sends no more or is gone."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from multiprocessing.connection import Connection
from queue import SimpleQueue
from threading import Lock, Thread
from time import sleep
from typing import Final
from uuid import UUID

from peninsula.core.life import Ending
from peninsula.core.states import StateType
from peninsula.journal import emitter
from peninsula.sdk.remote.execution import ReceivedRun, receive

__all__ = ["main"]

GRACE: Final = 3.0
"""Seconds that a task has to end when the process of its flow is gone."""

_ALONE: Final = Ending(
    type=StateType.CRASHED, name="Crashed", message="The process of its flow run is gone."
)


def main(number: int) -> None:
    """Serve the connection with that file descriptor to its end."""
    connection = Connection(number)
    sys.argv[:] = connection.recv()
    desk = _Desk()
    Thread(target=_listen, args=(connection, desk), name="peninsula-orders", daemon=True).start()
    while (parcel := desk.parcels.get()) is not None:
        try:
            answer = receive(parcel, desk.begin)
        finally:
            desk.end()
        with suppress(OSError):  # nobody is there to hear it
            connection.send_bytes(answer)


class _Desk:
    """What came and is not dealt with: parcels for the main thread, orders for the run in it."""

    def __init__(self) -> None:
        self.parcels: SimpleQueue[bytes | None] = SimpleQueue()
        self._lock = Lock()
        self._received: ReceivedRun | None = None
        self._waiting: tuple[UUID | None, Ending] | None = None
        self._held: UUID | None = None

    @property
    def busy(self) -> bool:
        """Whether a run is there."""
        return self._received is not None

    def begin(self, received: ReceivedRun) -> None:
        """Have orders reach this run, also one that came while it was unpacked."""
        with self._lock:
            self._received = received
            if self._held == received.run.id:
                received.hold(held=True)
            if self._waiting is not None:
                self._pass_on(*self._waiting)

    def end(self) -> None:
        """Have orders reach nobody."""
        with self._lock:
            self._received = None

    def order(self, run: UUID | None, ending: Ending) -> None:
        """Have that run end so; None is whichever is there."""
        with self._lock:
            self._waiting = run, ending
            self._pass_on(run, ending)

    def hold(self, run: UUID, *, held: bool) -> None:
        """Have what that run begins wait, or go on."""
        with self._lock:
            self._held = run if held else None
            if self._received is not None and run == self._received.run.id:
                self._received.hold(held=held)

    def _pass_on(self, run: UUID | None, ending: Ending) -> None:
        if self._received is not None and run in {None, self._received.run.id}:
            self._received.order(ending)


def _listen(connection: Connection, desk: _Desk) -> None:
    """Take what the flow's process says. Its end is the end of this one, however it came."""
    try:
        while (message := connection.recv()) is not None:
            run, what = message
            if isinstance(what, Ending):
                desk.order(run, what)
            elif isinstance(what, bool):
                desk.hold(run, held=what)
            else:
                desk.parcels.put(what)
    except (EOFError, OSError):
        pass
    desk.parcels.put(None)
    desk.order(None, _ALONE)
    # A process that waits leaves by itself. One with a task that cannot be interrupted does not.
    sleep(GRACE)
    if desk.busy:
        emitter.current().close()
        os._exit(1)
