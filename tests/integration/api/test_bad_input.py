"""Bad input gets a clear error with a code; nothing is stored by halves, and nothing is a 500."""

from __future__ import annotations

import gzip
import json
import zlib
from datetime import UTC, datetime
from uuid import uuid4

import pytest
from msgspec import Raw, structs

from peninsula.core import codec, limits
from peninsula.core.filters import EventFilter
from peninsula.core.pages import Cursor, digest, write_cursor
from peninsula.core.records import GapRecord
from peninsula.core.runs import Birth, RunKind
from peninsula.core.states import StateType
from tests.support.make import START, Teller, batch, change, event, micros, process, state

pytestmark = pytest.mark.anyio

ID = "0192f3c4-7a1b-7c3d-9e8f-0123456789ab"


def posted(**parts) -> dict:
    """An event as JSON, with some of its parts replaced."""
    told = json.loads(codec.encode(event()))
    return {key: value for key, value in (told | parts).items() if value is not ...}


async def refused(world, path: str, body: bytes, status: int = 422, **headers: str) -> dict:
    """The error that a body gets; nothing is stored."""
    stored = await world.rows("SELECT count(*) FROM events")
    answer = await world.http.post(f"/api/{path}", content=body, headers=headers)
    assert answer.status_code == status, (body[:100], answer.text)
    told = answer.json()
    assert set(told) == {"code", "message", "details"}
    assert told["message"]
    assert await world.rows("SELECT count(*) FROM events") == stored
    return told


DEEP = b'{"a":' * 10_000 + b"1" + b"}" * 10_000

BODIES = {
    "nothing": b"",
    "no JSON": b"{",
    "trailing comma": b'{"a":1,}',
    "two values": b"{}{}",
    "a number": b"1",
    "a list": b"[[]]",
    "null": b"null",
    "invalid UTF-8": b'{"message":"\xff\xfe"}',
    "half a character": b'{"message":"\\ud800"}',
    "too deep": DEEP,
    "a number too large": b'{"a":1e999}',
    "NaN": b"NaN",
}
TAKERS = ("intake", "intake/offers", "control", "events", "session", "keys")


async def test_a_malformed_body_is_refused_by_whoever_takes_one(world):
    """With the reason, by each of them."""
    for body in BODIES.values():
        for path in (*TAKERS, f"flow-runs/{ID}/cancel", "admin/backup"):
            told = await refused(world, path, body)
            assert told["code"] == "invalid"


WRONG = {
    "an id of another form": {"id": "42"},
    "a time without a zone": {"occurred": "2026-01-31T02:00:00"},
    "a time that is none": {"occurred": "yesterday"},
    "a time beyond time": {"occurred": "99999-01-01T00:00:00Z"},
    "an empty name": {"event": ""},
    "a name of a line": {"event": "a\nb"},
    "a name with NUL": {"event": "a\x00b"},
    "a name of ours": {"event": "peninsula.flow-run.completed"},
    "a resource that is a text": {"resource": "s3://lake"},
    "a resource without id": {"resource": {}},
    "a resource with NUL": {"resource": {"id": "a\x00b"}},
    "related that is no list": {"related": {"id": "x"}},
    "related without a role": {"related": [{"id": "x"}]},
    "labels that are no texts": {"resource": {"id": "x", "labels": {"a": 1}}},
    "a label with NUL": {"resource": {"id": "x", "labels": {"a": "\x00"}}},
    "a payload that is a list": {"payload": []},
    "a payload that is a text": {"payload": "x"},
    "follows nothing": {"follows": "x"},
}


async def test_a_wrong_event_is_refused_with_the_reason(world):
    """Alone it is the error; in a list the others are taken, or it is no list of events at all."""
    for name, parts in WRONG.items():
        wrong = posted(**parts)
        told = await refused(world, "events", json.dumps(wrong).encode())
        assert told["code"] == "invalid", name
        ((before,),) = await world.rows("SELECT count(*) FROM events")
        answer = await world.http.post("/api/events", content=json.dumps([posted(), wrong]))
        ((after,),) = await world.rows("SELECT count(*) FROM events")
        if answer.status_code == 201:
            assert [one["index"] for one in answer.json()["refused"]] == [1]
            assert (answer.json()["accepted"], after - before) == (1, 1), name
        else:
            assert (answer.status_code, after - before) == (422, 0), name


