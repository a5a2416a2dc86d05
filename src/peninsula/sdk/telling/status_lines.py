"""Keep lines on the terminal beneath what a program prints there.

The cursor stays where the program left it, so whatever else writes to the terminal (a subprocess, a
library in C) writes above the lines, too. It is never hidden: a process that is killed leaves a
terminal that works.
"""

from __future__ import annotations

import io
import re
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from threading import RLock
from time import monotonic
from typing import Any, Final

from peninsula.sdk.interrupting.interrupts import Shielded

__all__ = ["StatusLines"]

_ERASE: Final = "\x1b[J"
"""From the cursor to the end of the screen."""
_DOWN: Final = "\x1bD"
"""A line down, in the same column; the screen scrolls if there is none."""
_UP: Final = "\x1b[{}A"
_SAVE, _RESTORE, _PLAIN = "\x1b7", "\x1b8", "\x1b[0m"

_STEERS: Final = re.compile(r"\x1b\[[0-9;?]*[A-HJKSTfhlsu]")
"""What moves the cursor or hides it: the program has a display of its own."""

SOON: Final = 0.03
"""Seconds after a drawing in which the lines do not come back for each line that is printed."""


class StatusLines:
    """Lines beneath all that this process writes to stderr, and to stdout if it is a terminal."""

    def __init__(self) -> None:
        self._terminal = sys.stderr
        self._lock = RLock()
        self._watched: dict[Any, Callable[[str], int]] = {}
        self._written = sys.stderr.write
        self._lines = ""
        self._shown = False
        self._due = 0.0
        self.disturbed = False
        """Whether somebody else draws there: nothing is drawn any more."""

    def show(self, lines: Sequence[str]) -> None:
        """Put these lines in the place of those that are there. None is wider than the terminal."""
        room = _DOWN * len(lines) + _UP.format(len(lines))
        drawn = "".join(f"\r\n{line}" for line in lines)
        with self._lock:
            self._watch()
            self._lines = f"{_ERASE}{room}{_SAVE}{_PLAIN}{drawn}{_RESTORE}"
            self._draw()

    def close(self) -> None:
        """Take the lines away. Safe twice."""
        with Shielded(), self._lock:
            self.forget()
            self._clear()
            self._lines = ""

    def forget(self) -> None:
        """Let streams write as before."""
        for stream in self._watched:
            stream.__dict__.pop("write", None)
        self._watched.clear()

    def _watch(self) -> None:
        # The stream itself, as handlers of logging and others hold it; it may be another than
        # before. What is not Python's own writes to one that is, or elsewhere.
        for stream in {sys.stdout, sys.stderr} - self._watched.keys():
            if type(stream) is io.TextIOWrapper and not stream.closed and stream.isatty():
                self._watched[stream] = stream.write
                stream.write = self._writer(stream, stream.write)  # type: ignore[method-assign]

    def _writer(self, stream: Any, write: Callable[[str], int]) -> Callable[[str], int]:
        def write_above(text: str) -> int:
            with Shielded(), self._lock:
                self._clear()
                written = write(text)
                if "\x1b[" in text and _STEERS.search(text):
                    self.disturbed = True
                if self._lines and monotonic() > self._due and text.endswith("\n"):
                    with suppress(OSError, ValueError):
                        stream.flush()
                    self._draw()
            return written

        return write_above

    def _draw(self) -> None:
        if not self.disturbed:
            self._put(self._lines)
            self._shown = True
            self._due = monotonic() + SOON

    def _clear(self) -> None:
        if self._shown:
            self._put(_ERASE)
            self._shown = False

    def _put(self, text: str) -> None:
        try:
            self._written(text)
            self._terminal.flush()
        except (OSError, ValueError):  # hung up, or closed
            self.disturbed = True
