"""PostgreSQL's events by week: where they land, and what is left when a week goes."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest

from peninsula.core.ids import uuid7
from peninsula.server.storage import partitions
from peninsula.server.storage.prune import Policy, prune
from tests.support.make import START, Teller, event, history, micros

pytestmark = pytest.mark.anyio


@pytest.fixture
def database_url(prepared_postgres_url: str) -> str:
    """Partitions are PostgreSQL's alone."""
    return prepared_postgres_url


def id_at(days: float) -> UUID:
    """An event id of a moment after START."""
    return uuid7(micros(START + timedelta(days=days)), bytes(range(8)))


async def where(store) -> list[str]:
    """The partitions that hold events, one entry an event."""
    found = "SELECT tableoid::regclass::text FROM events ORDER BY position"
    return [row[0] for row in await store.rows(found)]


async def test_an_event_lands_in_the_week_of_its_id(store):
    """START is a Saturday, so a day and a half later it is another week."""
    await store.database.write(partitions.ahead, START)
    teller = Teller()
    for days in (0, 1.95, 400):
        teller.tell(event(id=id_at(days)))
    await store.take(teller.batch())
    assert await where(store) == ["events_w20260126", "events_w20260202", "events_default"]


async def test_a_new_partition_takes_over_what_waited_in_the_default(store):
    """A server that was away while a week began loses nothing."""
    teller = Teller()
    teller.tell(event(id=id_at(0)))
    await store.take(teller.batch())
    assert await where(store) == ["events_default"]
    await store.database.write(partitions.ahead, START)
    assert await where(store) == ["events_w20260126"]
    assert len(await store.database.read(partitions.weeks)) == partitions.AHEAD
    await store.database.write(partitions.ahead, START)


async def test_a_week_that_is_pruned_is_dropped_and_pinned_events_stay(store, random):
    """Retention gives the disk back by dropping tables, and failed runs keep their events."""
    await store.database.write(partitions.ahead, START)
    teller = Teller()
    history(random, teller)
    teller.tell(event(id=id_at(0)))
    await store.take(teller.batch())
    failed = "SELECT e.id FROM events e JOIN runs r ON r.id = e.root WHERE r.state_type = 'FAILED'"
    pinned = await store.rows(f"{failed} ORDER BY e.id")
    later = START + timedelta(days=300)
    await prune(store.database, store.dictionary, Policy(events_before=micros(later)))
    assert await store.rows("SELECT id FROM events ORDER BY id") == pinned
    assert await store.database.read(partitions.weeks) == []


async def test_a_week_with_events_that_may_stay_is_not_dropped(store):
    """A kind that is kept longer keeps its week."""
    await store.database.write(partitions.ahead, START)
    teller = Teller()
    teller.tell(event("audit.signed", id=id_at(0)))
    teller.tell(event("call.made", id=id_at(0.1)))
    await store.take(teller.batch())
    policy = Policy(
        events_before=micros(START + timedelta(days=300)),
        kinds_before={"audit.*": micros(START - timedelta(days=300))},
    )
    await prune(store.database, store.dictionary, policy)
    assert await where(store) == ["events_w20260126"]
