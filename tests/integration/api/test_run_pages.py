"""The page of a run: its neighbours, what it touched, its events by column, and 304."""

from __future__ import annotations

from datetime import timedelta
from itertools import accumulate
from uuid import UUID, uuid4

import pytest

from peninsula.core import codec
from peninsula.core.answers import RunEvents
from peninsula.core.runs import Birth, RunKind, is_state_event
from peninsula.core.states import StateType
from peninsula.server.storage.moments import moment
from peninsula.server.storage.read import run_events, timelines
from tests.support.columns import ids_of
from tests.support.lots import tell_lots
from tests.support.make import START, Teller, change, event, state

pytestmark = pytest.mark.anyio

KEPT = ("tree", "edges", "timeline", "events", "logs", "lines")


def ran(teller: Teller, minute: int, end: StateType | None, flow: str = "etl", **born) -> UUID:
    """Tell of a flow run from start to end, a minute each."""
    run, at = uuid4(), START + timedelta(minutes=minute)
    begun = change(StateType.RUNNING, born=Birth(name=f"{flow}-{minute}", flow=flow, **born))
    root = born.get("root", run)
    teller.tell(state(run, RunKind.FLOW_RUN, begun, at), run, root)
    if end is not None:
        ended = at + timedelta(minutes=1)
        teller.tell(state(run, RunKind.FLOW_RUN, change(end), ended), run, root)
    return run


async def test_a_run_knows_the_runs_before_and_after_it(world):
    """Of the same flow, by when they were expected, and the last one that completed."""
    teller = Teller()
    ends = (StateType.COMPLETED, StateType.FAILED, StateType.FAILED, StateType.COMPLETED, None)
    of_etl = [str(ran(teller, minute, end)) for minute, end in enumerate(ends)]
    ran(teller, 1, StateType.COMPLETED, "other")
    await world.take(teller.batch())
    for place, success in enumerate((None, 0, 0, 0, 3)):
        told = await world.get(f"flow-runs/{of_etl[place]}/summary")
        assert told["run"]["id"] == of_etl[place]
        assert told["previous"] == (of_etl[place - 1] if place else None)
        assert told["next"] == (of_etl[place + 1] if place < 4 else None)
        assert told["last_success"] == (None if success is None else of_etl[success])
        assert told["p50"] == 60.0


async def test_a_task_run_of_no_flow_knows_those_of_its_task(world):
    """Not of other tasks, nor of its own in flows; one in a flow run is compared with nothing."""
    teller, mails = Teller(), []
    for minute, end in enumerate((StateType.COMPLETED, StateType.FAILED, StateType.COMPLETED)):
        flow = ran(teller, minute, StateType.COMPLETED)
        for task, root in (("mail", None), ("other", None), ("mail", flow)):
            run, at = uuid4(), START + timedelta(minutes=minute)
            born = Birth(name=task, task=task, parent=root, root=root)
            told = (change(StateType.RUNNING, born=born), change(end))
            for seconds, each in zip((0, 5), told, strict=True):
                moment_ = at + timedelta(seconds=seconds)
                teller.tell(state(run, RunKind.TASK_RUN, each, moment_), run, root or run)
            mails += [str(run)] if task == "mail" else []
    await world.take(teller.batch())
    first, within, second, _, third, _ = mails
    told = await world.get(f"task-runs/{second}/summary")
    assert await world.get(f"runs/{second}/summary") == told
    assert (told["previous"], told["next"], told["last_success"]) == (first, third, first)
    assert (told["p50"], told["startable"], told["tasks"]) == (5.0, False, {})
    assert (await world.get(f"task-runs/{third}/summary"))["last_success"] == first
    inside = await world.get(f"task-runs/{within}/summary")
    assert (inside["previous"], inside["next"]) == (None, None)


