"""Follow what a process prints to its file, as much of it as a log should hold."""

from __future__ import annotations

from collections import deque
from pathlib import Path
from typing import Final

__all__ = ["Output"]

KEPT: Final = 5_000
"""Lines from the beginning that are kept,"""

LAST: Final = 500
"""and from the end, where there are more."""

CHUNK: Final = 1 << 20


class Output:
    """The file that a process writes to, read on from where this was the last time."""

    def __init__(self, path: Path, offset: int = 0, lines: int = 0) -> None:
        self._path = path
        self.offset = offset
        self.lines = lines
        """How many were given."""
        self._rest = b""
        self._last: deque[str] = deque(maxlen=LAST)
        self._left_out = 0

    def read_on(self) -> list[str]:
        """Return the whole lines that came since; of too many none, until `close`."""
        given: list[str] = []
        while chunk := self._chunk():
            *whole, self._rest = (self._rest + chunk).split(b"\n")
            given += self._kept(whole)
        return given

    def _chunk(self) -> bytes:
        try:
            with self._path.open("rb") as file:
                file.seek(self.offset)
                chunk = file.read(CHUNK)
        except OSError:
            return b""
        self.offset += len(chunk)
        return chunk

    def _kept(self, lines: list[bytes]) -> list[str]:
        given = []
        for line in lines:
            text = line.decode(errors="replace").rstrip("\r")
            if not text.strip():
                continue
            if self.lines < KEPT:
                self.lines += 1
                given.append(text)
            else:
                self._left_out += len(self._last) == LAST
                self._last.append(text)
        return given

    def close(self) -> list[str]:
        """Return what is left: the last lines, after a word of how many were left out."""
        given = self.read_on()
        given += self._kept([self._rest] if self._rest else [])
        self._rest = b""
        if self._left_out:
            given.append(f"… {self._left_out:,} lines were left out here. Log them instead …")
        given += self._last
        self._last.clear()
        self._left_out = 0
        return given
