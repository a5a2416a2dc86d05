"""The live stream: what is new as it comes, filtered, resumable, and fair to everyone."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager
from uuid import UUID, uuid4

import pytest

from peninsula.client.stream import Message, messages
from peninsula.core.answers import LoggedEvent
from peninsula.core.errors import ConflictError
from peninsula.core.filters import EventFilter, matches_event
from peninsula.core.runs import Birth, RunKind
from peninsula.core.states import StateType
from peninsula.core.terms import Field
from peninsula.server.services import stream as streams
from peninsula.server.services.stream import Stream, TooManyError
from tests.integration.api.test_event_queries import all_pages, some_filter
from tests.support.lots import tell_lots
from tests.support.make import Teller, change, event, state

pytestmark = pytest.mark.anyio

PATIENCE = 10.0


@pytest.fixture
def stream(world) -> Stream:
    """The world's tail of the log, which its duty keeps."""
    return world.services.stream


async def taken(reading: AsyncIterator, count: int) -> list[LoggedEvent]:
    """The next events that a reader is given."""
    found: list[LoggedEvent] = []
    async with asyncio.timeout(PATIENCE):
        while len(found) < count:
            found += (await anext(reading))[1]
    return found


async def tell(world, *names: str) -> None:
    """Put events into the log, one after the other."""
    teller = Teller()
    for name in names:
        teller.tell(event(name))
    await world.take(teller.batch())


async def test_a_reader_is_given_what_is_new(world, stream):
    """From the moment it opened the stream on, in the order of positions."""
    await tell(world, "before")
    async with aclosing(stream.read(EventFilter(), None)) as reading:
        assert (await anext(reading))[1] == ()
        await tell(world, "one", "two")
        await tell(world, "three")
        found = await taken(reading, 3)
    assert [e.event for e in found] == ["one", "two", "three"]
    assert stream.readers == 0


async def test_a_reader_goes_on_after_a_position(world, stream):
    """Whatever came meanwhile is given first, and then what comes."""
    await tell(world, *(f"old-{n}" for n in range(5)))
    async with aclosing(stream.read(EventFilter(), 2)) as reading:
        found = await taken(reading, 3)
        await tell(world, "new")
        found += await taken(reading, 1)
    assert [e.event for e in found] == ["old-2", "old-3", "old-4", "new"]


@pytest.mark.parametrize("small", [False, True], ids=["at once", "behind"])
async def test_filters_show_what_the_predicate_says(world, stream, random, monkeypatch, small):
    """To each of many readers, whether it keeps up or has to read the database."""
    if small:
        monkeypatch.setattr(streams, "KEPT", 5)
        monkeypatch.setattr(streams, "READ", 3)
        monkeypatch.setattr(streams, "PAGE", 4)
    lots = tell_lots(random, trees=6)
    half = len(lots.teller.records) // 2
    await world.take(lots.teller.batch(0, half))
    asked = [some_filter(random, lots) for _ in range(20)]
    readers = [stream.read(wanted, 0) for wanted in asked]
    positions = [(await anext(reader))[0] for reader in readers]
    assert positions == [0] * len(readers)
    await world.take(lots.teller.batch(half))
    everything = await all_pages(world, EventFilter(), newest_first=False, limit=200)
    end = everything[-1].position
    for wanted, reader in zip(asked, readers, strict=True):
        found: list[LoggedEvent] = []
        async with asyncio.timeout(PATIENCE):
            while True:
                position, given = await anext(reader)
                found += given
                if position >= end:
                    break
        await reader.aclose()
        tops = {UUID(term.value) for term in wanted.terms if term.field is Field.RUN}
        below = {}
        for top in tops | ({wanted.run} - {None}):
            page = await all_pages(world, EventFilter(run=top), newest_first=False, limit=200)
            below[top] = {event.run for event in page}
        expected = [
            event.position
            for event in everything
            if matches_event(
                EventFilter(**{**_parts(wanted), "since": None}),
                event,
                lambda run, top, below=below: run in below[top],
            )
        ]
        assert [event.position for event in found] == expected, wanted


