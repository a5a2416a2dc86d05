"""Hello, world: a flow with one task, from the start of its process to its exit."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack

from benchmarks.bench import Bench, script
from benchmarks.peers import DBOS, PREFECT
from benchmarks.programs import run
from benchmarks.rows import OURS, Row
from benchmarks.servers import free_port, our_command, peer_command, serve

__all__ = ["measure"]


def measure(bench: Bench) -> Iterator[Row]:
    """Yield the time without a server, and with one that runs on SQLite."""
    alone = bench.in_turn(_alone(bench))
    yield bench.row(
        "hello, world: no server",
        "s",
        alone,
        goal=0.35,
        notes={
            PREFECT: "starts a server of its own each time; its database exists",
            DBOS: "its SQLite database exists",
        },
    )
    with ExitStack() as stack:
        served = bench.in_turn(_served(bench, stack))
    yield bench.row("hello, world: a server runs", "s", served, notes={DBOS: "has no server"})


def _alone(bench: Bench) -> dict[str, Callable[[], float]]:
    ours = bench.ours(bench.home())
    subjects = {OURS: lambda: run(script("hello_peninsula"), ours).wall}
    if prefect := bench.peer(PREFECT):
        env = prefect.environment(bench.home())
        theirs = script("hello_prefect", python=prefect.python)
        subjects[PREFECT] = lambda: run(theirs, env).wall
    if dbos := bench.peer(DBOS):
        home = bench.home()
        settings = dbos.environment(home, BENCH_DATABASE_URL=f"sqlite:///{home}/dbos.db")
        program = script("hello_dbos", python=dbos.python)
        subjects[DBOS] = lambda: run(program, settings).wall
    return subjects


def _served(bench: Bench, stack: ExitStack) -> dict[str, Callable[[], float]]:
    ours = bench.ours(bench.home())
    port = free_port()
    stack.enter_context(serve(our_command(port), ours, port))
    subjects = {OURS: lambda: run(script("hello_peninsula"), ours).wall}
    if prefect := bench.peer(PREFECT):
        home = bench.home()
        port = free_port()
        env = prefect.environment(home, PREFECT_API_URL=f"http://127.0.0.1:{port}/api")
        stack.enter_context(serve(peer_command(prefect, port), prefect.environment(home), port))
        theirs = script("hello_prefect", python=prefect.python)
        subjects[PREFECT] = lambda: run(theirs, env).wall
    return subjects
