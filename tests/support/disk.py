"""A disk that can be full, closed or broken, under this process's own files.

It stands before the system's calls. What it lets through goes to real files.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from typing import Any

import pytest

__all__ = ["Disk"]


class Disk:
    """What the system's calls for writing answer."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.room: int | None = None
        """Bytes that can still be written; None is any number."""
        self.error: int | None = None
        """What every attempt to write or to make something fails with."""
        self.calls = 0
        self._pwrite, self._write = os.pwrite, os.write
        monkeypatch.setattr(os, "pwrite", self._written_at)
        monkeypatch.setattr(os, "write", self._written)
        monkeypatch.setattr(os, "open", self._making(os.open, lambda _, flags, *__: flags))
        monkeypatch.setattr(os, "mkdir", self._making(os.mkdir, lambda *_: os.O_CREAT))

    def _written_at(self, file: int, data: bytes, offset: int) -> int:
        return self._pwrite(file, data[: self._taken(len(data))], offset)

    def _written(self, file: int, data: bytes) -> int:
        return self._write(file, data[: self._taken(len(data))])

    def _taken(self, size: int) -> int:
        self.calls += 1
        if self.error is not None:
            raise OSError(self.error, os.strerror(self.error))
        if self.room is None:
            return size
        if self.room == 0:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        taken = min(size, self.room)
        self.room -= taken
        return taken

    def _making(self, real: Callable[..., Any], flags: Callable[..., int]) -> Callable[..., Any]:
        def make(*arguments: Any, **options: Any) -> Any:
            if self.error is not None and flags(*arguments) & (
                os.O_WRONLY | os.O_RDWR | os.O_CREAT
            ):
                raise OSError(self.error, os.strerror(self.error))
            return real(*arguments, **options)

        return make
