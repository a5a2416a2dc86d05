"""Tasks: 1,000 that do nothing, one after the other, and what a server needs for them."""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Final, NamedTuple

from benchmarks.bench import Bench, script
from benchmarks.peers import DBOS, PREFECT
from benchmarks.programs import ProgramError
from benchmarks.rows import OURS, Row
from benchmarks.servers import Served, free_port, our_command, peer_command, serve
from tests.support.processes import Program

__all__ = ["measure"]

COUNT: Final = 1_000

PATIENCE: Final = 300.0

SETTLED: Final = 1.0
"""Seconds without new work after which a server's account is closed."""


class Said(NamedTuple):
    """What the script said of its own tasks."""

    seconds: float
    ended: float
    run: str


class Outcome(NamedTuple):
    """What 1,000 tasks cost."""

    each: float
    """Milliseconds of one."""
    lag: float
    """Seconds from the end of the last until all are seen as Completed."""
    cpu: float
    """Seconds of the server's processors."""


def measure(bench: Bench) -> Iterator[Row]:
    """Yield the time of one task, the lag, and the processor time of the server."""
    with ExitStack() as stack:
        found = bench.in_turn(_subjects(bench, stack))
    each = {name: [one.each for one in some] for name, some in found.items()}
    lag = {name: [one.lag for one in some] for name, some in found.items()}
    cpu = {name: [one.cpu for one in some] for name, some in found.items() if name != DBOS}
    embedded = {DBOS: "commits each step to SQLite by itself"}
    yield bench.row("a task that does nothing", "ms", each, goal=0.1, notes=embedded)
    yield bench.row("all 1,000 seen as Completed, after the last", "s", lag, goal=0.5)
    yield bench.row("server CPU for the 1,000", "s", cpu, goal=0.3, notes={DBOS: "has no server"})


def _subjects(bench: Bench, stack: ExitStack) -> dict[str, Callable[[], Outcome]]:
    ours = bench.ours(bench.home())
    port = free_port()
    server = stack.enter_context(serve(our_command(port), ours, port))
    program = script("tasks_of", "peninsula", str(COUNT))
    subjects = {OURS: lambda: _many(program, ours, _asking_us(server), server)}
    if prefect := bench.peer(PREFECT):
        home = bench.home()
        port = free_port()
        env = prefect.environment(home)
        theirs = stack.enter_context(serve(peer_command(prefect, port), env, port))
        env = prefect.environment(home, PREFECT_API_URL=f"{theirs.url}/api")
        their_tasks = script("tasks_of", "prefect", str(COUNT), python=prefect.python)
        subjects[PREFECT] = lambda: _many(their_tasks, env, _asking_prefect(theirs), theirs)
    if dbos := bench.peer(DBOS):
        database = bench.home() / "dbos.db"
        their_env = dbos.environment(database.parent, BENCH_DATABASE_URL=f"sqlite:///{database}")
        steps = script("tasks_dbos", str(COUNT), python=dbos.python)
        subjects[DBOS] = lambda: _many(steps, their_env, _asking_dbos(database), None)
    return subjects


def _many(
    command: Sequence[str | Path],
    env: Mapping[str, str],
    completed: Callable[[str], int],
    server: Served | None,
) -> Outcome:
    before = server.cpu if server else 0.0
    with Program(command, env=env) as program:
        line = program.wait_for_line("SAID", timeout=PATIENCE)
        said = Said(**json.loads(line.partition("SAID ")[2]))
        _await_all(completed, said)
        lag = time.time() - said.ended
        if program.wait(PATIENCE):
            raise ProgramError(program.describe())
    cpu = _settled(server) - before if server else 0.0
    return Outcome(said.seconds / COUNT * 1000, lag, cpu)


def _await_all(completed: Callable[[str], int], said: Said) -> None:
    deadline = time.monotonic() + PATIENCE
    while (seen := completed(said.run)) < COUNT:
        if time.monotonic() > deadline:
            msg = f"Only {seen} of {COUNT} tasks were Completed after {PATIENCE} s."
            raise ProgramError(msg)
        # Looking costs a server as well: the longer it takes, the more rarely.
        time.sleep(max(0.01, (time.time() - said.ended) / 20))


def _settled(server: Served) -> float:
    """Return what a server has taken once it does no more than when idle."""
    used = server.cpu
    while True:
        time.sleep(SETTLED)
        now = server.cpu
        if now - used < 0.1 * SETTLED:
            return used
        used = now


def _asking_us(server: Served) -> Callable[[str], int]:
    caller = server.caller()

    def completed(run: str) -> int:
        counts = caller.get("/api/task-runs/counts", root=run, state="COMPLETED")
        total: int = counts["total"]
        return total

    return completed


def _asking_prefect(server: Served) -> Callable[[str], int]:
    caller = server.caller()

    def completed(run: str) -> int:
        wanted = {
            "flow_runs": {"id": {"any_": [run]}},
            "task_runs": {"state": {"type": {"any_": ["COMPLETED"]}}},
        }
        total: int = caller.post("/api/task_runs/count", wanted)
        return total

    return completed


def _asking_dbos(database: Path) -> Callable[[str], int]:
    def completed(run: str) -> int:
        statement = "SELECT count(*) FROM operation_outputs WHERE workflow_uuid = ?"
        with closing(sqlite3.connect(database)) as connection:
            total: int = connection.execute(statement, (run,)).fetchone()[0]
        return total

    return completed
