"""Server start: from the start of its process to its first answer that it is ready."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from benchmarks.bench import Bench
from benchmarks.peers import DBOS, PREFECT
from benchmarks.rows import OURS, Row
from benchmarks.servers import free_port, our_command, peer_command, serve

__all__ = ["measure"]

NO_SERVER = {DBOS: "has no server"}


def measure(bench: Bench) -> Iterator[Row]:
    """Yield the time on a database that exists, and on a new one."""
    existing = bench.in_turn(_subjects(bench, bench.home))
    yield bench.row("server start", "s", existing, goal=1.0, notes=NO_SERVER)
    fresh = bench.in_turn(_subjects(bench, None))
    yield bench.row("server start, new database", "s", fresh, notes=NO_SERVER)


def _subjects(bench: Bench, keep: Callable[[], Path] | None) -> dict[str, Callable[[], float]]:
    """Return the starts to measure: always in one home each, or each time in a new one."""

    def home() -> Callable[[], Path]:
        if keep is None:
            return bench.home
        kept = keep()
        return lambda: kept

    our_home = home()
    subjects = {OURS: lambda: _start(our_command, bench.ours(our_home()))}
    if prefect := bench.peer(PREFECT):
        their_home = home()
        subjects[PREFECT] = lambda: _start(
            lambda port: peer_command(prefect, port), prefect.environment(their_home())
        )
    return subjects


def _start(command: Callable[[int], Sequence[str]], env: Mapping[str, str]) -> float:
    port = free_port()
    with serve(command(port), env, port) as served:
        return served.started