def _parts(wanted: EventFilter) -> dict:
    return {name: getattr(wanted, name) for name in wanted.__struct_fields__}


async def test_a_slow_reader_holds_up_nobody_and_misses_nothing(world, stream, monkeypatch):
    """More comes than is kept; the quick one has it at once, the slow one reads it later."""
    monkeypatch.setattr(streams, "KEPT", 10)
    quick, slow = stream.read(EventFilter(), None), stream.read(EventFilter(), None)
    await anext(quick)
    await anext(slow)
    for start in range(0, 60, 6):
        await tell(world, *(f"e-{start + n}" for n in range(6)))
        assert len(await taken(quick, 6)) == 6
    assert len(stream._tail) <= 10
    assert [e.event for e in await taken(slow, 60)] == [f"e-{n}" for n in range(60)]
    await quick.aclose()
    await slow.aclose()


async def test_events_that_come_faster_than_they_are_kept_are_read_from_the_database(
    world, stream, monkeypatch
):
    """A flood is not taken into memory."""
    monkeypatch.setattr(streams, "KEPT", 10)
    async with aclosing(stream.read(EventFilter(names=("wanted",)), None)) as reading:
        await anext(reading)
        await tell(world, *["noise"] * 500, "wanted", *["noise"] * 500)
        assert [e.event for e in await taken(reading, 1)] == ["wanted"]
        assert len(stream._tail) <= 10


async def test_large_payloads_are_not_kept_beyond_their_share(world, stream, monkeypatch):
    """What is kept is bounded in bytes too."""
    monkeypatch.setattr(streams, "KEPT_BYTES", 10_000)
    async with aclosing(stream.read(EventFilter(), None)) as reading:
        await anext(reading)
        teller = Teller()
        for _ in range(20):
            teller.tell(event(payload={"a": "x" * 1_000}))
        await world.take(teller.batch())
        assert len(await taken(reading, 20)) == 20
        assert len(stream._tail) < 10


async def test_nothing_is_read_while_nobody_reads(world, stream, monkeypatch):
    """An idle server does not look at its log."""
    monkeypatch.setattr(stream, "_take_up", None)
    await stream.tick(0.0)


async def test_a_position_of_another_log_is_refused(world, stream):
    """Instead of waiting for what will never come."""
    with pytest.raises(ConflictError, match="beyond the end of this log, 0"):
        await anext(stream.read(EventFilter(), 7))
    assert stream.readers == 0


async def test_streams_are_limited(world, stream, monkeypatch):
    """And a reader that leaves makes room."""
    monkeypatch.setattr(streams, "READERS", 1)
    first = stream.read(EventFilter(), None)
    await anext(first)
    with pytest.raises(TooManyError):
        await anext(stream.read(EventFilter(), None))
    await first.aclose()
    await anext(stream.read(EventFilter(), None))


# --- over HTTP -----------------------------------------------------------------------------------


@asynccontextmanager
async def opened(world, query: str = "", **headers: str) -> AsyncIterator[AsyncIterator[Message]]:
    """The messages of an open stream."""
    path = f"/api/stream?{query}"
    async with world.http.stream("GET", path, headers=headers, timeout=PATIENCE) as answer:
        assert answer.status_code == 200, await answer.aread()
        assert answer.headers["content-type"].startswith("text/event-stream")
        yield _spoken(answer.aiter_lines())


async def _spoken(lines: AsyncIterator[str]) -> AsyncIterator[Message]:
    """What is said beyond that the stream is open."""
    async for message in messages(lines):
        if message.kind:
            yield message


