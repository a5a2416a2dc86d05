"""Run programs beside a test: await what they print, stop them, kill them at any moment."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from random import Random
from time import monotonic
from typing import Any, Self, TypeVar

from tests.support import nursery

__all__ = ["PATIENCE", "Program", "peninsula", "python", "wait_until"]

T = TypeVar("T")

Start = Callable[
    [list[str], dict[str, str], Path | None], "subprocess.Popen[bytes] | nursery.Forked"
]

PENINSULA = (sys.executable, "-m", "peninsula")

PATIENCE = 30.0
"""Seconds until a wait for something that must come is given up; nothing is as slow as this."""


class Program:
    """A running process whose output is read line by line as it comes; stderr is among it.

    It leads a process group of its own, so that closing it ends its children as well.
    """

    def __init__(
        self,
        command: Sequence[str | Path],
        *,
        env: Mapping[str, str] | None = None,
        cwd: Path | None = None,
        start: Start | None = None,
    ) -> None:
        self.command = [str(part) for part in command]
        self.lines: list[str] = []
        self._changed = threading.Condition()
        self._ended = False
        environment = {**os.environ, "PYTHONUNBUFFERED": "1", **(env or {})}
        self._process = (start or _start)(self.command, environment, cwd)
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    @property
    def pid(self) -> int:
        """The process's id."""
        return self._process.pid

    @property
    def returncode(self) -> int | None:
        """The exit code, negative for a signal, None while it runs."""
        return self._process.poll()

    @property
    def output(self) -> str:
        """All it has printed so far."""
        with self._changed:
            return "\n".join(self.lines)

    def wait_for_line(self, text: str, *, timeout: float = PATIENCE, start: int = 0) -> str:
        """Return the first line that contains the text, at or after line number `start`."""
        with self._changed:
            self._changed.wait_for(lambda: self._find(text, start) or self._ended, timeout)
            line = self._find(text, start)
        if line is None:
            msg = f"No line with {text!r} from {self.describe()}"
            raise AssertionError(msg)
        return line

    def wait(self, timeout: float = PATIENCE) -> int:
        """Await the end and return the exit code."""
        try:
            code = self._process.wait(timeout)
        except subprocess.TimeoutExpired:
            msg = f"Still running after {timeout} s: {self.describe()}"
            raise AssertionError(msg) from None
        # A child that outlives the process may hold the pipe: the reader is not awaited for long.
        self._reader.join(1)
        return code

    def succeed(self, timeout: float = PATIENCE) -> str:
        """Await the end, check that the exit code is 0, and return the output."""
        assert self.wait(timeout) == 0, self.describe()
        return self.output

    def signal(self, number: int) -> None:
        """Send a signal, unless the process has ended."""
        self._process.send_signal(number)

    def terminate(self, timeout: float = PATIENCE) -> int:
        """Ask it to end by SIGTERM and return the exit code."""
        self.signal(signal.SIGTERM)
        return self.wait(timeout)

    def kill(self) -> int:
        """End it with -9; its children are left alone."""
        self.signal(signal.SIGKILL)
        return self.wait()

    def kill_within(self, seconds: float, random: Random) -> bool:
        """Kill it at a random moment in the time to come; False if it ended before."""
        try:
            self._process.wait(random.uniform(0, seconds))
        except subprocess.TimeoutExpired:
            self.kill()
            return True
        self.wait()
        return False

    def close(self) -> None:
        """End it and whatever it started; safe twice."""
        with suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGKILL)
        self.wait()
        if self._reader.is_alive():
            return
        assert self._process.stdout is not None
        self._process.stdout.close()

    def describe(self) -> str:
        """Return what it is, how it ended and what it last printed, for a failed test."""
        tail = "\n".join(self.output.splitlines()[-50:])
        return f"{' '.join(self.command)} (exit code {self.returncode}), which printed:\n{tail}"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            with self._changed:
                self.lines.append(line.decode(errors="replace").rstrip("\n"))
                self._changed.notify_all()
        with self._changed:
            self._ended = True
            self._changed.notify_all()

    def _find(self, text: str, start: int) -> str | None:
        return next((line for line in self.lines[start:] if text in line), None)


def _start(
    command: list[str], env: dict[str, str], cwd: Path | None
) -> subprocess.Popen[bytes] | nursery.Forked:
    return subprocess.Popen(
        command,
        env=env,
        cwd=cwd,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )


def _fork(
    command: list[str], env: dict[str, str], cwd: Path | None
) -> subprocess.Popen[bytes] | nursery.Forked:
    if not nursery.fits(env):
        return _start(command, env, cwd)
    reading, writing = os.pipe()
    nothing = os.open(os.devnull, os.O_RDONLY)
    try:
        forked = nursery.start(
            command[len(PENINSULA) :],
            env=env,
            cwd=cwd,
            streams=(nothing, writing, writing),
            session=True,
        )
    finally:
        os.close(nothing)
        os.close(writing)
    forked.stdout = os.fdopen(reading, "rb")
    return forked


def peninsula(*arguments: str | Path, **options: Any) -> Program:
    """Run `peninsula` with the arguments, forked from a process that has its modules already."""
    return Program([*PENINSULA, *arguments], start=_fork, **options)


def python(*arguments: str | Path, **options: object) -> Program:
    """Run this Python with the arguments: a script and its own, or `-m` and a module."""
    return Program([sys.executable, *arguments], **options)  # type: ignore[arg-type]


def wait_until(
    condition: Callable[[], T | None], *, timeout: float = PATIENCE, what: str = "it"
) -> T:
    """Return the first truthy answer of a condition, for what announces itself in no other way."""
    deadline = monotonic() + timeout
    pause = threading.Event()
    while True:
        if answer := condition():
            return answer
        if monotonic() > deadline:
            msg = f"Waited {timeout} s for {what} in vain."
            raise AssertionError(msg)
        pause.wait(0.01)
