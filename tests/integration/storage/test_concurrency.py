"""Several servers on one database: together they come to what one would have come to alone."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from threading import Event
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import Connection

from peninsula.core.errors import ConflictError
from peninsula.core.events import Related
from peninsula.core.ids import uuid7
from peninsula.core.records import Batch
from peninsula.core.runs import Birth, RunKind
from peninsula.core.states import StateType
from peninsula.server.storage import intake, log, partitions, prune, rebuild, schema
from peninsula.server.storage.prune import Policy
from peninsula.server.storage.referee import commands, leases
from peninsula.server.storage.referee.moves import Now
from tests.support.make import START, Teller, change, event, history, micros, state

pytestmark = pytest.mark.anyio

SERVERS = 8
PATIENCE = 20.0
LATE = micros(START) + 10**12

only_postgres = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)

# What is in the log and its projections, said with texts instead of numbers, in no order.
CONTENT = {
    "events": (
        "SELECT e.id, n.text, r.text, i.uuid, t.uuid, e.payload, m.uuid, e.number, e.kept"
        " FROM events e JOIN names n ON n.id = e.name LEFT JOIN resources r ON r.id = e.resource"
        " LEFT JOIN run_ids i ON i.id = e.run LEFT JOIN run_ids t ON t.id = e.root"
        " LEFT JOIN emitters m ON m.id = e.emitter"
    ),
    "logs": (
        "SELECT i.uuid, t.uuid, l.time, m.uuid, l.number, l.line, l.message FROM logs l"
        " JOIN run_ids i ON i.id = l.run JOIN run_ids t ON t.id = l.root"
        " JOIN emitters m ON m.id = l.emitter"
    ),
    "emitters": "SELECT uuid, committed, closed FROM emitters",
    "runs": (
        "SELECT i.uuid, r.name, r.flow, p.uuid, t.uuid, r.tags, r.state_type, r.state_name,"
        " r.state_at, r.attempts, r.attempt, r.origin, r.emitter, r.created, r.started, r.ended"
        " FROM runs r JOIN run_ids i ON i.id = r.id JOIN run_ids t ON t.id = r.root"
        " LEFT JOIN run_ids p ON p.id = r.parent"
    ),
    "edges": (
        "SELECT i.uuid, u.uuid, e.parameter, e.kind FROM edges e JOIN run_ids i ON i.id = e.run"
        " JOIN run_ids u ON u.id = e.upstream"
    ),
    "touches": (
        "SELECT s.text, i.uuid, t.first, t.last, t.events FROM touches t"
        " JOIN resources s ON s.id = t.resource JOIN run_ids i ON i.id = t.run"
    ),
    "catalogue": (
        "SELECT s.text, s.kind, s.system, c.first, c.last, c.events FROM catalogue c"
        " JOIN resources s ON s.id = c.resource"
    ),
    "counts": "SELECT c.bucket, n.text, c.events FROM event_counts c JOIN names n ON n.id = c.name",
    "artifacts": (
        "SELECT a.id, a.made, a.key, a.kind, i.uuid, t.uuid, a.created, a.told, a.body, a.updated"
        " FROM artifacts a JOIN run_ids i ON i.id = a.run JOIN run_ids t ON t.id = a.root"
    ),
    "links": (
        "SELECT s.text, e.id, n.text FROM links l JOIN resources s ON s.id = l.resource"
        " JOIN events e ON e.position = l.position LEFT JOIN names n ON n.id = l.role"
    ),
}


async def content(store) -> dict[str, list[tuple[Any, ...]]]:
    """All of it, comparable between databases."""
    return {
        what: sorted((tuple(map(plain, row)) for row in await store.rows(statement)), key=repr)
        for what, statement in CONTENT.items()
    }


def plain(value: Any) -> Any:
    """SQLite has no booleans."""
    return int(value) if isinstance(value, bool) else value


@pytest.fixture
def servers(store, database_url) -> Iterator[list[Any]]:
    """The store, and seven more servers on its database, each with a dictionary of its own."""
    others = [type(store)(database_url) for _ in range(SERVERS - 1)]
    for other in others:
        other.database.start()
    yield [store, *others]
    for other in others:
        other.database.stop()


@pytest.fixture
async def alone(store, tmp_path):
    """Another database, which one server writes alone, one thing after the other."""
    alone = type(store)(f"sqlite:///{tmp_path / 'alone.db'}")
    alone.database.start()
    await alone.database.write(schema.prepare)
    yield alone
    alone.database.stop()


def histories(random, tellers: int = SERVERS) -> list[Batch]:
    """The batches of some emitters, a few for each."""
    batches = []
    for number in range(tellers):
        teller = Teller(clock=number)
        history(random, teller, flows=2)
        batches += [teller.batch(after, after + 25) for after in range(0, len(teller.records), 25)]
    return batches


@only_postgres
async def test_servers_that_take_the_same_batches_store_them_once(servers, alone, random):
    """Each of eight connections takes all of them, at the same time."""
    batches = histories(random, 3)

    async def take_all(store) -> None:
        for batch in batches:
            await store.take(batch)

    await asyncio.gather(*map(take_all, servers))
    await take_all(alone)
    assert await content(servers[0]) == await content(alone)
    positions = [row[0] for row in await servers[0].rows("SELECT position FROM events")]
    assert len(set(positions)) == len(positions)


@only_postgres
async def test_servers_that_take_different_batches_about_the_same_store_all(servers, alone, random):
    """The same resources, names and systems are new to all of them at once."""
    batches = histories(random)
    by_emitter: dict[UUID, list[Batch]] = {}
    for batch in batches:
        by_emitter.setdefault(batch.process.emitter, []).append(batch)

    async def take(store, some: list[Batch]) -> None:
        for batch in some:
            assert (await store.take(batch)).refused == ()

    await asyncio.gather(*map(take, servers, by_emitter.values()))
    await take(alone, batches)
    assert await content(servers[0]) == await content(alone)
    before = await servers[0].projections()
    await rebuild.rebuild(servers[0].database, servers[0].dictionary)
    assert await servers[0].projections() == before


@only_postgres
async def test_servers_that_post_the_same_events_store_them_once(servers, alone):
    """The seven that come later pass them over."""
    entries = [log.Entry(event("posted", f"s3://lake/{place}"), 1) for place in range(40)]

    async def post(store) -> Any:
        return await store.database.write(intake.post, store.dictionary, entries)

    outcomes = await asyncio.gather(*map(post, servers))
    assert {refused for _, refused in outcomes} == {()}
    await post(alone)
    assert await content(servers[0]) == await content(alone)


@only_postgres
async def test_servers_that_prune_at_once_prune_once(servers, alone, random):
    """With intake going on beside them."""
    batches, more = histories(random, 4), Teller(clock=99)
    more.tell(event("call.made", "s3://lake/new", occurred=START + timedelta(days=30)))
    for store in (servers[0], alone):
        for batch in batches:
            await store.take(batch)
    policy = Policy(events_before=LATE, logs_before=LATE)
    await asyncio.gather(
        *(prune.prune(store.database, store.dictionary, policy) for store in servers),
        servers[0].take(more.batch()),
    )
    await prune.prune(alone.database, alone.dictionary, policy)
    await alone.take(more.batch())
    assert await content(servers[0]) == await content(alone)
    before = await servers[0].projections()
    await rebuild.rebuild(servers[0].database, servers[0].dictionary)
    assert await servers[0].projections() == before


@only_postgres
async def test_servers_that_miss_a_process_at_once_say_so_once(servers):
    """One of them marks the lease; the events of the others would be twins."""
    run, teller = uuid4(), Teller()
    born = Birth(name="a", flow="nightly")
    running = change(StateType.RUNNING, born=born)
    teller.tell(state(run, RunKind.FLOW_RUN, running), run, run)
    await servers[0].take(teller.batch())
    emitter = teller.process.emitter.bytes
    await servers[0].database.write(leases.renew, {emitter: 5})

    async def lapse(store) -> int:
        after, now = timedelta(seconds=60), Now(LATE, LATE)
        unit = store.database.write(leases.lapse, store.dictionary, {emitter: 5}, after, now)
        return await unit

    assert sorted(await asyncio.gather(*map(lapse, servers))) == [0] * (SERVERS - 1) + [1]
    assert await servers[0].rows("SELECT state_type, origin FROM runs") == [("CRASHED", "presumed")]


@only_postgres
async def test_servers_that_are_asked_to_cancel_at_once_ask_once(servers):
    """One event, one command."""
    run, teller = uuid4(), Teller()
    running = change(StateType.RUNNING, born=Birth(name="a", flow="nightly"))
    teller.tell(state(run, RunKind.FLOW_RUN, running), run, run)
    await servers[0].take(teller.batch())
    actor = Related(id="peninsula.key.1", role="actor", name="someone")

    async def cancel(store) -> None:
        now = Now(LATE, LATE)
        await store.database.write(
            commands.cancel, store.dictionary, RunKind.FLOW_RUN, run, actor, None, now
        )

    await asyncio.gather(*map(cancel, servers))
    assert await servers[0].rows("SELECT state_type FROM runs") == [("CANCELLING",)]
    assert await servers[0].rows("SELECT count(*) FROM commands") == [(1,)]
    assert await servers[0].rows("SELECT count(*) FROM events") == [(2,)]


# --- partitions ----------------------------------------------------------------------------------


@only_postgres
async def test_servers_that_make_the_next_partitions_at_once_make_them_once(servers):
    """Each does, when it starts and once an hour."""
    await asyncio.gather(*(each.database.write(partitions.ahead, START) for each in servers))
    weeks = await servers[0].database.read(partitions.weeks)
    assert len(weeks) == partitions.AHEAD


@only_postgres
async def test_a_late_event_is_not_dropped_with_its_week(servers):
    """Its intake is open while another server finds the week empty, and drops it."""
    first, second, watcher = servers[:3]
    await first.database.write(partitions.ahead, START)
    late = Teller()
    late.tell(event("late", id=uuid7(micros(START), bytes(8))))
    checked = intake.check(late.batch())
    with open_gate() as (there, go):

        def hold(tx: Connection) -> None:
            intake.take(tx, first.dictionary, checked, 1)
            there.set()
            assert go.wait(PATIENCE)

        held = asyncio.ensure_future(first.database.write(hold))
        assert await asyncio.to_thread(there.wait, PATIENCE)
        dropping = asyncio.ensure_future(
            second.database.write(partitions.drop_before, START + timedelta(days=99))
        )
        while await blocked(watcher) < 1:  # noqa: ASYNC110  a lock announces nothing
            await asyncio.sleep(0)
    await asyncio.gather(held, dropping)
    names = "SELECT n.text FROM events e JOIN names n ON n.id = e.name"
    assert await first.rows(names) == [("late",)]


# --- readers -------------------------------------------------------------------------------------


@contextmanager
def open_gate() -> Iterator[tuple[Event, Event]]:
    """A pair of signals: it has come to the gate, it may go on. It is open in the end."""
    there, go = Event(), Event()
    try:
        yield there, go
    finally:
        go.set()


async def test_a_reader_by_position_misses_nothing_while_an_intake_is_held_open(store, servers):
    """A second server wants to commit meanwhile; whatever the reader sees, nothing comes before."""
    slow, fast = Teller(), Teller()
    for place in range(20):
        slow.tell(event("slow", payload={"place": place}))
        fast.tell(event("fast", payload={"place": place}))
    seen: list[tuple[int, str]] = []

    async def read() -> None:
        last = seen[-1][0] if seen else 0
        statement = "SELECT e.position, n.text FROM events e JOIN names n ON n.id = e.name"
        seen.extend(await store.rows(f"{statement} WHERE e.position > {last} ORDER BY 1"))

    with open_gate() as (there, go):
        checked = intake.check(slow.batch())

        def hold(tx: Connection) -> None:
            intake.take(tx, store.dictionary, checked, 1)
            there.set()
            assert go.wait(PATIENCE)

        held = asyncio.ensure_future(store.database.write(hold))
        assert await asyncio.to_thread(there.wait, PATIENCE)
        other = servers[1] if store.database.dialect == "postgresql" else store
        overtakes = asyncio.ensure_future(other.take(fast.batch(0, 10)))
        for _ in range(5):
            await read()
        assert seen == []
        go.set()
        while not (held.done() and overtakes.done()):
            await read()
    await held
    assert (await overtakes).committed == 10
    await other.take(fast.batch(10, 20))
    await read()
    assert sorted(name for _, name in seen) == ["fast"] * 20 + ["slow"] * 20
    everything = await store.rows("SELECT position FROM events ORDER BY 1")
    assert [position for position, _ in seen] == [position for (position,) in everything]


# --- rebuild -------------------------------------------------------------------------------------


async def test_two_rebuilds_at_once_leave_what_was_there(store, random):
    """The second is refused, or both are right; never are things counted twice."""
    for batch in histories(random, 3):
        await store.take(batch)
    before = await store.projections()
    outcomes = await asyncio.gather(
        rebuild.rebuild(store.database, store.dictionary),
        rebuild.rebuild(store.database, store.dictionary),
        return_exceptions=True,
    )
    for outcome in outcomes:
        assert isinstance(outcome, int | ConflictError), repr(outcome)
    assert await store.projections() == before


@only_postgres
async def test_two_servers_that_rebuild_at_once_leave_what_was_there(servers, random):
    """The same from two processes."""
    for batch in histories(random, 3):
        await servers[0].take(batch)
    before = await servers[0].projections()
    outcomes = await asyncio.gather(
        *(rebuild.rebuild(each.database, each.dictionary) for each in servers[:2]),
        return_exceptions=True,
    )
    for outcome in outcomes:
        assert isinstance(outcome, int | ConflictError), repr(outcome)
    assert await servers[0].projections() == before


@only_postgres
async def test_a_prune_that_looked_before_a_rebuild_began_takes_nothing_from_it(
    servers, random, monkeypatch
):
    """It found no rebuild, then waited for the head; meanwhile another server began one."""
    first, second, third, watcher = servers[:4]
    for batch in histories(random, 2):
        await first.take(batch)
    outlive = ("runs", "edges", "event_counts")
    before = await first.projections()
    begun, go_on = asyncio.Event(), asyncio.Event()
    write = third.database.write_patiently

    async def pause_once(*unit: Any) -> Any:
        result = await write(*unit)
        begun.set()
        await go_on.wait()
        return result

    monkeypatch.setattr(third.database, "write_patiently", pause_once)
    with open_gate() as (there, go):

        def hold(tx: Connection) -> None:
            log.take_head(tx)
            there.set()
            assert go.wait(PATIENCE)

        held = asyncio.ensure_future(second.database.write(hold))
        assert await asyncio.to_thread(there.wait, PATIENCE)
        policy = Policy(events_before=LATE, pin_failed=False)
        pruning = asyncio.ensure_future(prune.prune(first.database, first.dictionary, policy))
        while await blocked(watcher) < 1:  # noqa: ASYNC110  a lock announces nothing
            await asyncio.sleep(0)
        rebuilding = asyncio.ensure_future(rebuild.rebuild(third.database, third.dictionary))
        while not begun.is_set() and await blocked(watcher) < 2:  # noqa: ASYNC110  the same
            await asyncio.sleep(0)
    await asyncio.wait([pruning])
    go_on.set()
    for outcome in await asyncio.gather(held, pruning, rebuilding, return_exceptions=True):
        assert not isinstance(outcome, Exception) or isinstance(outcome, ConflictError), outcome
    after = await first.projections()
    assert {name: after[name] for name in outlive} == {name: before[name] for name in outlive}


async def blocked(store) -> int:
    """How many sessions wait for a lock."""
    return (await store.rows("SELECT count(*) FROM pg_locks WHERE NOT granted"))[0][0]
