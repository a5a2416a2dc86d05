"""Slots of concurrency limits in the database of each engine."""

from __future__ import annotations

import asyncio
from uuid import UUID, uuid4

import pytest

from peninsula.core.errors import InvalidError, NotFoundError
from peninsula.core.events import Related
from peninsula.server.storage import bulk, tables
from peninsula.server.storage.referee import slots
from peninsula.server.storage.referee.moves import Now

pytestmark = pytest.mark.anyio

ACTOR = Related(id="peninsula.owner.home", role="actor", name="the owner")
SECOND = 1_000_000


class Limits:
    """The limits of one store, at a moment in seconds."""

    def __init__(self, store) -> None:
        self._store = store

    async def set(self, name: str, limit: int, decay: float = 0.0, at: float = 0.0):
        """Make or change one."""
        return await self._do(slots.set_limit, name, limit, decay, ACTOR, at=at)

    async def take(self, *names: str, at: float = 0.0, **more):
        """Ask for slots."""
        wanted = {
            "slots": 1,
            "emitter": None,
            "run": None,
            "rate": False,
            "strict": False,
            "seconds": 60.0,
            **more,
        }
        return await self._do(slots.take, slots.Wanted(names, **wanted), at=at)

    async def give_back(self, lease: UUID, at: float = 0.0):
        """Give them back."""
        return await self._do(slots.give_back, lease.bytes, at=at)

    async def renew(self, lease: UUID, at: float):
        """Hold them for another minute."""
        moment = int(at * SECOND)
        await self._store.database.write(slots.renew, lease.bytes, 60.0, Now(moment, moment))

    async def taken(self, name: str, at: float = 0.0) -> float:
        """Return how many are taken."""
        found = await self._store.database.read(slots.limit_by_name, name, int(at * SECOND))
        return found.taken

    async def _do(self, unit, *args, at: float):
        moment = int(at * SECOND)
        return await self._store.database.write(
            unit, self._store.dictionary, *args, Now(moment, moment)
        )


@pytest.fixture
def limits(store) -> Limits:
    """Of an empty log."""
    return Limits(store)


async def test_slots_are_taken_until_none_is_left_and_given_back(limits):
    """Whoever comes too late is told when to ask again."""
    await limits.set("db", 2)
    first, second = await limits.take("db"), await limits.take("db")
    third = await limits.take("db")
    assert (first.taken, second.taken, third.taken) == (True, True, False)
    assert (third.full, third.lease) == ("db", None)
    assert third.retry_after > 0
    await limits.give_back(first.lease)
    assert (await limits.take("db")).taken
    with pytest.raises(NotFoundError, match="not held any more"):
        await limits.give_back(first.lease)


async def test_all_limits_give_their_slots_or_none_does(limits):
    """Nobody holds one while waiting for another."""
    await limits.set("a", 5)
    await limits.set("b", 1)
    await limits.take("b")
    assert not (await limits.take("a", "b")).taken
    assert await limits.taken("a") == 0


async def test_many_at_once_get_no_more_than_there_are(limits):
    """From several connections."""
    await limits.set("db", 3)
    answers = await asyncio.gather(*(limits.take("db") for _ in range(12)))
    assert sum(answer.taken for answer in answers) == 3
    assert await limits.taken("db") == 3


async def test_slots_that_nobody_renews_are_free_again(limits, store):
    """And an event says that they were lost."""
    await limits.set("db", 1)
    lost = await limits.take("db", at=0)
    assert not (await limits.take("db", at=59)).taken
    await limits.renew(lost.lease, at=59)
    assert not (await limits.take("db", at=100)).taken
    assert (await limits.take("db", at=119.5)).taken
    with pytest.raises(NotFoundError):
        await limits.renew(lost.lease, at=120)
    told = await store.rows(
        "SELECT payload FROM events e JOIN names n ON n.id = e.name"
        " WHERE n.text = 'peninsula.concurrency-limit.released'"
    )
    assert [payload for (payload,) in told] == ['{"slots":1,"lost":true}']


async def test_slots_of_a_process_that_has_ended_are_free_at_once(limits, store):
    """Its journal was closed, or adopted by another."""
    emitter = uuid4().bytes
    await limits.set("db", 1)
    assert (await limits.take("db", emitter=emitter)).taken
    assert not (await limits.take("db")).taken
    row = (emitter, 0, "{}", 0, 0, True)
    columns = ("uuid", "committed", "process", "first_seen", "last_seen", "closed")
    await store.database.write(bulk.insert, tables.emitters, columns, [row])
    assert (await limits.take("db")).taken


async def test_a_rate_lets_through_what_has_decayed(limits):
    """Ten at once, then two a second."""
    await limits.set("api", 10, decay=2)
    answers = [await limits.take("api", rate=True, at=0) for _ in range(11)]
    assert [answer.taken for answer in answers] == [True] * 10 + [False]
    assert answers[10].retry_after == pytest.approx(0.5)
    assert (await limits.take("api", rate=True, at=0.5)).taken
    assert not (await limits.take("api", rate=True, at=0.6)).taken
    assert await limits.taken("api", at=3) == pytest.approx(5)


async def test_what_can_never_be_is_an_error(limits):
    """More than there are, a rate without decay, and with `strict` a name that none has."""
    await limits.set("db", 2)
    with pytest.raises(InvalidError, match="has 2 slots, and 3"):
        await limits.take("db", slots=3)
    with pytest.raises(InvalidError, match="--decay"):
        await limits.take("db", rate=True)
    with pytest.raises(NotFoundError, match="concurrency-limit set none"):
        await limits.take("none", strict=True)
    unlimited = await limits.take("none")
    assert (unlimited.taken, unlimited.missing, unlimited.lease) == (True, ("none",), None)


async def test_a_limit_is_changed_and_removed(limits, store):
    """Each change is told; 0 lets nobody through."""
    await limits.set("db", 2)
    changed = await limits.set("db", 0)
    assert changed.limit == 0
    assert not (await limits.take("db")).taken
    await limits._do(slots.delete_limit, "db", ACTOR, at=0)
    assert (await limits.take("db")).missing == ("db",)
    told = await store.rows(
        "SELECT n.text FROM events e JOIN names n ON n.id = e.name ORDER BY e.position"
    )
    parts = [text.removeprefix("peninsula.concurrency-limit.") for (text,) in told]
    assert parts == ["created", "updated", "deleted"]
