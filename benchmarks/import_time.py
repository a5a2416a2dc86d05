"""Import: what `from peninsula import flow, task` takes."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

from benchmarks.bench import Bench
from benchmarks.peers import DBOS, PREFECT
from benchmarks.programs import run
from benchmarks.rows import OURS, Row

__all__ = ["measure"]

IMPORTS: Final = {
    OURS: "from peninsula import flow, task",
    PREFECT: "from prefect import flow, task",
    DBOS: "from dbos import DBOS",
}

# The program says its own peak: the one that wait4 gives begins with what its parent held.
SAY: Final = "print(open('/proc/self/status').read())"


class Import(NamedTuple):
    """One import in a process of its own."""

    milliseconds: float
    mebibytes: float


def measure(bench: Bench) -> Iterator[Row]:
    """Yield processor time and memory of a Python process that imports and exits."""
    home = bench.home()
    subjects = {OURS: lambda: _import(OURS, Path(sys.executable), bench.ours(home))}
    for name in (PREFECT, DBOS):
        if peer := bench.peer(name):
            subjects[name] = lambda peer=peer: _import(  # type: ignore[misc]
                peer.name, peer.python, peer.environment(home)
            )
    found = bench.in_turn(subjects)
    cpu = {name: [one.milliseconds for one in some] for name, some in found.items()}
    memory = {name: [one.mebibytes for one in some] for name, some in found.items()}
    yield bench.row("import flow and task: CPU", "ms", cpu, goal=80)
    yield bench.row("import flow and task: memory", "MiB", memory, goal=30)


def _import(name: str, python: Path, env: dict[str, str]) -> Import:
    cost = run([python, "-c", f"{IMPORTS[name]}; {SAY}"], env)
    peak = re.search(r"VmHWM:\s+(\d+) kB", cost.output)
    assert peak is not None, cost.output  # noqa: S101  Linux always says
    return Import(cost.cpu * 1000, int(peak[1]) / 1024)