async def test_what_an_event_does_not_say_of_its_id_and_time_the_server_does(world):
    """So the same without an id is another event each time; with one it is the same."""
    told = json.dumps(posted(id=..., occurred=...))
    before = datetime.now(UTC)
    for body in (told, told, f"[{told}]"):
        answer = await world.http.post("/api/events", content=body)
        assert (answer.status_code, answer.json()["accepted"]) == (201, 1)
    named = json.dumps(posted(occurred=...))
    for _ in range(2):
        answer = await world.http.post("/api/events", content=named)
        assert answer.status_code == 201
    events = (await world.get("events"))["items"]
    assert len({each["id"] for each in events}) == 4
    assert all(before <= datetime.fromisoformat(each["occurred"]) for each in events)


async def test_a_payload_may_say_nul(world):
    """JSON writes it by an escape, and it is kept as it was sent."""
    answer = await world.http.post("/api/events", content=json.dumps(posted(payload={"a": "\0"})))
    assert answer.status_code == 201
    (told,) = (await world.get("events"))["items"]
    assert told["payload"] == {"a": "\0"}


async def test_what_is_too_large_is_refused_as_that(world):
    """Names, payloads, lists: each over its own limit."""
    for parts in (
        {"event": "x" * (limits.NAME_CHARS + 1)},
        {"resource": {"id": "x" * (limits.NAME_CHARS + 1)}},
        {"payload": {"a": "x" * limits.EVENT_BYTES}},
        {"related": [{"id": "x", "role": "y"}] * (limits.RELATED + 1)},
        {"resource": {"id": "x", "labels": {str(n): "" for n in range(limits.LABELS + 1)}}},
    ):
        told = await refused(world, "events", json.dumps(posted(**parts)).encode(), 413)
        assert told["code"] == "too-large"


async def test_a_body_is_read_up_to_its_limit_and_no_further(world):
    """Also one that becomes large only when it is inflated."""
    large = b'{"protocol":1,"process":"' + b"x" * limits.BATCH_BYTES + b'"}'
    assert (await refused(world, "intake", large, 413))["code"] == "too-large"
    bomb = gzip.compress(b" " * (200 * 1024 * 1024), 9)
    assert len(bomb) < 300_000
    for path in ("intake", "events", "control", "keys"):
        told = await refused(world, path, bomb, 413, **{"Content-Encoding": "gzip"})
        assert told["code"] == "too-large"


async def test_compression_that_is_none_is_refused(world):
    """Cut short, with something behind it, of another kind, or not at all."""
    whole = gzip.compress(codec.encode(event()))
    for body in (whole[:-9], whole + b"x", zlib.compress(b"{}"), b"{}", b""):
        told = await refused(world, "events", body, **{"Content-Encoding": "gzip"})
        assert "gzip" in told["message"]
    told = await refused(world, "events", b"{}", **{"Content-Encoding": "br"})
    assert "br" in told["message"]
    fit = await world.http.post("/api/events", content=whole, headers={"Content-Encoding": "gzip"})
    assert fit.status_code == 201


async def test_the_same_event_again_changes_nothing_and_another_is_a_conflict(world):
    """By its id; in a list, only that one is refused."""
    first = posted()
    other = first | {"payload": {"other": True}}
    for _ in range(2):
        answer = await world.http.post("/api/events", content=json.dumps(first))
        assert (answer.status_code, answer.json()["accepted"]) == (201, 1)
    told = await refused(world, "events", json.dumps(other).encode(), 409)
    assert told["code"] == "conflict"
    assert first["id"] in told["message"]
    answer = await world.http.post("/api/events", content=json.dumps([posted(), other, posted()]))
    assert [(one["index"], one["code"]) for one in answer.json()["refused"]] == [(1, "conflict")]
    assert await world.rows("SELECT count(*) FROM events") == [(3,)]


async def test_a_wrong_record_is_refused_alone_and_the_batch_goes_on(world):
    """Its number is used up, the reason is in the receipt."""
    teller = Teller()
    for _ in range(5):
        teller.tell(event())
    whole = json.loads(codec.encode(teller.batch()))
    whole["records"][1]["event"]["event"] = ""
    whole["records"][2] = {"kind": "event", "number": 3, "stamp": 10**30}
    whole["records"][3] = [1, 2]
    answer = await world.http.post("/api/intake", content=json.dumps(whole))
    assert answer.status_code == 200, answer.text
    assert [one["number"] for one in answer.json()["refused"]] == [2, 3, 4]
    assert answer.json()["committed"] == 5
    assert await world.rows("SELECT number FROM events ORDER BY 1") == [(1,), (5,)]


