"""P3: the projections are what the log says, also after a rebuild, a prune, and both."""

from __future__ import annotations

import asyncio

import pytest

from peninsula.server.storage.prune import Policy, prune
from peninsula.server.storage.rebuild import rebuild
from tests.support.make import START, Teller, history, micros

pytestmark = pytest.mark.anyio


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
