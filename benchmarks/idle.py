"""Idle: what a server takes while nothing happens."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Final, NamedTuple

from benchmarks.bench import Bench
from benchmarks.peers import DBOS, PREFECT
from benchmarks.rows import OURS, Row
from benchmarks.servers import Served, free_port, our_command, peer_command, serve

__all__ = ["measure"]

SECONDS: Final = 10.0
"""How long one look takes."""

SETTLE: Final = 5.0
"""Seconds after the start that do not count."""


class Idle(NamedTuple):
    """A server at rest."""

    percent: float
    """Of one core."""
    mebibytes: float


def measure(bench: Bench) -> Iterator[Row]:
    """Yield processor and memory of an idle server on an empty database."""
    with ExitStack() as stack:
        subjects = _subjects(bench, stack)
        time.sleep(SETTLE)
        found = bench.in_turn(subjects)
    cpu = {name: [one.percent for one in some] for name, some in found.items()}
    memory = {name: [one.mebibytes for one in some] for name, some in found.items()}
    notes = {DBOS: "has no server"}
    yield bench.row("idle server: of one core", "%", cpu, goal=0.5, notes=notes)
    yield bench.row("idle server: memory", "MiB", memory, notes=notes)


def _subjects(bench: Bench, stack: ExitStack) -> dict[str, Callable[[], Idle]]:
    env = bench.ours(bench.home())
    port = free_port()
    ours = stack.enter_context(serve(our_command(port), env, port))
    subjects = {OURS: lambda: _look(ours)}
    if prefect := bench.peer(PREFECT):
        port = free_port()
        env = prefect.environment(bench.home())
        theirs = stack.enter_context(serve(peer_command(prefect, port), env, port))
        subjects[PREFECT] = lambda: _look(theirs)
    return subjects


def _look(server: Served) -> Idle:
    before, began = server.cpu, time.perf_counter()
    time.sleep(SECONDS)
    share = (server.cpu - before) / (time.perf_counter() - began)
    status = Path(f"/proc/{server.program.pid}/status").read_text()
    resident = re.search(r"VmRSS:\s+(\d+) kB", status)
    assert resident is not None, status  # noqa: S101  Linux always says
    return Idle(share * 100, int(resident[1]) / 1024)
