"""What intake promises: once, in order, and nothing by halves."""

from __future__ import annotations

from uuid import uuid4

import pytest
from msgspec import Raw, structs

from peninsula.core.errors import ConflictError, InvalidError
from peninsula.core.records import EventRecord
from peninsula.server.storage import intake
from tests.support.make import Teller, batch, event, history, process

pytestmark = pytest.mark.anyio


async def test_a_batch_sent_twice_is_stored_once(store, random):
    """The second time its records are at or below the emitter's number, and are passed over."""
    teller = Teller()
    history(random, teller)
    first = await store.take(teller.batch())
    again = await store.take(teller.batch())
    assert again.committed == first.committed == len(teller.records)
    assert again.appended == 0
    events = sum(isinstance(record, EventRecord) for record in teller.records)
    assert await store.rows("SELECT count(*) FROM events") == [(events,)]


async def test_overlapping_batches_are_stored_once(store):
    """Two shippers of one journal do no harm."""
    teller = Teller()
    for place in range(10):
        teller.tell(event(payload={"place": place}))
    await store.take(teller.batch(0, 6))
    await store.take(teller.batch(3, 10))
    assert await store.rows("SELECT number FROM events ORDER BY position") == [
        (number,) for number in range(1, 11)
    ]


async def test_a_hole_is_a_conflict_that_says_where_to_go_on(store):
    """Records may not be left out by mistake."""
    teller = Teller()
    for _ in range(5):
        teller.tell(event())
    await store.take(teller.batch(0, 2))
    with pytest.raises(ConflictError, match="Send from 3") as caught:
        await store.take(teller.batch(3, 5))
    assert caught.value.details == {"reason": "gap", "committed": 2}
    assert (await store.take(teller.batch(3, 5, lost_before=3))).committed == 5


async def test_positions_have_no_holes_and_the_head_knows_the_last(store, random):
    """A position is given in the order of commits."""
    tellers = [Teller(), Teller(clock=-5_000_000)]
    for teller in tellers:
        history(random, teller)
        await store.take(teller.batch())
    positions = [row[0] for row in await store.rows("SELECT position FROM events ORDER BY 1")]
    assert positions == list(range(1, len(positions) + 1))
    assert await store.rows("SELECT position FROM head") == [(len(positions),)]


async def test_a_bad_record_is_refused_by_itself(store):
    """The others of its batch are stored, and the emitter's number moves past it."""
    good = [EventRecord(number=n, stamp=n, event=event()) for n in (1, 2, 3)]
    sent = batch(good)
    sent.records[1] = Raw(b'{"kind":"event","number":2,"stamp":2,"event":{"id":"no"}}')
    taken = await store.take(sent)
    assert [(r.number, r.code) for r in taken.refused] == [(2, "invalid")]
    assert taken.committed == 3
    assert await store.rows("SELECT count(*) FROM events") == [(2,)]


async def test_an_id_used_again_with_other_content_is_refused(store):
    """The same event again is passed over without a word."""
    id_ = uuid4()
    first, same, other = Teller(), Teller(), Teller()
    first.tell(event(id=id_, payload={"a": 1}))
    same.tell(event(id=id_, payload={"a": 1}))
    other.tell(event(id=id_, payload={"a": 2}))
    assert (await store.take(first.batch())).refused == ()
    assert (await store.take(same.batch())).refused == ()
    assert [r.code for r in (await store.take(other.batch())).refused] == ["conflict"]
    assert await store.rows("SELECT count(*) FROM events") == [(1,)]


async def test_an_unknown_kind_of_record_is_kept(store):
    """A newer emitter loses nothing to an older server."""
    sent = batch([], process(), first=1)
    sent.records.append(Raw(b'{"kind":"metric","number":1,"stamp":5,"value":3}'))
    assert (await store.take(sent)).refused == ()
    assert (await store.rows("SELECT kind FROM unknown_records")) == [("metric",)]


async def test_a_newer_protocol_is_refused_whole():
    """The message says what to do."""
    with pytest.raises(InvalidError, match="Upgrade"):
        intake.check(structs.replace(batch([]), protocol=99))


async def test_a_nul_in_a_text_is_stored_on_both_engines(store):
    """PostgreSQL cannot hold it, so it is shown as a symbol."""
    teller = Teller()
    run = uuid4()
    teller.log(run, run, "a\x00b")
    teller.tell(event(payload={"text": "a\x00b"}))
    assert (await store.take(teller.batch())).refused == ()
    assert await store.rows("SELECT message FROM logs") == [("a␀b",)]


async def test_the_path_of_a_system_is_linked_to_the_system_too(store):
    """The page of a bucket lists what happened to its objects."""
    teller = Teller()
    teller.tell(event(resource="s3://lake/raw/a.csv"))
    await store.take(teller.batch())
    linked = await store.rows(
        "SELECT r.text FROM links l JOIN resources r ON r.id = l.resource ORDER BY 1"
    )
    assert linked == [("s3://lake",), ("s3://lake/raw/a.csv",)]
    seen = (
        "SELECT r.kind, r.system, c.events FROM catalogue c JOIN resources r ON r.id = c.resource"
    )
    assert await store.rows(seen) == [("s3", "s3://lake", 1)] * 2
