"""Say how a process ended: by itself, by a signal, by the kernel for want of memory."""

from __future__ import annotations

import os
import resource
import signal
import sys
from pathlib import Path
from typing import Any, Final

from msgspec import Struct

__all__ = ["Exit", "MemoryKills", "exit_of", "peak_of"]

CGROUPS: Final = Path("/sys/fs/cgroup")
OWN_CGROUP: Final = Path("/proc/self/cgroup")
MACHINE: Final = Path("/proc/vmstat")

# Linux says KiB, macOS bytes.
_RSS_UNIT: Final = 1 if sys.platform == "darwin" else 1024


class Exit(Struct, frozen=True, kw_only=True):
    """How a process ended."""

    code: int | None = None
    """None: by a signal, or nobody was told."""
    signal: str | None = None
    """`SIGKILL`, say."""
    seconds: float
    """How long it ran."""
    cpu_seconds: float | None = None
    peak_memory: int | None = None
    """Bytes that it, or the largest program that it ran, had in memory at most."""
    out_of_memory: str | None = None
    """What shows that the kernel killed it for want of memory."""
    watched: bool = True
    """Off: it was gone when this process looked for it."""

    @property
    def well(self) -> bool:
        """Whether it ended by itself, with code 0."""
        return self.code == 0

    @property
    def known(self) -> bool:
        """Whether anybody knows how it ended: only its parent is told."""
        return any(one is not None for one in (self.code, self.signal, self.out_of_memory))

    @property
    def told(self) -> dict[str, Any]:
        """Return what the event says."""
        values = {
            "code": self.code,
            "signal": self.signal,
            "seconds": round(self.seconds, 3),
            "cpu_seconds": None if self.cpu_seconds is None else round(self.cpu_seconds, 3),
            "peak_memory": self.peak_memory,
        }
        return {key: value for key, value in values.items() if value is not None}

    def __str__(self) -> str:
        """Say it in words, as the end of "The process …"."""
        if self.out_of_memory is not None:
            peak = "" if self.peak_memory is None else f" It had {_mib(self.peak_memory)}."
            return f"was killed by the kernel for want of memory.{peak}"
        if self.signal is not None:
            return f"was killed by {self.signal}."
        if self.code is not None:
            return f"ended with exit code {self.code}."
        if self.watched:
            return "ended, how is not known: it was started by an earlier worker."
        return "ended while no worker watched it: nobody saw how."


def _mib(size: int) -> str:
    return f"{size / (1 << 20):.0f} MiB"


def exit_of(
    status: int, used: resource.struct_rusage, seconds: float, sampled: int, kills: MemoryKills
) -> Exit:
    """Return what `wait4` says of a child; `sampled` is the memory it was seen with, in bytes."""
    code = os.waitstatus_to_exitcode(status)
    name = _name(-code) if code < 0 else None
    return Exit(
        code=None if code < 0 else code,
        signal=name,
        seconds=seconds,
        cpu_seconds=used.ru_utime + used.ru_stime,
        peak_memory=peak_of(used.ru_maxrss * _RSS_UNIT, sampled),
        out_of_memory=kills.evidence() if name == "SIGKILL" else None,
    )


def _name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"


def peak_of(counted: int, sampled: int) -> int | None:
    """Return how much memory a child had at most.

    Linux counts from the moment before it became another program, when it had what its parent has:
    a smaller number says nothing, and then what was seen while it ran has to do.
    """
    parent = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * _RSS_UNIT
    if counted > parent:
        return counted
    return sampled or None


class MemoryKills:
    """Counts of processes that the kernel killed for want of memory: of our group, of the machine.

    Made when a process starts; what has grown by its end is the evidence.
    """

    def __init__(self, group: Path | None = None, machine: Path = MACHINE) -> None:
        self._group = _group_events() if group is None else group
        self._machine = machine
        self._before = self._counts()

    def _counts(self) -> tuple[int, int]:
        return _count(self._group), _count(self._machine)

    def evidence(self) -> str | None:
        """Return what shows that one was killed since, None if nothing does."""
        group, machine = self._counts()
        if group > self._before[0]:
            return f"oom_kill of {self._group} grew"
        if machine > self._before[1]:
            return f"oom_kill of {self._machine} grew"
        return None


def _group_events() -> Path:
    """Return where the kernel counts the kills in the group of this process and its children."""
    try:
        lines = OWN_CGROUP.read_text(encoding="ascii").splitlines()
    except OSError:
        lines = []
    for line in lines:
        number, controllers, path = (*line.split(":", 2), "", "")[:3]
        if number == "0" and not controllers:
            return CGROUPS / path.lstrip("/") / "memory.events"
        if "memory" in controllers.split(","):
            return CGROUPS / "memory" / path.lstrip("/") / "memory.oom_control"
    return CGROUPS / "memory.events"


def _count(file: Path) -> int:
    try:
        for line in file.read_text(encoding="ascii").splitlines():
            name, _, value = line.partition(" ")
            if name == "oom_kill":
                return int(value)
    except (OSError, ValueError):
        pass
    return 0
