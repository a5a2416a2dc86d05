"""Whatever an emitter sends, its batch is answered and what is good in it is stored."""

from __future__ import annotations

from datetime import UTC, datetime
from random import Random
from uuid import UUID, uuid4

import pytest
from msgspec import Raw, structs

from peninsula.core import limits
from peninsula.core.runs import Birth, RunKind, Upstream
from peninsula.core.states import StateType
from peninsula.server.storage.rebuild import rebuild
from tests.support.make import Teller, change, event, state

pytestmark = pytest.mark.anyio


def noise(size: int) -> str:
    """A text that no compression makes smaller, of characters with three bytes each."""
    letters = Random(0)
    return "".join(chr(letters.randrange(0x4E00, 0x9FFF)) for _ in range(size))


async def told(store, *events) -> list[str]:
    """Take events in between two harmless ones. Return the codes of those that were refused."""
    teller = Teller()
    for each in (event("before"), *events, event("after")):
        teller.tell(each)
    taken = await store.take(teller.batch())
    assert taken.committed == len(events) + 2
    names = await store.rows("SELECT n.text FROM events e JOIN names n ON n.id = e.name")
    assert {("before",), ("after",)} <= set(names)
    return [refusal.code for refusal in taken.refused]


def running(run: UUID | None = None, **parts):
    """A state event of a run."""
    return state(run or uuid4(), RunKind.TASK_RUN, change(StateType.RUNNING, **parts))


BIRTHS = {
    "a name with NUL": Birth(name="a\x00b"),
    "a flow with NUL": Birth(name="a", flow="a\x00b"),
    "a tag with NUL": Birth(name="a", tags=("a\x00b",)),
    "an edge's parameter with NUL": Birth(
        name="a", upstream=(Upstream(run=UUID(int=1), parameter="\x00"),)
    ),
    "a long name": Birth(name=noise(15_000)),
    "a long flow": Birth(name="a", flow=noise(15_000)),
    "a long key": Birth(name="a", key=noise(15_000)),
    "a long tag": Birth(name="a", tags=(noise(15_000),)),
    "a start without time zone": Birth(name="a", expected=datetime(2026, 1, 31)),  # noqa: DTZ001
    "a start beyond the calendar": Birth(name="a", expected=datetime(9999, 12, 31, tzinfo=UTC)),
}


@pytest.mark.parametrize("what", BIRTHS)
async def test_a_birth_that_no_database_takes_is_refused_by_itself(store, what):
    """With a code, and the batch is not sent again and again."""
    assert await told(store, running(born=BIRTHS[what])) in (["invalid"], ["too-large"])
    await rebuild(store.database, store.dictionary)


async def test_a_message_may_hold_any_character(store):
    """An exception's text can have a NUL in it; the run has failed all the same."""
    run = uuid4()
    failed = change(StateType.FAILED, message="bad \x00 byte", details={"text": "a\x00b"})
    assert await told(store, running(run), state(run, RunKind.TASK_RUN, failed)) == []
    assert await store.rows("SELECT state_type, state_message FROM runs") == [
        ("FAILED", "bad ␀ byte")
    ]
    await rebuild(store.database, store.dictionary)


async def test_a_state_name_with_nul_is_refused(store):
    """Nobody could read it."""
    assert await told(store, running(name="a\x00b")) == ["invalid"]


