"""Start `peninsula` as a process that has its modules already: three times as fast.

A process imports a thousand modules for most commands, which is most of what they cost. Here one
process imports them, and the others are forked from it. Where Python itself is to read the
environment, or the import is what is tested, `processes.python` starts one from nothing.
"""

from __future__ import annotations

import atexit
import json
import os
import select
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import ExitStack, suppress
from functools import cache
from pathlib import Path
from tempfile import TemporaryFile
from threading import Lock
from typing import IO

__all__ = ["Forked", "fits", "run", "start"]

ENVIRONMENT = dict(os.environ)
"""That of the process which forks: as it is before the first test."""

READ_ONCE = ("PYTHON", "LC_", "LANG", "LD_", "TZ")
"""How names begin that Python or its libraries read once, at their start."""


class Forked:
    """A process with as much of `subprocess.Popen` as tests need."""

    def __init__(self, status: int) -> None:
        self._status = open(status, "rb", buffering=0)  # noqa: SIM115  closed at the end
        self.pid = self._told()
        self.returncode: int | None = None
        self.stdout: IO[bytes] | None = None
        self._waiting = Lock()

    def poll(self) -> int | None:
        """Return the exit code, negative for a signal, None while it runs."""
        with suppress(subprocess.TimeoutExpired):
            self.wait(0)
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """Await the end and return the exit code."""
        with self._waiting:
            if self.returncode is None:
                if not select.select([self._status], [], [], timeout)[0]:
                    raise subprocess.TimeoutExpired(str(self.pid), timeout or 0)
                self.returncode = self._told()
                self._status.close()
        return self.returncode

    def send_signal(self, number: int) -> None:
        """Send a signal, unless the process has ended."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        """End it with -9."""
        self.send_signal(signal.SIGKILL)

    def _told(self) -> int:
        told = self._status.read(8)
        assert len(told) == 8, "The process that forks others has ended."
        return int.from_bytes(told, "little", signed=True)


def fits(env: Mapping[str, str]) -> bool:
    """Whether Python would start in that environment as it has started here."""
    return all(
        env.get(name) == ENVIRONMENT.get(name)
        for name in {*env, *ENVIRONMENT}
        if name.startswith(READ_ONCE) and name != "PYTHONUNBUFFERED"
    )


def start(
    arguments: Sequence[str],
    *,
    env: Mapping[str, str],
    cwd: Path | None,
    streams: tuple[int, int, int],
    session: bool = False,
) -> Forked:
    """Run `python -m peninsula` with these arguments, and these descriptors for its streams."""
    told, telling = os.pipe()
    asked = {
        "arguments": list(arguments),
        "env": dict(env),
        "cwd": str(cwd or Path.cwd()),
        "session": session,
    }
    try:
        socket.send_fds(_channel(), [json.dumps(asked).encode()], [*streams, telling])
    finally:
        os.close(telling)
    return Forked(told)


def run(
    arguments: Sequence[str],
    *,
    stdin: str,
    env: Mapping[str, str],
    cwd: Path | None,
    timeout: float,
) -> subprocess.CompletedProcess[str]:
    """Run it to its end, as `subprocess.run` does."""
    with ExitStack() as stack:
        given, out, err = (stack.enter_context(TemporaryFile("w+")) for _ in range(3))
        given.write(stdin)
        given.seek(0)
        streams = (given.fileno(), out.fileno(), err.fileno())
        process = start(arguments, env=env, cwd=cwd, streams=streams)
        try:
            code = process.wait(timeout)
        finally:
            process.kill()
        for stream in (out, err):
            stream.seek(0)
        return subprocess.CompletedProcess(list(arguments), code, out.read(), err.read())


@cache
def _channel() -> socket.socket:
    """Return the way to the process that forks; it ends with this one."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with theirs:
        theirs.set_inheritable(True)
        program = Path(__file__).with_name("nursery_process.py")
        # What waits for the end of pytest's output does not wait for this process.
        nowhere = [(os.POSIX_SPAWN_OPEN, number, os.devnull, os.O_RDWR, 0) for number in (0, 1)]
        command = [sys.executable, str(program), str(theirs.fileno())]
        os.posix_spawn(sys.executable, command, ENVIRONMENT, file_actions=nowhere)
    atexit.register(ours.close)
    return ours
