"""Units of work share a commit, and never a fault."""

from __future__ import annotations

import asyncio
import sqlite3
from datetime import timedelta
from threading import Event

import pytest
from sqlalchemy import Connection
from sqlalchemy.exc import OperationalError

from peninsula.core.errors import UnavailableError
from peninsula.server.storage import groups, intake, prune
from peninsula.server.storage.database import after_commit
from tests.support.make import START, Teller, event, micros

pytestmark = pytest.mark.anyio

only_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
PATIENCE = 10.0
"""Seconds after which a unit counts as forgotten."""


@pytest.fixture
def held(store, monkeypatch):
    """Run units that all wait when the first is let go: they are one group."""
    monkeypatch.setattr(groups, "GROUP_SECONDS", PATIENCE)

    async def together(*units):
        begun, go = Event(), Event()

        def hold(_: Connection) -> None:
            begun.set()
            go.wait(PATIENCE)

        first = asyncio.ensure_future(store.database.write_patiently(hold))
        await asyncio.to_thread(begun.wait, PATIENCE)
        waiting = [asyncio.ensure_future(store.database.write_patiently(unit)) for unit in units]
        await asyncio.sleep(0)
        go.set()
        outcomes = await asyncio.wait_for(
            asyncio.gather(*waiting, return_exceptions=True), PATIENCE
        )
        await first
        return outcomes

    return together


def taking(store, *names: str):
    """A unit that takes in events of these names, each about a resource of that name."""
    teller = Teller()
    for name in names:
        teller.tell(event(name, f"s3://{name}/x"))
    checked = intake.check(teller.batch())
    return lambda tx: intake.take(tx, store.dictionary, checked, 1)


async def stored(store) -> set[str]:
    """The names of all events in the log."""
    rows = await store.rows("SELECT n.text FROM events e JOIN names n ON n.id = e.name")
    return {name for (name,) in rows}


async def test_a_unit_that_fails_leaves_its_neighbours_and_the_cache_alone(store, held):
    """It interned a name and a resource before it failed: nobody may remember their numbers."""
    take = taking(store, "bad")

    def fail(tx: Connection) -> None:
        take(tx)
        msg = "after all was written"
        raise ValueError(msg)

    before, failed, after = await held(taking(store, "before"), fail, taking(store, "after"))
    assert (before.committed, after.committed) == (1, 1)
    assert str(failed) == "after all was written"
    assert await stored(store) == {"before", "after"}
    await store.database.write_patiently(taking(store, "other", "bad"))
    texts = "SELECT e.position, n.text, r.text FROM events e JOIN names n ON n.id = e.name"
    rows = await store.rows(f"{texts} JOIN resources r ON r.id = e.resource ORDER BY 1")
    assert [(name, resource) for _, name, resource in rows] == [
        (name, f"s3://{name}/x") for name in ("before", "after", "other", "bad")
    ]


async def test_what_is_left_for_after_the_commit_is_done_once_and_only_then(store, held):
    """A unit that failed leaves nothing to do; the others' turn comes when their rows are there."""
    done: list[str] = []

    def leave(what: str):
        def unit(tx: Connection) -> None:
            after_commit(tx, lambda: done.append(what))
            if what == "failed":
                raise ValueError(what)

        return unit

    await held(leave("a"), leave("failed"), leave("b"))
    assert sorted(done) == ["a", "b"]


async def test_a_unit_that_fails_after_it_staged_many_rows_leaves_the_next_one_its_stage(
    store, held
):
    """PostgreSQL's temporary table goes with the savepoint in which it was made."""
    take = taking(store, *(f"bad-{place}" for place in range(40)))

    def fail(tx: Connection) -> None:
        take(tx)
        msg = "after all was written"
        raise ValueError(msg)

    after = taking(store, *(f"good-{place}" for place in range(40)))
    failed, taken = await held(fail, after)
    assert str(failed) == "after all was written"
    assert taken.committed == 40


