"""Fork processes of `peninsula`, on request, from one that has imported what they need.

It is started with the number of a socket; each message there asks for one process:
`{"arguments", "env", "cwd", "session"}`, with stdin, stdout, stderr and a pipe that is told the
process's id and, at its end, how it ended.
"""

from __future__ import annotations

import gc
import io
import json
import os
import runpy
import select
import signal
import socket
import sys
import tempfile
from importlib import import_module
from typing import Any, NoReturn

BYTES = 2**20
"""Of a message: an environment is most of it."""

SENT = 4
"""Descriptors that come with a message."""


def main() -> None:
    """Fork until nobody asks any more. Children go on here as commands, and end as such."""
    _import()
    channel = socket.socket(fileno=int(sys.argv[1]))
    woken, waking = os.pipe2(os.O_NONBLOCK)
    signal.set_wakeup_fd(waking, warn_on_full_buffer=False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    told: dict[int, int] = {}
    while True:
        ready, _, _ = select.select([channel, woken], [], [])
        if woken in ready:
            os.read(woken, 1024)
            _reap(told)
        if channel in ready:
            message, descriptors, _, _ = socket.recv_fds(channel, BYTES, SENT)
            if not message:
                return
            if (pid := os.fork()) == 0:
                _run(json.loads(message), descriptors)
            for descriptor in descriptors[:3]:
                os.close(descriptor)
            told[pid] = descriptors[3]
            _tell(told[pid], pid)


def _import() -> None:
    """Have all that a command could import, and nothing to collect in it."""
    command_line = import_module("peninsula.cli.main")
    for noun in command_line.NOUNS:
        import_module(f"peninsula.cli.{noun.replace('-', '_')}")
    for name in ("peninsula.sdk.asking", "peninsula.server.http", "peninsula.server.local"):
        import_module(name)
    gc.freeze()


def _reap(told: dict[int, int]) -> None:
    while told:
        pid, status = os.waitpid(-1, os.WNOHANG)
        if pid == 0:
            return
        _tell(told[pid], os.waitstatus_to_exitcode(status))
        os.close(told.pop(pid))


def _tell(pipe: int, number: int) -> None:
    os.write(pipe, number.to_bytes(8, "little", signed=True))


def _run(asked: dict[str, Any], descriptors: list[int]) -> NoReturn:
    """Be `python -m peninsula` with these arguments, from its first line to its exit."""
    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    if asked["session"]:
        os.setsid()
    for number, descriptor in enumerate(descriptors[:3]):
        os.dup2(descriptor, number)
    os.closerange(3, os.sysconf("SC_OPEN_MAX"))
    os.environ.clear()
    os.environ.update(asked["env"])
    os.chdir(asked["cwd"])
    tempfile.tempdir = None
    raw = bool(os.environ.get("PYTHONUNBUFFERED"))
    sys.stdin = sys.__stdin__ = _stream(0, "r", raw=False)
    sys.stdout = sys.__stdout__ = _stream(1, "w", raw=raw)
    sys.stderr = sys.__stderr__ = _stream(2, "w", raw=raw, errors="backslashreplace")
    sys.argv = ["peninsula", *asked["arguments"]]
    sys.path[0] = asked["cwd"]
    runpy.run_module("peninsula", run_name="__main__", alter_sys=True)
    sys.exit()


def _stream(number: int, mode: str, *, raw: bool, errors: str = "strict") -> io.TextIOWrapper:
    file = open(number, f"{mode}b", buffering=0 if raw else -1, closefd=False)  # noqa: SIM115
    return io.TextIOWrapper(
        file, encoding="utf-8", errors=errors, line_buffering=number == 2, write_through=raw
    )


if __name__ == "__main__":
    main()
