"""P3: the projections are what the log says, also after a rebuild, a prune, and both."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from peninsula.core.errors import ConflictError
from peninsula.server.storage import bulk, rebuilding
from peninsula.server.storage import rebuild as rebuild_
from peninsula.server.storage.prune import Policy, prune
from peninsula.server.storage.rebuild import rebuild
from tests.integration.storage.conftest import Store
from tests.support.make import START, Teller, history, micros

pytestmark = pytest.mark.anyio

EVERYTHING = Policy(events_before=micros(START) + 10**15, logs_before=micros(START) + 10**15)


async def filled(store, random, emitters: int = 3) -> None:
    """Take in the histories of some emitters with skewed clocks, in shuffled batches."""
    tellers = [Teller(clock=random.randrange(-(10**9), 10**9)) for _ in range(emitters)]
    sent = dict.fromkeys(tellers, 0)
    for teller in tellers:
        history(random, teller)
    while sent:
        teller = random.choice(list(sent))
        upto = sent[teller] + random.randrange(1, 9)
        await store.take(teller.batch(sent[teller], upto))
        sent[teller] = upto
        if upto >= len(teller.records):
            del sent[teller]


async def test_a_rebuild_gives_equal_tables(store, random):
    """Every row of every projection is the same as before."""
    await filled(store, random)
    before = await store.projections()
    assert all(before.values()), "each projection has rows to compare"
    replayed = await rebuild(store.database, store.dictionary)
    assert await store.projections() == before
    assert [(replayed,)] == await store.rows("SELECT count(*) FROM events")


async def test_a_prune_leaves_a_baseline_that_a_rebuild_stands_on(store, random):
    """Runs, counts and touches outlive the events they came from."""
    await filled(store, random)
    before = await store.projections()
    middle = micros(START) + 5 * 3600 * 1_000_000
    pruned = await prune(
        store.database, store.dictionary, Policy(events_before=middle, logs_before=middle)
    )
    assert pruned.events
    after = await store.projections()
    assert after["runs"] == before["runs"]
    assert after["event_counts"] == before["event_counts"]
    await rebuild(store.database, store.dictionary)
    assert await store.projections() == after


async def test_everything_pruned_leaves_the_runs(store, random):
    """Also when no event is left, a rebuild knows every run."""
    await filled(store, random)
    before = await store.projections()
    late = micros(START) + 10**12
    await prune(store.database, store.dictionary, Policy(events_before=late, pin_failed=False))
    assert await store.rows("SELECT count(*) FROM events") == [(0,)]
    assert await store.rows("SELECT count(*) FROM links") == [(0,)]
    await rebuild(store.database, store.dictionary)
    assert (await store.projections())["runs"] == before["runs"]


async def test_failed_runs_keep_their_events(store, random):
    """Pinned: the whole tree of a failed run stays, whatever its age."""
    await filled(store, random)
    failed = (
        "SELECT count(*) FROM events e JOIN runs r ON r.id = e.root WHERE r.state_type = 'FAILED'"
    )
    before = await store.rows(failed)
    await prune(store.database, store.dictionary, Policy(events_before=micros(START) + 10**12))
    assert await store.rows(failed) == before
    assert await store.rows("SELECT count(*) FROM events WHERE NOT kept") == [(0,)]


async def test_intake_goes_on_during_a_rebuild(store, random):
    """What comes meanwhile is in the new tables too."""
    await filled(store, random)
    late = Teller()
    history(random, late, flows=2)

    async def ship() -> None:
        for after in range(0, len(late.records), 3):
            await store.take(late.batch(after, after + 3))

    await asyncio.gather(rebuild(store.database, store.dictionary), ship())
    during = await store.projections()
    await rebuild(store.database, store.dictionary)
    assert await store.projections() == during


async def begun(store) -> str:
    """A rebuild of which no step is made any more."""
    await store.database.write_patiently(rebuild_._begin, "killed")
    return "killed"


async def test_a_rebuild_that_is_under_way_is_said_and_nothing_is_pruned(store, random):
    """It says since when; when it is done, pruning goes on."""
    await filled(store, random)
    token = await begun(store)
    assert await store.database.read(rebuilding.since) is not None
    with pytest.raises(ConflictError, match="under way since 20"):
        await prune(store.database, store.dictionary, EVERYTHING)
    assert await rebuild_._replay(store.database, store.dictionary, token)
    assert await store.database.read(rebuilding.since) is None
    assert (await prune(store.database, store.dictionary, EVERYTHING)).events


async def test_a_rebuild_whose_server_was_killed_hinders_nobody_for_long(
    store, random, monkeypatch
):
    """Silent for so long, it counts as broken off; should it live after all, it is told so."""
    await filled(store, random)
    token = await begun(store)
    monkeypatch.setattr(rebuilding, "SILENT", timedelta())
    assert await store.database.read(rebuilding.since) is None
    assert (await prune(store.database, store.dictionary, EVERYTHING)).events
    with pytest.raises(ConflictError, match="counted as broken off"):
        await rebuild_._replay(store.database, store.dictionary, token)
    assert await store.rows("SELECT value FROM meta WHERE key = 'rebuild'") == []


async def test_a_rebuild_that_fails_leaves_nothing(store, random, monkeypatch):
    """Whatever it failed of: the next prune need not wait."""
    await filled(store, random)

    def fail(*_: object) -> None:
        msg = "a bug"
        raise LookupError(msg)

    monkeypatch.setattr(rebuild_, "project", fail)
    with pytest.raises(LookupError, match="a bug"):
        await rebuild(store.database, store.dictionary)
    assert (await prune(store.database, store.dictionary, EVERYTHING)).events


async def test_what_an_older_server_has_left_of_a_rebuild_is_cleared_away(store, random):
    """It said nothing but a token."""
    await filled(store, random)
    await store.database.write(
        lambda tx: bulk.run(tx, "INSERT INTO meta (key, value) VALUES ('rebuild', ?)", "0b9d")
    )
    assert (await prune(store.database, store.dictionary, EVERYTHING)).events


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
async def test_another_server_takes_in_while_one_rebuilds(store, database_url, random, monkeypatch):
    """Both intern; no text gets two numbers, and no batch is refused."""
    await filled(store, random)
    other = Store(database_url)
    other.database.start()
    late = Teller()
    history(random, late, flows=3)

    async def ship() -> None:
        for after in range(0, len(late.records), 3):
            await other.take(late.batch(after, after + 3))

    monkeypatch.setattr(rebuild_, "STEP", 10)
    try:
        await asyncio.gather(rebuild(store.database, store.dictionary), ship())
    finally:
        other.database.stop()
    during = await store.projections()
    await rebuild(store.database, store.dictionary)
    assert await store.projections() == during


async def test_one_kind_of_event_can_go_before_the_others(store, random):
    """Retention by kind: calls go, states stay."""
    await filled(store, random)
    policy = Policy(kinds_before={"call.*": micros(START) + 10**12}, pin_failed=False)
    pruned = await prune(store.database, store.dictionary, policy)
    assert pruned.events
    left = "SELECT DISTINCT n.text FROM events e JOIN names n ON n.id = e.name"
    assert all(name.startswith("peninsula.") for (name,) in await store.rows(left))
    after = await store.projections()
    await rebuild(store.database, store.dictionary)
    assert await store.projections() == after
