"""Calls: what a call of a block's method costs, and 500,000 of them in one run."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Final, NamedTuple

from benchmarks.bench import Bench, script
from benchmarks.programs import run
from benchmarks.rows import OURS, Row
from peninsula.core.home import Home
from peninsula.testing.told import told_events

__all__ = ["measure"]

COUNT: Final = 500_000
FEWER: Final = 50_000
"""Where it is to be quick."""


class Flood(NamedTuple):
    """What one run with that many calls took."""

    told: float
    """Microseconds that a call costs which is told by itself, beyond what its method does."""
    each: float
    """The same of one that is counted."""
    grown: float
    """KiB that the process grew by, after the first 10,000."""
    rows: int
    """Events of the run."""


def measure(bench: Bench) -> Iterator[Row]:
    """Yield the overhead of calls, and the rows and the memory that a flood of them takes."""
    count = FEWER if bench.quick else COUNT
    found = bench.in_turn({OURS: lambda: _flood(bench, count)})[OURS]
    told, each, grown, rows = (
        [float(value) for value in values] for values in zip(*found, strict=True)
    )
    many = f"{count:,} calls in one run"
    yield bench.row("a call, of the first hundred", "µs", {OURS: told})
    yield bench.row("a call, of those after them", "µs", {OURS: each}, goal=30)
    yield bench.row(f"{many}: events", "", {OURS: rows}, goal=1_000)
    yield bench.row(f"{many}: growth of memory", "KiB", {OURS: grown}, goal=1_024)


def _flood(bench: Bench, count: int) -> Flood:
    home = bench.home()
    said = run(script("calls_of_block", str(count)), bench.ours(home)).output
    line = next(line for line in said.splitlines() if line.startswith("SAID"))
    rows = len(told_events(Home(home / "peninsula")))
    return Flood(**json.loads(line.removeprefix("SAID ")), rows=rows)
