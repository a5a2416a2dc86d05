"""End what a library has started for a flow and may leave behind. Linux tells, others do not."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Final, NamedTuple

__all__ = ["Child", "below", "end"]

PROC: Final = Path("/proc")

LOOK: Final = 0.05
"""Seconds between looks whether they are gone."""


class Child(NamedTuple):
    """A process, told from a later one of the same id by when it began."""

    pid: int
    began: str


class _Seen(NamedTuple):
    child: Child
    name: str
    parent: int


def below(name: str) -> list[Child]:
    """Return what processes of that name have started, which this process has started."""
    seen = _all()
    found: list[Child] = []
    parents = {each.child.pid for each in seen if each.name == name and each.parent == os.getpid()}
    while parents:
        children = [each.child for each in seen if each.parent in parents]
        found += children
        parents = {child.pid for child in children}
    return found


def end(children: Iterable[Child], patience: float) -> None:
    """Wait until they are gone, and kill what is not after `patience` seconds."""
    left = set(children)
    deadline = time.monotonic() + patience
    while left := left & {each.child for each in _all()}:
        if time.monotonic() > deadline:
            for child in left:
                with suppress(ProcessLookupError):
                    os.kill(child.pid, signal.SIGKILL)
            return
        time.sleep(LOOK)


def _all() -> list[_Seen]:
    found = []
    for folder in PROC.glob("[0-9]*"):
        with suppress(OSError):
            found.append(_parsed(int(folder.name), (folder / "stat").read_text()))
    return found


def _parsed(pid: int, stat: str) -> _Seen:
    # proc(5): the name is in parentheses, and may hold some itself.
    name, _, rest = stat.partition("(")[2].rpartition(") ")
    fields = rest.split()
    return _Seen(Child(pid, fields[19]), name, int(fields[1]))
