"""Event intake: events of 600 B with two links of their own, committed and queryable."""

from __future__ import annotations

import time
import zlib
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from itertools import count
from typing import Final, NamedTuple

from benchmarks import prefect_events
from benchmarks.bench import Bench
from benchmarks.calls import Caller
from benchmarks.load import BATCH, Emitter
from benchmarks.peers import DBOS, PREFECT
from benchmarks.programs import ProgramError
from benchmarks.rows import OURS, Row, Series
from benchmarks.servers import Served, free_port, our_command, peer_command, serve
from benchmarks.stored import ENGINES, copy
from tests.support.postgres import MISSING, find_server

__all__ = ["measure"]

EMITTERS: Final = 16
"""Processes that send at once."""

SECONDS: Final = 6.0
"""How long a round sends."""

MOST: Final = 60_000
"""Events a second that the senders have prepared."""

GOALS: Final = {"SQLite": 15_000, "PostgreSQL": 10_000}

PEER_POST: Final = 100
PEER_EVENTS: Final = 1_000
"""Events of one round of Prefect; it loses some when many more are sent at once."""

PATIENCE: Final = 120.0


class Intake(NamedTuple):
    """One round."""

    rate: float
    """Events a second."""
    cpu: float
    """µs of the server's processors for one."""


def measure(bench: Bench) -> Iterator[Row]:
    """Yield the sustained rate, and its price."""
    for engine in ENGINES:
        if engine == "PostgreSQL" and find_server() is None:
            missing = Series(note=MISSING)
            yield Row(what=f"{engine}: events taken in", unit="/s", ours=missing)
            continue
        yield from _on(bench, engine)


def _on(bench: Bench, engine: str) -> Iterator[Row]:
    with ExitStack() as stack:
        subjects = {OURS: _ours(bench, engine, stack)}
        if engine == "SQLite" and (theirs := _prefect(bench, stack)) is not None:
            subjects[PREFECT] = theirs
        found = bench.in_turn(subjects)
    rate = {name: [one.rate for one in some] for name, some in found.items()}
    cpu = {name: [one.cpu for one in some] for name, some in found.items()}
    notes = {
        OURS: f"{bench.stored:,} stored before, {EMITTERS} senders",
        PREFECT: f"POST of {PEER_POST}, an empty database"
        if engine == "SQLite"
        else "measured on SQLite",
        DBOS: "keeps no events",
    }
    what = f"{engine}: events taken in"
    yield bench.row(what, "/s", rate, goal=GOALS[engine], higher=True, notes=notes)
    yield bench.row(f"{engine}: server CPU for an event", "µs", cpu, notes=notes)


# --- ours ----------------------------------------------------------------------------------------


def _ours(bench: Bench, engine: str, stack: ExitStack) -> Callable[[], Intake]:
    url = stack.enter_context(copy(bench, engine))
    port = free_port()
    env = bench.ours(bench.home(), PENINSULA_DATABASE_URL=url)
    server = stack.enter_context(serve(our_command(port), env, port))
    seeds = count()
    return lambda: _send(server, [Emitter(next(seeds)) for _ in range(EMITTERS)])


def _send(server: Served, emitters: Sequence[Emitter]) -> Intake:
    bodies = [_prepared(emitter) for emitter in emitters]
    callers = [server.caller() for _ in emitters]
    before, used = _position(callers[0]), server.cpu
    started = time.perf_counter()
    with ThreadPoolExecutor(len(emitters)) as senders:
        sent = sum(senders.map(lambda caller, own: _post(caller, own, started), callers, bodies))
    took = time.perf_counter() - started
    used = server.cpu - used
    after = _position(callers[0])
    for caller in callers:
        caller.close()
    if after - before != sent:
        msg = f"{sent} events were taken in, and the log has {after - before} more."
        raise ProgramError(msg)
    return Intake(sent / took, used / sent * 1e6)


def _prepared(emitter: Emitter) -> list[bytes]:
    # As the shipper sends them; made before, so that making them takes nothing from the server.
    squeezed = []
    for body in emitter.batches(int(MOST * SECONDS) // EMITTERS):
        squeeze = zlib.compressobj(1, zlib.DEFLATED, 31)
        squeezed.append(squeeze.compress(body) + squeeze.flush())
    return squeezed


def _post(caller: Caller, bodies: list[bytes], started: float) -> int:
    for done, body in enumerate(bodies):
        if time.perf_counter() - started >= SECONDS:
            return done * BATCH
        caller.raw("POST", "/api/intake", body, encoding="gzip")
    msg = f"The server takes more than the {MOST}/s that were prepared. Prepare more."
    raise ProgramError(msg)


def _position(caller: Caller) -> int:
    position: int = caller.get("/api/events", limit=1)["items"][0]["position"]
    return position


# --- Prefect -------------------------------------------------------------------------------------


def _prefect(bench: Bench, stack: ExitStack) -> Callable[[], Intake] | None:
    prefect = bench.peer(PREFECT)
    if prefect is None:
        return None
    port = free_port()
    env = prefect.environment(bench.home())
    server = stack.enter_context(serve(peer_command(prefect, port), env, port))
    rounds = count()
    return lambda: _send_to_prefect(server, f"bench.round-{next(rounds)}")


def _send_to_prefect(server: Served, name: str) -> Intake:
    events = prefect_events.posted(PEER_EVENTS, name)
    caller = server.caller()
    used = server.cpu
    started = time.perf_counter()
    for first in range(0, PEER_EVENTS, PEER_POST):
        caller.post("/api/events", events[first : first + PEER_POST])
    while _stored_by_prefect(caller, name) < PEER_EVENTS:
        if time.perf_counter() - started > PATIENCE:
            msg = f"Prefect lost some of {PEER_EVENTS} events."
            raise ProgramError(msg)
        time.sleep(0.05)
    took = time.perf_counter() - started
    caller.close()
    return Intake(PEER_EVENTS / took, (server.cpu - used) / PEER_EVENTS * 1e6)


def _stored_by_prefect(caller: Caller, name: str) -> int:
    wanted = {"filter": {"event": {"name": [name]}}, "limit": 1}
    total: int = caller.post("/api/events/filter", wanted)["total"]
    return total
