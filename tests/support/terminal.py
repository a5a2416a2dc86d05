"""Run programs on a terminal, and see what a person would see there."""

from __future__ import annotations

import fcntl
import os
import pty
import struct
import subprocess
import sys
import termios
import threading
from pathlib import Path
from typing import IO, Self

import pyte

from tests.support.processes import PATIENCE

__all__ = ["Terminal"]


class Terminal:
    """A program on a terminal of its own, which emulates what real ones do."""

    def __init__(
        self,
        *arguments: str | Path,
        size: tuple[int, int] = (80, 24),
        env: dict[str, str] | None = None,
        stdout: IO[bytes] | None = None,
    ) -> None:
        """Run this Python with the arguments; only `stdout` may go elsewhere."""
        width, height = size
        self.screen = pyte.HistoryScreen(width, height, history=10_000)
        self.written = bytearray()
        self._stream = pyte.ByteStream(self.screen)
        self._changed = threading.Condition()
        self._ended = False
        self._ours, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", height, width, 0, 0))
        clean = {name: os.environ[name] for name in os.environ.keys() - _SIZES}
        self._process = subprocess.Popen(
            [sys.executable, *map(str, arguments)],
            stdin=theirs,
            stdout=theirs if stdout is None else stdout,
            stderr=theirs,
            env={**clean, "TERM": "xterm-256color", **(env or {})},
            start_new_session=True,
        )
        os.close(theirs)
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    @property
    def lines(self) -> list[str]:
        """What is on it, with what has scrolled away; without empty lines at the end."""
        with self._changed:
            return self._lines()

    def wait_for(self, text: str) -> str:
        """Return the first line with this text, once there is one."""
        with self._changed:
            self._changed.wait_for(lambda: self._ended or self._find(text), PATIENCE)
            found = self._find(text)
        assert found is not None, f"No {text!r} on the terminal:\n" + "\n".join(self.lines)
        return found

    def wait_without(self, text: str) -> None:
        """Wait until no line has this text any more."""
        with self._changed:
            gone = self._changed.wait_for(lambda: not self._find(text), PATIENCE)
        assert gone, f"{text!r} stays on the terminal:\n" + "\n".join(self.lines)

    def wait(self) -> int:
        """Await the end and return the exit code."""
        code = self._process.wait(PATIENCE)
        self._reader.join(PATIENCE)
        return code

    def signal(self, number: int) -> None:
        """Send a signal."""
        self._process.send_signal(number)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._process.poll() is None:
            self._process.kill()
        self.wait()
        os.close(self._ours)

    def _read(self) -> None:
        while True:
            try:
                part = os.read(self._ours, 65_536)
            except OSError:  # Linux says so when the last one has closed the terminal
                part = b""
            with self._changed:
                self.written += part
                self._stream.feed(part)
                self._ended = not part
                self._changed.notify_all()
            if not part:
                return

    def _lines(self) -> list[str]:
        columns = range(self.screen.columns)
        past = ["".join(row[at].data for at in columns) for row in self.screen.history.top]
        lines = [line.rstrip() for line in (*past, *self.screen.display)]
        while lines and not lines[-1]:
            lines.pop()
        return lines

    def _find(self, text: str) -> str | None:
        return next((line for line in self._lines() if text in line), None)


_SIZES = {"NO_COLOR", "COLUMNS", "LINES", "FORCE_COLOR"}
"""What would stand for the terminal's own answer."""
