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

NOTES: Final = {
    OURS: "Chromium, without a graphics card",
    PREFECT: "has no such page",
    DBOS: "has no such page",
}

PAGES: Final = {
    "map.js": (
        ("map of 500 nodes: from answer to frame", "ms", "shown", 100.0),
        ("map of 500 nodes: the page's thread", "ms", "busy", None),
    ),
    "run.js": (
        ("run of 10,000 tasks and events: from answer to frame", "ms", "shown", 500.0),
        ("run of 10,000 tasks and events: moving time, p95 of frames", "ms", "frames", 16.7),
        ("run of 10,000 tasks and events: the page's thread for a move", "ms", "frame", None),
        ("run of 10,000 tasks and events: memory of scripts", "MiB", "heap", 80.0),
    ),
}
"""Each script measures its page; of each row what, unit, part of what it says, and goal."""


def measure(bench: Bench) -> Iterator[Row]:
    """Yield what a map of 500 nodes and a run of 10,000 task runs take."""
    env = bench.ours(bench.home())
    port = free_port()
    with serve(our_command(port), env, port) as served:
        for name, rows in PAGES.items():
            command = [_node(), SCRIPTS / name, served.url, served.key or "", str(bench.rounds)]
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