async def test_a_resource_that_is_pruned_in_the_group_that_took_it_in_is_not_remembered(
    store, held
):
    """A journal brought it late, and its events were too old to stay; then it comes again."""
    late = Teller()
    late.tell(event("late", "s3://lake/x", occurred=START - timedelta(days=30)))
    checked = intake.check(late.batch())
    _, pruned, _ = await held(
        lambda tx: intake.take(tx, store.dictionary, checked, 1),
        lambda tx: prune._prune_events(tx, store.dictionary, "e.occurred < ?", (micros(START),)),
        taking(store, "other"),
    )
    assert pruned == 1
    again = Teller()
    again.tell(event("again", "s3://lake/x"))
    await store.take(again.batch())
    statement = "SELECT r.text FROM events e LEFT JOIN resources r ON r.id = e.resource ORDER BY 1"
    assert await store.rows(statement) == [("s3://lake/x",), ("s3://other/x",)]


@only_sqlite
async def test_units_are_run_one_by_one_when_sqlite_rolls_back_all_of_them(store, held):
    """A full disk does that: the transaction is gone, with what the neighbours had written."""

    def fault(tx: Connection) -> None:
        tx.exec_driver_sql("ROLLBACK")
        raise OperationalError("INSERT", None, sqlite3.OperationalError("disk is full"))

    before, failed, after = await held(taking(store, "before"), fault, taking(store, "after"))
    assert (before.committed, after.committed) == (1, 1)
    assert isinstance(failed, UnavailableError)
    assert await stored(store) == {"before", "after"}
    assert await store.rows("SELECT position FROM events ORDER BY 1") == [(1,), (2,)]


@only_sqlite
async def test_a_full_disk_refuses_what_does_not_fit_and_takes_the_rest(store, held):
    """Nobody but the one who wants the room is told so; with more room, that one succeeds too."""

    def limit(pages: int):
        return lambda tx: tx.exec_driver_sql(f"PRAGMA max_page_count = {pages}").scalar()

    def large(tx: Connection) -> None:
        # More than the cache holds, so that pages are written before the commit.
        for start in range(100):
            statement = "INSERT INTO blobs (sha256, start, size, data) VALUES ('a', ?, 1, ?)"
            tx.exec_driver_sql(statement, (start, bytes(1024 * 1024)))

    await store.database.write(taking(store, "first"))
    pages = (await store.rows("PRAGMA page_count"))[0][0]
    await store.database.write(limit(pages + 200))
    before, failed, after = await held(taking(store, "before"), large, taking(store, "after"))
    assert (before.committed, after.committed) == (1, 1)
    assert isinstance(failed, UnavailableError)
    assert await stored(store) == {"first", "before", "after"}
    assert await store.rows("SELECT count(*) FROM blobs") == [(0,)]
    await store.database.write(limit(1 << 30))
    await store.database.write(large)
    assert await store.rows("SELECT count(*) FROM blobs") == [(100,)]


@only_sqlite
async def test_a_file_that_someone_else_holds_is_unavailable_and_then_available(store, tmp_path):
    """A person's shell holds the file for longer than we wait; then it lets go."""
    await store.database.write(lambda tx: tx.exec_driver_sql("PRAGMA busy_timeout = 10").all())
    shell = sqlite3.connect(tmp_path / "peninsula.db", isolation_level=None)
    shell.execute("BEGIN IMMEDIATE")
    with pytest.raises(UnavailableError):
        await asyncio.wait_for(store.database.write(taking(store, "early")), PATIENCE)
    shell.execute("ROLLBACK")
    shell.close()
    taken = await asyncio.wait_for(store.database.write(taking(store, "late")), PATIENCE)
    assert taken.committed == 1
    assert await stored(store) == {"late"}


async def test_a_caller_that_goes_away_takes_nobody_along(store, held):
    """Its unit may be done or not; the others' are."""
    begun, go = Event(), Event()

    def hold(_: Connection) -> None:
        begun.set()
        go.wait(PATIENCE)

    first = asyncio.ensure_future(store.database.write(hold))
    await asyncio.to_thread(begun.wait, PATIENCE)
    gone = asyncio.ensure_future(store.database.write(taking(store, "gone")))
    stays = asyncio.ensure_future(store.database.write(taking(store, "stays")))
    await asyncio.sleep(0)
    gone.cancel()
    go.set()
    assert (await asyncio.wait_for(stays, PATIENCE)).committed == 1
    await first
    assert "stays" in await stored(store)
