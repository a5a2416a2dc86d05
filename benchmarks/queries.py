"""Event queries: the newest 50 of a resource, of a related resource, of a name; and their room."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Any, Final, NamedTuple

from benchmarks import prefect_events
from benchmarks.bench import Bench
from benchmarks.calls import Caller
from benchmarks.load import BLOCKS, NAMES, SYSTEMS
from benchmarks.peers import DBOS, PREFECT, Peer
from benchmarks.programs import ProgramError
from benchmarks.rows import OURS, Row, Series, percentile
from benchmarks.servers import free_port, our_command, peer_command, serve
from benchmarks.stored import ENGINES, bytes_an_event, copy
from tests.support.postgres import MISSING, find_server

__all__ = ["measure"]

LIMIT: Final = 50

ASKED: Final = 200
"""Questions of each kind in one round."""

PEER_ASKED: Final = 40
PEER_STORED: Final = 250_000

KINDS: Final[Mapping[str, list[str]]] = {
    "resource": BLOCKS,
    "related resource": SYSTEMS,
    "name": NAMES,
}

PARAMETERS: Final = {"resource": "resource", "related resource": "related", "name": "name"}

FILTERS: Final[Mapping[str, Callable[[str], dict[str, Any]]]] = {
    "resource": lambda text: {"resource": {"id": [text]}},
    "related resource": lambda text: {"related": {"id": [text]}},
    "name": lambda text: {"event": {"name": [text]}},
}

MILLION: Final = 1_000_000
GOALS: Final = {MILLION: 5.0, 10 * MILLION: 10.0}
"""Milliseconds that 95 of 100 answers take at most, by events stored."""

BYTES: Final = 500

Ask = Callable[[str], int]
"""Asks for the newest 50 of one and returns how many came."""


class Latency(NamedTuple):
    """One round of one kind, in ms."""

    p50: float
    p95: float


def measure(bench: Bench) -> Iterator[Row]:
    """Yield the time of an answer as a client on this machine sees it, and bytes on disk."""
    for engine in ENGINES:
        if engine == "PostgreSQL" and find_server() is None:
            yield Row(what=f"{engine}: newest 50", unit="ms", ours=Series(note=MISSING))
            continue
        yield from _on(bench, engine)


def _on(bench: Bench, engine: str) -> Iterator[Row]:
    prefect = bench.peer(PREFECT) if engine == "SQLite" else None
    with ExitStack() as stack:
        ours = _ours(bench, engine, stack)
        home = bench.home()
        theirs = _prefect(bench, prefect, home, stack) if prefect else {}
        found = {kind: bench.in_turn(_subjects(kind, ours, theirs)) for kind in KINDS}
    notes = {
        OURS: f"{bench.stored:,} stored",
        PREFECT: f"{_peer_stored(bench):,} stored" if prefect else "measured on SQLite",
        DBOS: "keeps no events",
    }
    for kind, latencies in found.items():
        middle = {name: [one.p50 for one in some] for name, some in latencies.items()}
        most = {name: [one.p95 for one in some] for name, some in latencies.items()}
        what = f"{engine}: newest 50 of a {kind}"
        yield bench.row(f"{what}, p50", "ms", middle, notes=notes)
        yield bench.row(f"{what}, p95", "ms", most, goal=GOALS.get(bench.stored), notes=notes)
    size = {OURS: [bytes_an_event(bench, engine)]}
    if prefect:
        size[PREFECT] = [_database(home).stat().st_size / _peer_stored(bench)]
    yield bench.row(f"{engine}: stored for an event", "B", size, goal=BYTES, notes=notes)


def _subjects(
    kind: str, ours: Mapping[str, Ask], theirs: Mapping[str, Ask]
) -> dict[str, Callable[[], Latency]]:
    subjects: dict[str, Callable[[], Latency]] = {
        OURS: partial(_round, ours[kind], KINDS[kind], ASKED)
    }
    if theirs:
        subjects[PREFECT] = partial(_round, theirs[kind], KINDS[kind], PEER_ASKED)
    return subjects


def _round(ask: Ask, texts: list[str], questions: int) -> Latency:
    times: list[float] = []
    for number in range(questions):
        text = texts[number * 7 % len(texts)]
        started = time.perf_counter()
        came = ask(text)
        times.append((time.perf_counter() - started) * 1000)
        if came != LIMIT:
            msg = f"{came} events came for {text}, not {LIMIT}."
            raise ProgramError(msg)
    return Latency(percentile(times, 50), percentile(times, 95))


# --- ours ----------------------------------------------------------------------------------------


def _ours(bench: Bench, engine: str, stack: ExitStack) -> dict[str, Ask]:
    url = stack.enter_context(copy(bench, engine))
    port = free_port()
    env = bench.ours(bench.home(), PENINSULA_DATABASE_URL=url)
    server = stack.enter_context(serve(our_command(port), env, port))
    caller = server.caller()
    stack.callback(caller.close)
    return {kind: partial(_ask, caller, parameter) for kind, parameter in PARAMETERS.items()}


def _ask(caller: Caller, parameter: str, text: str) -> int:
    return len(caller.get("/api/events", limit=LIMIT, **{parameter: text})["items"])


# --- Prefect -------------------------------------------------------------------------------------


def _prefect(bench: Bench, prefect: Peer, home: Path, stack: ExitStack) -> dict[str, Ask]:
    port = free_port()
    command, env = peer_command(prefect, port), prefect.environment(home)
    with serve(command, env, port):
        pass  # it has made its database
    bench.say(f"  storing {_peer_stored(bench):,} events for Prefect")
    prefect_events.fill(_database(home), _peer_stored(bench))
    server = stack.enter_context(serve(command, env, port))
    caller = server.caller()
    stack.callback(caller.close)
    return {kind: partial(_ask_prefect, caller, kind) for kind in KINDS}


def _ask_prefect(caller: Caller, kind: str, text: str) -> int:
    wanted = {"filter": {**FILTERS[kind](text), "order": "DESC"}, "limit": LIMIT}
    return len(caller.post("/api/events/filter", wanted)["events"])


def _database(home: Path) -> Path:
    return home / ".prefect/prefect.db"


def _peer_stored(bench: Bench) -> int:
    return min(bench.stored, PEER_STORED)
