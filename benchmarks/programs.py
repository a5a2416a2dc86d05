"""Run whole programs and say what they took of the machine."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final, NamedTuple

__all__ = ["Cost", "ProgramError", "clear_environment", "cpu_of", "environment", "run"]

CLEARED: Final = ("DBOS_", "PENINSULA_", "PREFECT_", "PYTHON")
"""Variables that would change what is measured: PYTHONDONTWRITEBYTECODE makes every import slow."""

TICKS: Final = os.sysconf("SC_CLK_TCK")

PATIENCE: Final = 300.0
"""Seconds after which a program is ended and the figure given up."""


class ProgramError(Exception):
    """A program that was to be measured failed."""


class Cost(NamedTuple):
    """What a program took."""

    wall: float
    """Seconds from its start to its exit."""
    cpu: float
    """Seconds of processors, with those of the processes it waited for."""
    output: str


def clear_environment() -> None:
    """Take out of this process's environment what would change what it measures."""
    for name in [name for name in os.environ if name.startswith(CLEARED)]:
        del os.environ[name]


def environment(home: Path, more: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return the environment of a measured program, which is at home in that folder."""
    return {**os.environ, "HOME": str(home), **(more or {})}


def run(command: Sequence[str | Path], env: Mapping[str, str]) -> Cost:
    """Run a program to its end. Raises ProgramError with what it printed if it fails."""
    started = time.perf_counter()
    words = [str(part) for part in command]
    process = subprocess.Popen(
        words,
        env=dict(env),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    assert process.stdout is not None  # noqa: S101  it is a pipe
    with process.stdout:
        output = process.stdout.read().decode(errors="replace")
    # wait4 alone says what one child took; getrusage adds up all there ever were.
    _, status, used = os.wait4(process.pid, 0)
    wall = time.perf_counter() - started
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        tail = "\n".join(output.splitlines()[-20:])
        msg = f"{' '.join(words)} ended with {process.returncode}:\n{tail}"
        raise ProgramError(msg)
    return Cost(wall, used.ru_utime + used.ru_stime, output)


def cpu_of(session: int) -> float:
    """Return the processor seconds of all processes of a session, and of their ended children."""
    total = 0
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            fields = (entry / "stat").read_text().rpartition(")")[2].split()
        except (FileNotFoundError, ProcessLookupError):
            continue
        # proc(5), counted from the field after the name: 3 session, 11-14 utime stime cutime cstime
        if int(fields[3]) == session:
            total += sum(int(field) for field in fields[11:15])
    return total / TICKS