async def test_messages_carry_events_and_the_position_to_resume_after(world):
    """Each has its id; `Last-Event-ID` goes on after it."""
    await tell(world, "old")
    async with opened(world, "since=0") as stream:
        first = await anext(stream)
        assert first.kind == "events"
        assert [one["event"] for one in json.loads(first.data)] == ["old"]
        await tell(world, "one", "two")
        second = await anext(stream)
        assert [one["event"] for one in json.loads(second.data)] == ["one", "two"]
    await tell(world, "three")
    async with opened(world, **{"Last-Event-ID": first.id}) as stream:
        again = await anext(stream)
        assert [one["event"] for one in json.loads(again.data)] == ["one", "two", "three"]


async def test_a_payload_of_several_lines_is_one_message(world):
    """It was sent with line ends between its parts, which a message must not have."""
    body = b'{"id":"%s","occurred":"2026-01-31T02:00:00Z","event":"a","resource":{"id":"x"},' % (
        str(uuid4()).encode()
    )
    body += b'"payload":{\n  "a":\r\n 1}}'
    assert (await world.http.post("/api/events", content=body)).status_code == 201
    async with opened(world, "since=0") as stream:
        (told,) = json.loads((await anext(stream)).data)
        assert told["payload"] == {"a": 1}


async def test_a_stream_shows_the_runs_below_a_run_as_they_come(world):
    """Also those that were not there when it was opened."""
    root, part, task, other = (uuid4() for _ in range(4))
    teller = Teller()
    for run, parent in ((root, None), (part, root)):
        born = change(StateType.RUNNING, born=Birth(name="r", flow="f", parent=parent, root=root))
        teller.tell(state(run, RunKind.FLOW_RUN, born), run, root)
    await world.take(teller.batch())
    async with opened(world, f"run={part}") as stream:
        born = change(StateType.RUNNING, born=Birth(name="t", task="t", parent=part, root=root))
        teller.tell(state(task, RunKind.TASK_RUN, born), task, root)
        teller.tell(event("mine"), task, root)
        born = change(StateType.RUNNING, born=Birth(name="t", task="t", parent=root, root=root))
        teller.tell(state(other, RunKind.TASK_RUN, born), other, root)
        teller.tell(event("not mine"), other, root)
        await world.take(teller.batch(2))
        told = json.loads((await anext(stream)).data)
        assert [one["event"] for one in told] == ["peninsula.task-run.running", "mine"]


async def test_a_stopping_server_ends_its_streams_with_a_word(world):
    """The reader knows to connect again."""
    async with opened(world) as stream:
        world.services.let_go()
        last = [message async for message in stream][-1]
        assert last.kind == "error"
        assert json.loads(last.data)["code"] == "unavailable"


async def test_a_last_event_id_that_is_none_is_refused(world):
    """It must be a position."""
    for text in ("x", "-1", "1.5", "9" * 30, ""):
        answer = await world.http.get("/api/stream", headers={"Last-Event-ID": text})
        assert answer.status_code == 422


async def test_a_removed_key_ends_its_stream(open_world, monkeypatch):
    """At the next heartbeat."""
    monkeypatch.setattr(streams, "HEARTBEAT", 0.01)
    world = await open_world(trusted=False)
    made = await world.services.keys.add("reader", ["read"])
    world.http.headers["Authorization"] = f"Bearer {made.secret}"
    async with opened(world) as stream:
        await world.services.keys.remove(made.key.id)
        async with asyncio.timeout(PATIENCE):
            last = [message async for message in stream][-1]
        assert json.loads(last.data)["code"] == "unauthenticated"


async def test_a_removed_key_ends_a_stream_that_never_rests(open_world):
    """What comes without a pause is not told to who had the key."""
    world = await open_world(trusted=False)
    made = await world.services.keys.add("reader", ["read"])
    world.http.headers["Authorization"] = f"Bearer {made.secret}"
    async with opened(world) as stream:
        await world.services.keys.remove(made.key.id)
        await tell(world, "new")
        async with asyncio.timeout(PATIENCE):
            told = [message async for message in stream]
        assert [message.kind for message in told] == ["error"]
        assert json.loads(told[0].data)["code"] == "unauthenticated"
