"""Start a process that runs tasks, talk to it, and notice its end."""

from __future__ import annotations

import signal
import subprocess
import sys
from contextlib import suppress
from functools import partial
from multiprocessing.connection import Pipe
from threading import Lock
from typing import Any, Final
from uuid import UUID

from peninsula.sdk.remote.dispatch import LostError, RemoteGate

__all__ = ["WorkerProcess"]

_CODE: Final = """\
import signal, sys
signal.signal(signal.SIGINT, signal.SIG_IGN)
sys.path[:] = {path!r}
from peninsula.sdk.remote.process_main import main
main({number})
"""
"""A new interpreter: a fork of a process with threads may hang, and multiprocessing's `spawn` runs
the program again. Ctrl-C goes to the whole group; the flow's process decides what it means."""

EXIT: Final = 3.0
"""Seconds between the end of the connection and that of the process."""


_OUT_OF_MEMORY: Final = "The kernel does that when memory runs out."


class WorkerProcess:
    """A process that runs one task run after the other. It ends when this process does."""

    def __init__(self) -> None:
        """Start it. Raises OSError if the machine has no room for it."""
        self._connection, theirs = Pipe()
        number = theirs.fileno()
        code = _CODE.format(path=sys.path, number=number)
        flags = subprocess._args_from_interpreter_flags()  # type: ignore[attr-defined]  # noqa: SLF001  -W, -X and others; there is no public way
        self._process = subprocess.Popen(  # noqa: S603  this very Python
            [sys.executable, *flags, "-c", code], stdin=subprocess.DEVNULL, pass_fds=[number]
        )
        theirs.close()
        self._lock = Lock()
        self._say(sys.argv)

    def run(self, id_: UUID, parcel: bytes, gate: RemoteGate) -> bytes:
        """Have a task run there and return the answer. Raises LostError if the process ends."""
        try:
            self._say((id_, parcel))
            place = f"the worker process {self._process.pid}"
            tell = partial(self._tell, id_)
            gate.lead(place, tell, tell)
            return self._connection.recv_bytes()
        except (EOFError, OSError):
            raise LostError(self._obituary()) from None

    def _tell(self, run: UUID, what: object) -> None:
        with suppress(OSError):  # it is gone, which whoever awaits the answer tells
            self._say((run, what))

    def _say(self, message: Any) -> None:
        with self._lock:
            self._connection.send(message)

    def _obituary(self) -> str:
        code = self.wait(EXIT)
        how = f"was ended by {signal.Signals(-code).name}" if code < 0 else f"left with code {code}"
        said = f"The worker process {self._process.pid} {how} in the middle of the task."
        return f"{said} {_OUT_OF_MEMORY}" if code == -signal.SIGKILL else said

    def dismiss(self) -> None:
        """Let it end; what it told is sent first."""
        with suppress(OSError):
            self._say(None)

    @property
    def alive(self) -> bool:
        """Whether it has not ended."""
        return self._process.poll() is None

    def kill(self) -> None:
        """End it whatever it does; whoever awaits an answer notices. Safe twice."""
        self._process.kill()

    def wait(self, seconds: float) -> int:
        """Await its end, forced if it takes longer; return the exit code. No answer is awaited."""
        try:
            return self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            self._process.kill()
            return self._process.wait()
        finally:
            self._connection.close()
