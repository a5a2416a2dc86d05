"""End what a library has started for a flow and may leave behind. Linux tells, others do not."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Final, NamedTuple

__all__ = ["Child", "Guard", "alive", "below", "end"]

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
    state: str
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
    while left := alive(left):
        if time.monotonic() > deadline:
            for child in left:
                with suppress(ProcessLookupError):
                    os.kill(child.pid, signal.SIGKILL)
            return
        time.sleep(LOOK)


def alive(children: Iterable[Child]) -> set[Child]:
    """Return those that are not gone. A zombie is: it waits for its parent to hear of it."""
    return set(children) & {each.child for each in _all() if each.state != "Z"}


class Guard:
    """A process that ends what is left of the children should this process be killed with -9."""

    def __init__(self, children: Iterable[Child], patience: float) -> None:
        """Start it. Once this process is gone, the children get `patience` seconds."""
        told = [f"{child.pid}:{child.began}" for child in children]
        self._process = subprocess.Popen(  # noqa: S603  this very file
            [sys.executable, "-I", "-S", __file__, str(os.getpid()), str(patience), *told],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )

    def release(self) -> None:
        """End it, and nothing else."""
        self._process.kill()
        self._process.wait()


def _stand_guard(pid: int, patience: float, children: Iterable[Child]) -> None:
    with suppress(ProcessLookupError):
        gone = select.poll()
        gone.register(os.pidfd_open(pid), select.POLLIN)
        gone.poll()
    end(children, patience)


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
    return _Seen(Child(pid, fields[19]), name, fields[0], int(fields[1]))


if __name__ == "__main__":
    _pid, _patience, *_told = sys.argv[1:]
    _stand_guard(
        int(_pid),
        float(_patience),
        [Child(int(pid), began) for pid, _, began in (each.partition(":") for each in _told)],
    )
