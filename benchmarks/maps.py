"""Maps and caches: 10,000 items on threads, and a task whose result is known."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from importlib.util import find_spec
from pathlib import Path
from typing import Final, NamedTuple

from benchmarks.bench import Bench, script
from benchmarks.peers import DASK, PREFECT
from benchmarks.programs import run
from benchmarks.rows import OURS, Row, Series
from benchmarks.servers import free_port, our_command, peer_command, serve

__all__ = ["measure"]

COUNT: Final = 10_000
PEER_COUNT: Final = 1_000
"""Prefect takes ten seconds for these."""


class Outcome(NamedTuple):
    """What a map and a hit cost."""

    item: float
    """Milliseconds for an item."""
    memory: float
    """KiB that each further item added to the most that the process had."""
    hit: float
    """Milliseconds for a call whose result is known."""


def measure(bench: Bench) -> Iterator[Row]:
    """Yield time and memory of an item, and the time of a hit."""
    with ExitStack() as stack:
        found = bench.in_turn(_subjects(bench, stack))
    notes = {OURS: f"{COUNT:,} items, a server runs", PREFECT: f"{PEER_COUNT:,} items"}
    for what, unit, name, goal in (
        ("map: an item", "ms", "item", None),
        ("map: memory of each further item", "KiB", "memory", None),
        ("a cached result, on the local disk", "ms", "hit", 1.0),
    ):
        values = {who: [getattr(one, name) for one in some] for who, some in found.items()}
        row = bench.row(what, unit, values, goal=goal, notes=notes)
        yield _with_dask(row, values.get(DASK)) if name != "hit" else row


def _with_dask(row: Row, values: list[float] | None) -> Row:
    if values is None:
        return row
    peers = {**row.peers, DASK: Series(tuple(values), "keeps no record of what ran")}
    return Row(what=row.what, unit=row.unit, ours=row.ours, peers=peers, goal=row.goal)


def _subjects(bench: Bench, stack: ExitStack) -> dict[str, Callable[[], Outcome]]:
    ours = bench.ours(bench.home())
    port = free_port()
    stack.enter_context(serve(our_command(port), ours, port))
    subjects = {OURS: lambda: _said(script("map_of", "peninsula", str(COUNT)), ours)}
    if prefect := bench.peer(PREFECT):
        home = bench.home()
        port = free_port()
        env = prefect.environment(home)
        theirs = stack.enter_context(serve(peer_command(prefect, port), env, port))
        env = prefect.environment(home, PREFECT_API_URL=f"{theirs.url}/api")
        program = script("map_of", "prefect", str(PEER_COUNT), python=prefect.python)
        subjects[PREFECT] = lambda: _said(program, env)
    if find_spec("distributed") is not None:
        alone = script("map_dask", str(COUNT), python=sys.executable)
        subjects[DASK] = lambda: _said(alone, ours)
    return subjects


def _said(command: Sequence[str | Path], env: Mapping[str, str]) -> Outcome:
    output = run(command, env).output
    line = next(line for line in output.splitlines() if line.startswith("SAID "))
    said = json.loads(line.removeprefix("SAID "))
    return Outcome(said["item"] * 1000, said["memory"], said.get("hit", 0.0) * 1000)