async def test_texts_as_long_as_the_limits_are_stored_and_found(store):
    """In every place that is indexed, and of an alphabet that takes three bytes a character."""
    long = noise(limits.NAME_BYTES // 3)
    born = Birth(name=long, flow=long, task=long, key=long, tags=(long,), version=long, code=long)
    again = event(long, f"s3://{long[:800]}/x", related=[(long, long)], about={"name": long})
    assert await told(store, running(born=born), again) == []
    assert await store.rows("SELECT tag FROM tags") == [(long,)]
    assert await told(store, structs.replace(again, id=uuid4())) == []
    assert await store.rows("SELECT count(*) FROM names WHERE length(text) > 800") == [(1,)]


async def test_counts_at_their_limit_are_stored(store):
    """The database has 32 bits for them."""
    most = (1 << 30) - 1
    born = Birth(name="a", retries=most)
    assert await told(store, running(start=most, attempt=most, born=born)) == []
    assert await store.rows("SELECT attempt, attempts, retries FROM runs") == [
        (most, most + 1, most)
    ]


@pytest.mark.parametrize("parts", [{"resource": "s3://other"}, {"related": [("s3://x", "uses")]}])
async def test_an_id_used_again_about_another_resource_is_refused(store, parts):
    """It is another event, and is not passed over without a word."""
    id_ = uuid4()
    assert await told(store, event(id=id_)) == []
    assert await told(store, event(id=id_, **parts)) == ["conflict"]


async def test_an_id_twice_in_one_batch_is_stored_once(store):
    """The same event is passed over, another is refused, and the first is the one that counts."""
    id_ = uuid4()
    first, same, other = (event(id=id_, payload={"a": a}) for a in (1, 1, 2))
    assert await told(store, first, same, other) == ["conflict"]
    assert await store.rows(f"SELECT payload FROM events WHERE id = {literal(store, id_)}") == [
        ('{"a":1}',)
    ]


def literal(store, id_: UUID) -> str:
    """A UUID as a statement writes it."""
    return f"'\\x{id_.hex}'" if store.database.dialect == "postgresql" else f"x'{id_.hex}'"


async def test_a_run_mentioned_before_it_is_known_is_of_its_own_kind_in_the_end(store):
    """A subflow that another run waited for is told of by another process, later."""
    subflow = uuid4()
    waits = Birth(name="a", upstream=(Upstream(run=subflow),))
    known = state(subflow, RunKind.FLOW_RUN, change(StateType.RUNNING, born=Birth(name="b")))
    assert await told(store, running(born=waits)) == []
    assert await told(store, known) == []
    kinds = "SELECT i.task, r.task FROM runs r JOIN run_ids i ON i.id = r.id WHERE r.name = 'b'"
    assert [tuple(map(bool, row)) for row in await store.rows(kinds)] == [(False, False)]


async def test_a_state_about_a_run_of_the_other_kind_is_refused(store):
    """`peninsula.flow-run.running` about a task run would make one run two."""
    one = state(uuid4(), RunKind.FLOW_RUN, change(StateType.RUNNING))
    resource = structs.replace(one.resource, id=one.resource.id.replace("flow-run", "task-run"))
    assert await told(store, structs.replace(one, resource=resource)) == ["invalid"]


async def test_a_late_batch_does_not_open_a_closed_emitter_again(store):
    """Two shippers sent its last records; the slower one's batch says nothing of the end."""
    teller = Teller()
    for _ in range(4):
        teller.tell(event())
    await store.take(teller.batch(0, 4, closing=True))
    await store.take(teller.batch(0, 2))
    assert [bool(row[0]) for row in await store.rows("SELECT closed FROM emitters")] == [True]


async def test_a_change_of_state_names_only_what_it_names(store):
    """Names with the characters of statements and patterns are texts like any other."""
    names = ["100%", "%s", "{}", "?", "'; DROP TABLE runs; --", "a\\b", ":x", "$1", '"']
    tags = tuple(sorted(names))
    for name in names:
        born = Birth(name=name, flow=name, tags=tags)
        assert await told(store, event(name, f"s3://lake/{name}"), running(born=born)) == []
    assert {row[0] for row in await store.rows("SELECT flow FROM runs")} == set(names)
    assert {row[0] for row in await store.rows("SELECT tag FROM tags")} == set(names)


async def test_a_state_change_is_stored_as_it_came(store):
    """Numbers keep their digits, keys their order, and what is unknown stays."""
    payload = '{"type":"RUNNING","name":"Running","details":{"n":1.10,"b":1,"a":2},"new":[]}'
    assert await told(store, structs.replace(running(), payload=Raw(payload.encode()))) == []
    assert (payload,) in await store.rows("SELECT payload FROM events")
