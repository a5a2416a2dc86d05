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

NO_MAP: Final = {PREFECT: "has no such page", DBOS: "has no such page"}


def measure(bench: Bench) -> Iterator[Row]:
    """Yield what a map of 500 nodes takes, in all and of the processor."""
    env = bench.ours(bench.home())
    port = free_port()
    with serve(our_command(port), env, port) as served:
        command = [_node(), SCRIPTS / "map.js", served.url, served.key or "", str(bench.rounds)]
        output = run(command, env).output
    line = next(line for line in output.splitlines() if line.startswith("SAID "))
    found = json.loads(line.removeprefix("SAID "))
    notes = {OURS: "Chromium, without a graphics card", **NO_MAP}
    for what, part, goal in (
        ("map of 500 nodes: from answer to frame", "shown", 100.0),
        ("map of 500 nodes: the page's thread", "busy", None),
    ):
        values = {OURS: [one[part] for one in found]}
        yield bench.row(what, "ms", values, goal=goal, notes=notes)


def _node() -> str:
    found = shutil.which("node")
    if found is None:
        msg = "there is no Node to run the browser with; make env brings it into .venv"
        raise ProgramError(msg)
    return found