async def test_a_batch_that_is_wrong_itself_is_refused_whole(world):
    """Its head has no number, an unknown protocol, or numbers beyond all bounds."""
    fit = json.loads(codec.encode(batch([], process())))
    for parts in (
        {"protocol": 99},
        {"protocol": "1"},
        {"first": 0},
        {"first": 2**63},
        {"first": 10**40},
        {"lost_before": -1},
        {"process": {}},
        {"process": fit["process"] | {"emitter": "x"}},
        {"records": {}},
        {"records": ...},
    ):
        body = {key: value for key, value in (fit | parts).items() if value is not ...}
        await refused(world, "intake", json.dumps(body).encode())


async def test_a_gap_says_where_to_go_on(world):
    """With a code of its own, as shippers act on it."""
    teller = Teller()
    for _ in range(4):
        teller.tell(event())
    body = codec.encode(teller.batch(2))
    told = await refused(world, "intake", body, 409)
    assert told["code"] == "gap"
    assert told["details"]["committed"] == 0


async def test_a_state_of_nobody_knows_what_is_refused(world):
    """A state event that is not about a run, or says no state."""
    teller = Teller()
    run = uuid4()
    teller.tell(event("peninsula.flow-run.completed", "s3://lake"))
    teller.tell(event("peninsula.flow-run.completed", f"peninsula.flow-run.{run}"))
    teller.tell(
        state(run, RunKind.FLOW_RUN, change(StateType.RUNNING, born=Birth(name="r"))), run, run
    )
    answer = await world.http.post("/api/intake", content=codec.encode(teller.batch()))
    assert [one["number"] for one in answer.json()["refused"]] == [1, 2]
    assert (await world.get(f"flow-runs/{run}"))["state"]["type"] == "RUNNING"


async def test_a_state_event_whose_name_and_payload_contradict_is_refused(world):
    """Readers of the log go by the name, the run's state by the payload: they must be one."""
    run = uuid4()
    running = change(StateType.RUNNING, born=Birth(name="r"))
    named = change(StateType.RUNNING, name="Warming up")
    told = state(run, RunKind.FLOW_RUN, running)
    completed = codec.encode(change(StateType.COMPLETED))
    teller = Teller()
    teller.tell(structs.replace(told, payload=Raw(completed)), run, run)
    teller.tell(structs.replace(told, event="peninsula.flow-run.retrying"), run, run)
    teller.tell(told, run, run)
    teller.tell(state(run, RunKind.FLOW_RUN, named), run, run)
    answer = await world.http.post("/api/intake", content=codec.encode(teller.batch()))
    first, second = answer.json()["refused"]
    assert (first["number"], first["code"]) == (1, "invalid")
    assert "peninsula.flow-run.running" in first["message"]
    assert "COMPLETED ('Completed'), which is peninsula.flow-run.completed" in first["message"]
    assert second["number"] == 2
    assert (await world.get(f"flow-runs/{run}"))["state"]["name"] == "Warming up"


def gap(dropped: dict[str, int]) -> GapRecord:
    """What an emitter says it could not keep."""
    return GapRecord(number=1, stamp=micros(START), reason="disk-full", dropped=dropped, since=0)


@pytest.mark.parametrize(
    ("dropped", "why"),
    [
        ({f"kind-{n}": 1 for n in range(20_000)}, "20000 kinds"),
        ({f"{n:02}" + "x" * 1_000: 1 for n in range(90)}, "bytes"),
    ],
)
async def test_a_gap_is_held_to_the_limits_of_the_event_it_becomes(world, dropped, why):
    """By the number of what it counts, and by its size."""
    answer = await world.http.post("/api/intake", content=codec.encode(batch([gap(dropped)])))
    (refusal,) = answer.json()["refused"]
    assert refusal["code"] == "too-large"
    assert why in refusal["message"]
    assert await world.rows("SELECT count(*) FROM events") == [(0,)]


async def test_a_protocol_is_told_what_is_wrong_with_it(world):
    """One that never was, and one that is newer than the server."""
    fit = json.loads(codec.encode(batch([], process())))
    for protocol, why in ((0, "numbered from 1"), (99, "Upgrade the server")):
        told = await refused(world, "intake", json.dumps(fit | {"protocol": protocol}).encode())
        assert why in told["message"]


