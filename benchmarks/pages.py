"""Pages: what the browser takes to draw what it was answered."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from benchmarks.bench import Bench
from benchmarks.peers import DBOS, PREFECT
from benchmarks.programs import ProgramError, run
from benchmarks.rows import OURS, Row
from benchmarks.servers import free_port, our_command, serve

__all__ = ["measure"]

SCRIPTS: Final = Path(__file__).parent / "ui"

SMOOTH: Final = 16.85
"""Milliseconds of a frame at 60 Hz, by steps of 0.1 ms: 16.7 or 16.8 (decision 0029)."""

NOTES: Final = {
    OURS: "Chromium, without a graphics card",
    PREFECT: "has no such page",
    DBOS: "has no such page",
}

PAGES: Final = {
    ("live.js",): (
        ("first page in an empty browser: from address to frame", "ms", "paint", 1_200.0),
        ("event posted: to the frame that shows it, p95 of 20", "ms", "live", 500.0),
    ),
    ("map.js",): (
        ("map of 500 nodes: from answer to frame with what is in sight", "ms", "shown", 100.0),
        ("map of 500 nodes: from answer to frame with all", "ms", "whole", None),
        ("map of 500 nodes: the page's thread", "ms", "busy", None),
    ),
    ("run.js",): (
        ("run of 10,000 tasks and events: from answer to frame", "ms", "shown", 500.0),
        ("run of 10,000 tasks and events: longest task of the page", "ms", "longest", 100.0),
        ("run of 10,000 tasks and events: moving time, p95 of frames", "ms", "frames", SMOOTH),
        ("run of 10,000 tasks and events: the page's thread for a move", "ms", "frame", None),
        ("run of 10,000 tasks and events: memory of scripts", "MiB", "heap", 80.0),
    ),
    ("run.js", "100000"): (
        ("run of 100,000 tasks and events: from first answers to frame", "ms", "shown", None),
        ("run of 100,000 tasks and events: moving time, p95 of frames", "ms", "frames", 2 * SMOOTH),
        ("run of 100,000 tasks and events: memory of scripts", "MiB", "heap", None),
    ),
    ("log.js",): (
        ("log of 100,000 lines: scrolling, p95 of frames", "ms", "frames", SMOOTH),
        ("log of 100,000 lines: from the last key of a search to frame", "ms", "found", 200.0),
    ),
}
"""What each script measures, by its name and arguments: what, unit, part of what it says, goal."""


def measure(bench: Bench) -> Iterator[Row]:
    """Yield what first pages, live events, large maps, runs and logs take."""
    env = bench.ours(bench.home())
    port = free_port()
    with serve(our_command(port), env, port) as served:
        for (name, *more), rows in PAGES.items():
            asked = [served.url, served.key or "", str(bench.rounds), *more]
            command = [_node(), SCRIPTS / name, *asked]
            output = run(command, env).output
            line = next(line for line in output.splitlines() if line.startswith("SAID "))
            found = json.loads(line.removeprefix("SAID "))
            for what, unit, part, goal in rows:
                values = {OURS: [one[part] for one in found]}
                yield bench.row(what, unit, values, goal=goal, notes=NOTES)


def _node() -> str:
    found = shutil.which("node")
    if found is None:
        msg = "there is no Node to run the browser with; make env brings it into .venv"
        raise ProgramError(msg)
    return found