async def test_a_run_is_held_against_those_like_it_that_were_before(world):
    """A task in the flow's earlier runs, a flow in its own: completed, and not from a cache."""
    teller = Teller()
    taken = (2, 4, 9, 30, 60, 5)
    for minute, seconds in enumerate(taken):
        run = ran(teller, minute, StateType.COMPLETED)
        task, at = uuid4(), START + timedelta(minutes=minute)
        born = Birth(name="t", task="load", parent=run, root=run)
        begun = change(StateType.RUNNING, born=born)
        teller.tell(state(task, RunKind.TASK_RUN, begun, at), task, run)
        end = change(StateType.FAILED if minute == 3 else StateType.COMPLETED)
        if minute == 4:
            end = change(StateType.COMPLETED, name="Cached")
        ended = at + timedelta(seconds=seconds)
        teller.tell(state(task, RunKind.TASK_RUN, end, ended), task, run)
        if minute == 0:
            first, first_task = run, task
    await world.take(teller.batch())
    assert await world.get(f"task-runs/{task}/usual") == {"runs": 3, "p50": 4.0}
    assert await world.get(f"flow-runs/{run}/usual") == {"runs": 5, "p50": 60.0}
    for path in (f"flow-runs/{first}", f"task-runs/{first_task}"):
        assert await world.get(f"{path}/usual") == {"runs": 0, "p50": None}
    answer = await world.http.get(f"/api/task-runs/{task}/usual")
    again = {"if-none-match": answer.headers["etag"]}
    assert (await world.http.get(answer.url.path, headers=again)).status_code == 304
    assert (await world.http.get(f"/api/flow-runs/{task}/usual")).status_code == 404


async def test_a_run_knows_what_is_below_it_and_what_it_touched(world):
    """By state; systems, not blocks, with the events of all below, also of a run in the middle."""
    teller = Teller()
    root = ran(teller, 0, None)
    part = ran(teller, 1, StateType.FAILED, "part", parent=root, root=root)
    task = uuid4()
    born = Birth(name="t", task="t", parent=part, root=root)
    begun = change(StateType.RUNNING, born=born)
    teller.tell(state(task, RunKind.TASK_RUN, begun), task, root)
    own = "peninsula.block-document.00000000-0000-0000-0000-000000000001"
    for place in ("s3://lake/a", "s3://lake/b", "postgresql://db/w", own):
        teller.tell(event("call.made", place), task, root)
    await world.take(teller.batch())
    for run, flows, above in ((root, {"FAILED": 1}, None), (part, {}, "etl-0")):
        told = await world.get(f"flow-runs/{run}/summary")
        assert told["parent_name"] == above
        assert (told["tasks"], told["flows"]) == ({"RUNNING": 1}, flows)
        used = [(one["id"], one["kind"], one["events"]) for one in told["systems"]]
        assert used == [("s3://lake", "s3", 2), ("postgresql://db/w", "postgresql", 1)]


async def test_where_a_run_ran_is_told(world):
    """Host, user and pid of the process that told of it last; there is none before it begins."""
    teller = Teller()
    run = ran(teller, 0, None)
    await world.take(teller.batch())
    told = await world.get(f"flow-runs/{run}/process")
    assert (told["host"], told["user"], told["pid"]) == ("worker-1", "etl", 4711)
    answer = await world.http.get(f"/api/task-runs/{run}/process")
    assert (answer.status_code, answer.json()["code"]) == (404, "not-found")


async def test_events_by_column_are_those_of_the_run_and_all_below(world, random):
    """Each row read back is the event; how runs change their states is left out."""
    lots = tell_lots(random, trees=4, size=12)
    await world.take(lots.teller.batch())
    for run, kind in lots.runs.items():
        told = codec.decode(
            RunEvents, (await world.http.get(f"/api/{kind.value}s/{run}/events")).content
        )
        line = await world.read(timelines.run_timeline, kind, run)
        runs = dict(zip(accumulate(line.number), ids_of(line.ids), strict=True))
        page = await world.get("events", run=str(run), order="oldest", limit=200)
        expected = [
            (
                one["position"],
                one["occurred"],
                one["event"],
                one["resource"]["id"],
                one["run"],
            )
            for one in page["items"]
            if not is_state_event(one["event"])
        ]
        positions, occurred = accumulate(told.position), accumulate(told.occurred)
        rows = zip(positions, occurred, told.name, told.resource, accumulate(told.run), strict=True)
        assert [
            (
                position,
                moment(told.base + at).isoformat().replace("+00:00", "Z"),
                told.names[name],
                told.resources[resource],
                str(runs[of]),
            )
            for position, at, name, resource, of in rows
        ] == expected
        assert told.rows == len(expected)


