"""Look for a server from time to time, for a process that may tell nothing for long."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Final

__all__ = ["Lookout"]

LOOK: Final = 10.0
"""Seconds between two looks."""


class Lookout:
    """A thread that asks until a server is found. Nothing runs before the first `start`."""

    def __init__(self, begin: Callable[[], bool]) -> None:
        """Have `begin` go to the server, and tell whether there is one."""
        self._begin = begin
        self._over = threading.Event()
        self._looks = False

    def start(self) -> None:
        """Look from now on. Safe twice."""
        if self._looks:
            return
        self._looks = True
        with suppress(RuntimeError):  # the interpreter shuts down
            threading.Thread(target=self._run, name="peninsula-lookout", daemon=True).start()

    def stop(self) -> None:
        """Look no more. Safe twice."""
        self._over.set()

    def _run(self) -> None:
        while not self._over.wait(LOOK) and not self._begin():
            pass
