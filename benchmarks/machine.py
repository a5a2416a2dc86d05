"""Say what machine the figures are from."""

from __future__ import annotations

import os
import platform
import re
import sqlite3
import subprocess
from pathlib import Path

from msgspec import Struct

__all__ = ["Machine", "commit", "this_machine"]

GIB = 1024**3


class Machine(Struct, frozen=True, kw_only=True):
    """What a figure depends on."""

    processor: str
    cores: int
    memory: int
    """GiB."""
    system: str
    python: str
    sqlite: str
    load: float
    """How many processes wanted a core in the minute before."""

    @property
    def busy(self) -> bool:
        """Whether something else wanted much of it."""
        return self.load > self.cores / 2

    def __str__(self) -> str:
        """Return it in one line."""
        return (
            f"{self.cores} cores ({self.processor}), {self.memory} GiB, {self.system},"
            f" Python {self.python}, SQLite {self.sqlite}; load before {self.load:.1f}"
        )


def this_machine() -> Machine:
    """Return what this machine is."""
    pages = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    return Machine(
        processor=_processor(),
        cores=len(os.sched_getaffinity(0)),
        memory=round(pages / GIB),
        system=f"{platform.system()} {platform.release().partition('-')[0]}",
        python=platform.python_version(),
        sqlite=sqlite3.sqlite_version,
        load=os.getloadavg()[0],
    )


def _processor() -> str:
    try:
        found = re.search(r"model name\s*: (.*)", Path("/proc/cpuinfo").read_text())
    except OSError:
        found = None
    return found[1].strip() if found else platform.machine()


def commit() -> str:
    """Return the commit that is measured, with a + when the code differs from it."""
    described = ["git", "describe", "--always", "--dirty=+", "--exclude=*"]
    done = subprocess.run(described, capture_output=True, text=True, check=False)
    return done.stdout.strip() or "unknown"