@pytest.mark.parametrize("bound", ["EVENTS", "PASSED"])
async def test_more_events_than_an_answer_holds_come_in_the_next_one(world, monkeypatch, bound):
    """All of them, each once, however many an answer holds or passes."""
    monkeypatch.setattr(run_events, bound, 3)
    teller = Teller()
    run = ran(teller, 0, None)
    for _ in range(7):
        teller.tell(event("call.made"), run, run)
    await world.take(teller.batch())
    whole = await world.get("events", run=str(run), name="call.made", order="oldest")
    found, asked = [], {}
    while asked.get("cursor", "") is not None:
        told = await world.get(f"flow-runs/{run}/events", **asked)
        assert told["rows"] <= 3
        found += accumulate(told["position"])
        asked = {"cursor": told["next"]}
    assert found == [one["position"] for one in whole["items"]]


async def test_what_has_not_changed_is_not_sent_again(world):
    """304 to its ETag, until an event or a line of the run's tree comes."""
    teller = Teller()
    run = ran(teller, 0, StateType.COMPLETED)
    teller.log(run, run, "a line")
    await world.take(teller.batch())
    tags = {}
    for part in KEPT:
        answer = await world.http.get(f"/api/flow-runs/{run}/{part}")
        tags[part] = answer.headers["etag"]
        assert answer.headers["cache-control"] == "private, no-cache"
        again = await world.http.get(
            f"/api/flow-runs/{run}/{part}", headers={"If-None-Match": f'"other", {tags[part]}'}
        )
        assert (again.status_code, again.content) == (304, b"")
        assert again.headers["etag"] == tags[part]
    more = len(teller.records)
    teller.log(run, run, "a late line")
    teller.tell(event("call.made"), run, run)
    await world.take(teller.batch(more))
    for part in KEPT:
        answer = await world.http.get(
            f"/api/flow-runs/{run}/{part}", headers={"If-None-Match": tags[part]}
        )
        assert answer.status_code == 200, part
        assert answer.headers["etag"] != tags[part]


async def test_other_runs_leave_an_answer_as_it_was(world):
    """Events of another tree change no tag; a run that is not there is not found."""
    teller = Teller()
    run = ran(teller, 0, StateType.COMPLETED)
    await world.take(teller.batch())
    tag = (await world.http.get(f"/api/flow-runs/{run}/tree")).headers["etag"]
    more = len(teller.records)
    ran(teller, 1, StateType.COMPLETED)
    await world.take(teller.batch(more))
    answer = await world.http.get(f"/api/flow-runs/{run}/tree", headers={"If-None-Match": tag})
    assert answer.status_code == 304
    for part in ("events", "summary"):
        assert (await world.http.get(f"/api/flow-runs/{uuid4()}/{part}")).status_code == 404


async def test_events_by_column_say_how_long_calls_lasted_and_how_many_roll_ups_are_of(world):
    """Also of what did not return; whatever else a payload may say is no time."""
    teller = Teller()
    run = ran(teller, 0, None)
    started = (START - timedelta(seconds=2)).isoformat()
    payloads = (
        {"seconds": 1.5, "started": started},
        {"started": started},
        {"started": started, "calls": 400, "failures": 3, "p95": 0.25},
        {"seconds": "long", "started": "long ago", "calls": -1},
        {"seconds": 1e300, "calls": True},
        {},
    )
    for payload in payloads:
        teller.tell(
            event("peninsula.call.s3-bucket.read_path.completed", payload=payload), run, run
        )
    await world.take(teller.batch())
    told = await world.get(f"flow-runs/{run}/events")
    assert told["rows"] == len(payloads)
    assert told["lasted"] == [[0, 1_500_000], [1, 2_000_000], [2, 2_000_000]]
    assert told["many"] == [[2, 400, 3, 250_000]]
