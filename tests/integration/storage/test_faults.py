"""Disks fill up and processes are killed: what was acknowledged is there, and whole."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import psycopg
import pytest

from peninsula.core.errors import TooLargeError, UnavailableError
from peninsula.server.storage import intake, log, postgres, sqlite
from peninsula.server.storage.rebuild import rebuild
from tests.support.make import Teller, event
from tests.support.soak import rounds

pytestmark = pytest.mark.anyio

ROOT = Path(__file__).parents[3]
only_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

PREPARE = """
import asyncio, os, resource, sys
from uuid import UUID
from peninsula.core.errors import TooLargeError, UnavailableError
from peninsula.server.storage import engines, intake, schema
from peninsula.server.storage.dictionary import Dictionary
from tests.support.make import Teller, event, process
from msgspec import structs

database, dictionary = engines.open_database("sqlite:///" + sys.argv[1]), Dictionary()
teller = Teller()
teller.process = process(UUID(int=7))

async def take(text):
    number = len(teller.records)
    for place in range(20):
        about = f"s3://lake/{number + place}"
        teller.tell(event("filler", about, payload={"text": text}, related=[("s3://lake", "in")]))
    batch = intake.check(teller.batch(number))
    return await database.write_patiently(intake.take, dictionary, batch, 1)

async def say(what):
    print(what, flush=True)
"""

FULL = """
async def main():
    database.start()
    await database.write(schema.prepare)
    hard = resource.getrlimit(resource.RLIMIT_FSIZE)[1]
    resource.setrlimit(resource.RLIMIT_FSIZE, (2_000_000, hard))
    refused = []
    while len(refused) < 3:
        try:
            await take("x" * 5000)
        except UnavailableError as problem:
            refused.append(problem)
            del teller.records[-20:]
    await say(f"after {len(teller.records)}: {refused[-1]}")
    resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))
    taken = await take("y")
    await say(f"committed {taken.committed} of {len(teller.records)}")
    database.stop()

asyncio.run(main())
"""

ENDLESS = """
async def main():
    database.start()
    await database.write(schema.prepare)
    while True:
        taken = await take("z" * 200)
        await say(f"committed {taken.committed}")