PARAMETERS = {
    "unknown": "sate=1",
    "of another call": "sort=name",
    "twice": "limit=1&limit=2",
    "a limit of 0": "limit=0",
    "too large a limit": "limit=100000",
    "a limit that is no number": "limit=ten",
    "a limit beyond all bounds": f"limit={10**40}",
    "a run that is none": "run=42",
    "a run that is null": "run=null",
    "a time that is none": "after=yesterday",
    "a time without a zone": "after=2026-01-31T02:00:00",
    "a plus that is a space": "after=2026-01-31T02:00:00+00:00",
    "an order that is none": "order=random",
    "a position below 0": "since=-1",
    "a position beyond all bounds": f"since={2**63}",
    "an empty name": "name=",
    "a name too long": "name=" + "x" * 2_000,
    "too many names": "&".join(f"name=n{n}" for n in range(51)),
    "NUL": "text=%00",
    "invalid UTF-8": "name=%ff",
    "UTF-8 that is cut short": "text=%c3",
    "bytes that are no UTF-8": "text=%c3%28",
    "a pattern that is none": "name=peninsula.task-run.c*",
    "a pattern in the middle": "name=peninsula.*.failed",
    "a pattern of everything": "name=*",
    "a cursor that is none": "cursor=x",
    "a cursor of zeros": "cursor=AAAAAAAA",
    "an empty cursor": "cursor=",
}


async def test_a_wrong_parameter_is_named(world):
    """The answer says which one, and what it takes."""
    for query in PARAMETERS.values():
        answer = await world.http.get(f"/api/events?{query}")
        assert answer.status_code == 422, answer.text
        assert answer.json()["code"] == "invalid"
        assert query.partition("=")[0] in answer.json()["message"].lower()


async def test_invalid_utf8_in_an_address_is_no_fault_of_ours(world):
    """A parameter is refused, a path leads nowhere."""
    for path in ("events?text=%ff%fe", "events?%ff=1", "events/%ff", "resource?id=%ff"):
        answer = await world.http.get(f"/api/{path}")
        assert answer.status_code == 422, path
    assert (await world.http.get("/api/%ff")).status_code == 404


async def test_any_character_may_stand_in_a_parameter(world):
    """Escaped or not, it is the text that it was."""
    await world.http.post("/api/events", content=json.dumps(posted(event="größe.é€😀")))
    for name in ("größe.é€😀", "gr%C3%B6%C3%9Fe.%C3%A9%E2%82%AC%F0%9F%98%80"):
        answer = await world.http.get(f"/api/events?name={name}")
        assert len(answer.json()["items"]) == 1, name


async def test_cursors_cannot_be_made_up(world):
    """Of other shapes, with numbers no database holds, or with the right shape for another list."""
    of = digest("events", EventFilter(), True)
    for key in ((), (1, 2), ("x",), (2**70,), (None,)):
        cursor = write_cursor(Cursor(of, False, key))
        answer = await world.http.get("/api/events", params={"cursor": cursor})
        assert answer.status_code == 422, key
    answer = await world.http.get(
        "/api/events", params={"cursor": write_cursor(Cursor(of, False, (7,)))}
    )
    assert answer.status_code == 200


async def test_ids_in_a_wrong_form_and_unknown_ones_differ(world):
    """422 for what is no id, 404 for one that nothing has."""
    for path in ("events", "flow-runs", "task-runs"):
        wrong = await world.http.get(f"/api/{path}/42")
        assert (wrong.status_code, wrong.json()["code"]) == (422, "invalid")
        assert "0192f3c4" in wrong.json()["message"]
        unknown = await world.http.get(f"/api/{path}/{uuid4()}")
        assert (unknown.status_code, unknown.json()["code"]) == (404, "not-found")


async def test_what_is_nowhere_and_what_is_not_done_there(world):
    """Paths and methods that do not exist are answered in the same form."""
    answer = await world.http.get("/api/nothing")
    assert (answer.status_code, answer.json()["code"]) == (404, "not-found")
    answer = await world.http.put("/api/events", content=b"{}")
    assert (answer.status_code, answer.json()["code"]) == (405, "method-not-allowed")


async def test_a_key_is_refused_for_what_it_asks(world):
    """No scope, an unknown one, no name, a time in the past."""
    for parts in (
        {"scopes": []},
        {"scopes": ["root"]},
        {"name": ""},
        {"name": "a\x00"},
        {"expires_in": -1},
        {"expires_in": 1e30},
        {"run": "x"},
        {"more": 1},
    ):
        body = {"name": "a", "scopes": ["read"]} | parts
        await refused(world, "keys", json.dumps(body).encode())
    assert await world.rows("SELECT count(*) FROM api_keys") == [(0,)]


async def test_a_backup_is_refused_where_it_cannot_go(world, tmp_path):
    """A relative path, a folder that is not there, a file that is."""
    (tmp_path / "there").touch()
    for path, status in (
        ("copy.db", 422),
        ("/no/such/folder/copy.db", 422),
        ("/tmp/a\x00b", 422),
        (str(tmp_path / "there"), 409),
    ):
        body = json.dumps({"path": path}).encode()
        await refused(world, "admin/backup", body, status)