asyncio.run(main())
"""


def start(run_script, code: str, path: Path):
    """Start a process that writes to the database."""
    return run_script(
        PREPARE + code, str(path), env={"PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT}/src"}
    )


@only_sqlite
async def test_a_full_disk_is_said_and_passes(run_script, tmp_path, store):
    """The file may not grow: that is said. Then it may, and the same process goes on."""
    store.database.stop()
    program = start(run_script, FULL, tmp_path / "peninsula.db")
    output = program.succeed().splitlines()
    assert "The database cannot take this now" in output[0]
    committed, told = (int(word) for word in output[1].split() if word.isdigit())
    assert committed == told
    store.database.start()
    await whole(store)
    assert await store.rows("SELECT count(*) FROM events") == [(told,)]


@only_sqlite
@pytest.mark.parametrize("turn", range(rounds(3, soak=200)))
async def test_a_process_killed_in_the_middle_of_writing_leaves_a_whole_database(
    run_script, tmp_path, store, random, turn
):
    """Every batch that was acknowledged is in it, none by halves, and the next server goes on."""
    store.database.stop()
    program = start(run_script, ENDLESS, tmp_path / "peninsula.db")
    program.wait_for_line("committed 20")
    assert program.kill_within(0.5, random)
    acknowledged = max(int(line.split()[1]) for line in program.lines if "committed" in line)
    store.database.start()
    await whole(store)
    [(committed,)] = await store.rows("SELECT committed FROM emitters")
    assert committed >= acknowledged
    assert committed % 20 == 0
    assert await store.rows("SELECT count(*) FROM events") == [(committed,)]
    teller = Teller()
    teller.tell(event("after"))
    assert (await store.take(teller.batch())).committed == 1


async def whole(store) -> None:
    """Check the file, and that its projections are what its log says."""
    assert await store.rows("PRAGMA integrity_check") == [("ok",)]
    there = await store.projections()
    await rebuild(store.database, store.dictionary)
    assert await store.projections() == there


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
@pytest.mark.parametrize("events", [1, 100])
@pytest.mark.parametrize("way", ["write", "write_patiently"])
async def test_a_connection_that_is_lost_is_unavailable_and_then_there_again(store, events, way):
    """PostgreSQL restarts, or an administrator ends the session, in the middle of a unit."""
    teller = Teller()
    for place in range(events):
        teller.tell(event("lost", f"s3://lake/{place}"))
    checked = intake.check(teller.batch())

    def cut(tx):
        log.take_head(tx)
        end_session(tx, own_session(tx))
        return intake.take(tx, store.dictionary, checked, 1)

    write = getattr(store.database, way)
    with pytest.raises(UnavailableError):
        await write(cut)
    assert (await store.take(teller.batch())).committed == events
    assert await store.rows("SELECT count(*) FROM events") == [(events,)]


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
@pytest.mark.parametrize("way", ["write", "write_patiently", "read"])
async def test_a_connection_that_was_cut_while_it_waited_is_noticed_by_nobody(store, way, postgres):
    """PostgreSQL was restarted since, or a firewall forgot the session: the database is there."""
    run = getattr(store.database, way)
    before = await run(own_session)
    address = postgres.url("postgres").replace("+psycopg", "")
    with psycopg.connect(address, autocommit=True) as admin:
        admin.execute(f"SELECT pg_terminate_backend({before}, 5000)")
    assert await run(own_session) != before


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
async def test_a_database_that_is_away_is_said_to_each_that_waits(store, postgres):
    """Nobody hangs; when it is there again, the next one is served."""
    database = store.database.url.rpartition("/")[2]
    address = postgres.url("postgres").replace("+psycopg", "")
    with psycopg.connect(address, autocommit=True) as admin:
        admin.execute(f"ALTER DATABASE {database} ALLOW_CONNECTIONS false")
        session = await store.database.write_patiently(own_session)
        admin.execute(f"SELECT pg_terminate_backend({session}, 5000)")
        waiting = [store.database.write_patiently(own_session) for _ in range(3)]
        for answer in await asyncio.gather(*waiting, return_exceptions=True):
            assert isinstance(answer, UnavailableError)
        admin.execute(f"ALTER DATABASE {database} ALLOW_CONNECTIONS true")
    assert await store.database.write_patiently(own_session) != session


def own_session(tx) -> int:
    """The process of PostgreSQL that serves this connection."""
    return tx.exec_driver_sql("SELECT pg_backend_pid()").scalar()


def end_session(tx, session: int) -> None:
    """End a session, which may be this one, and return once it is over."""
    with tx.engine.connect() as other:
        other.exec_driver_sql(f"SELECT pg_terminate_backend({session}, 5000)").all()


WITHOUT_END = (
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n"
)


def look_forever(tx):
    """Ask for what there is no end of."""
    return tx.exec_driver_sql(WITHOUT_END).scalar()


async def test_a_query_that_takes_too_long_is_given_up(store, monkeypatch):
    """There are few readers: those of three pages would keep all others waiting."""
    monkeypatch.setattr(sqlite, "LONGEST_READ", 0.05)
    monkeypatch.setattr(postgres, "PATIENCE", "SET LOCAL statement_timeout = 50")
    for _ in range(4):
        with pytest.raises(TooLargeError, match="Ask for less"):
            await store.database.read(look_forever)
    assert await store.rows("SELECT 1") == [(1,)]


@only_sqlite
async def test_a_database_that_stops_waits_for_no_query(store):
    """Who asked is told."""
    asked = asyncio.create_task(store.database.read(look_forever))
    await store.rows("SELECT 1")
    await asyncio.to_thread(store.database.stop)
    with pytest.raises(UnavailableError):
        await asked
