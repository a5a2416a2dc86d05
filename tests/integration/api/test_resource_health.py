"""How runs fared with a resource and without, by time."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from peninsula.core.resources import own
from peninsula.core.runs import Birth, RunKind
from peninsula.core.states import StateType
from peninsula.server.storage.read import health
from tests.support.make import START, Teller, change, event, state

pytestmark = pytest.mark.anyio

LAKE = "s3://lake/a.csv"
RANGE = {
    "after": START.isoformat(),
    "before": (START + timedelta(minutes=10)).isoformat(),
    "step": 300,
}


def ran(teller: Teller, flow: str, minute: int, end: StateType | None, touched: str | None) -> None:
    """Tell of a flow run with a task that touched something, or nothing."""
    run, task, at = uuid4(), uuid4(), START + timedelta(minutes=minute)
    begun = change(StateType.RUNNING, born=Birth(name="r", flow=flow))
    teller.tell(state(run, RunKind.FLOW_RUN, begun, at), run, run)
    born = Birth(name="t", task="t", parent=run, root=run)
    begun = change(StateType.RUNNING, born=born)
    teller.tell(state(task, RunKind.TASK_RUN, begun, at), task, run)
    if touched is not None:
        teller.tell(event("call.made", touched, occurred=at), task, run)
    if end is not None:
        teller.tell(state(run, RunKind.FLOW_RUN, change(end), at), run, run)


@pytest.fixture
async def told(world):
    """Runs of two flows that touched the lake, some failed; of a third that never did."""
    teller = Teller()
    ran(teller, "etl", 0, StateType.COMPLETED, LAKE)
    ran(teller, "etl", 1, StateType.FAILED, LAKE)
    ran(teller, "etl", 6, StateType.CRASHED, LAKE)
    ran(teller, "etl", 6, StateType.COMPLETED, None)
    ran(teller, "etl", 7, StateType.FAILED, "s3://other")
    ran(teller, "report", 8, None, LAKE)
    ran(teller, "third", 8, StateType.FAILED, None)
    ran(teller, "etl", 30, StateType.FAILED, LAKE)
    await world.take(teller.batch())


async def test_no_run_that_touched_it_counts_as_one_that_did_not(world, told, monkeypatch):
    """Neither by many task runs, nor where only the last are looked at, nor as it did so later."""
    teller = Teller()
    run, at = uuid4(), START + timedelta(minutes=8)
    begun = change(StateType.RUNNING, born=Birth(name="r", flow="etl"))
    teller.tell(state(run, RunKind.FLOW_RUN, begun, at), run, run)
    for _ in range(30):
        teller.tell(event("call.made", LAKE, occurred=at), uuid4(), run)
    teller.tell(state(run, RunKind.FLOW_RUN, change(StateType.COMPLETED), at), run, run)
    await world.take(teller.batch())
    monkeypatch.setattr(health, "TOUCHES", 20)
    found = await world.get("resource/health", id=LAKE, **RANGE)
    assert (found["touched"]["runs"], found["untouched"]["runs"]) == (4, 2)
    assert (found["partial"], found["reached"]) == (False, found["since"])
    early = {**RANGE, "before": at.isoformat()}
    found = await world.get("resource/health", id=LAKE, **early)
    assert (found["touched"]["runs"], found["untouched"]["runs"]) == (3, 2)
    monkeypatch.setattr(health, "TOUCHES", 2)
    found = await world.get("resource/health", id=LAKE, **RANGE)
    assert (found["reached"], found["untouched"]["runs"]) == ("2026-01-31T02:08:00Z", 0)


async def test_runs_of_a_flow_are_compared_over_one_time(world, told, monkeypatch):
    """Where it has too many, both begin with the oldest that is looked at."""
    monkeypatch.setattr(health, "COMPARED", 3)
    found = await world.get("resource/health", id=LAKE, **RANGE)
    etl = found["flows"][0]
    assert (etl["flow"], etl["since"]) == ("etl", "2026-01-31T02:01:00Z")
    assert (etl["touched"]["runs"], etl["untouched"]["runs"], found["partial"]) == (2, 2, True)
    monkeypatch.setattr(health, "COMPARED", 5)
    found = await world.get("resource/health", id=LAKE, **RANGE)
    assert (found["flows"][0]["since"], found["partial"]) == (found["since"], False)


@pytest.mark.parametrize("id_", [LAKE, "s3://lake"])
async def test_runs_that_touched_it_are_set_against_those_that_did_not(world, told, id_):
    """Of the same flows, at the top, in that time; what is not over yet is no outcome."""
    found = await world.get("resource/health", id=id_, **RANGE)
    assert found["touched"] == {"runs": 3, "failures": 2}
    assert found["untouched"] == {"runs": 2, "failures": 1}
    assert [(one["flow"], one["touched"]["runs"]) for one in found["flows"]] == [
        ("etl", 3),
        ("report", 0),
    ]
    assert found["flows"][0]["last"] == "2026-01-31T02:06:00Z"
    assert not found["partial"]


async def test_outcomes_are_told_by_time(world, told):
    """Spans from the beginning of the time on."""
    found = await world.get("resource/health", id=LAKE, **RANGE)
    assert [(one["start"], one["types"]) for one in found["outcomes"]] == [
        ("2026-01-31T02:00:00Z", {"COMPLETED": 1, "FAILED": 1}),
        ("2026-01-31T02:05:00Z", {"CRASHED": 1, "RUNNING": 1}),
    ]


async def test_what_uses_it_next_is_what_its_flows_have_scheduled(world, told):
    """The soonest first, late ones among them; not what has begun, nor flows that never used it."""
    teller = Teller()
    for name, flow, minute in (("b", "etl", 50), ("late", "etl", 3), ("a", "report", 40)):
        tell_planned(teller, name, flow, minute)
    tell_planned(teller, "other", "third", 41)
    begun = tell_planned(teller, "begun", "etl", 42)
    at = START + timedelta(minutes=42)
    for told_of in (change(StateType.RUNNING), change(StateType.SCHEDULED, name="AwaitingRetry")):
        teller.tell(state(begun, RunKind.FLOW_RUN, told_of, at), begun, begun)
    await world.take(teller.batch())
    found = await world.get("resource/health", id=LAKE, **RANGE)
    assert [run["name"] for run in found["next"]] == ["late", "a", "b"]
    unused = {**RANGE, "after": (START - timedelta(minutes=10)).isoformat()}
    unused["before"] = START.isoformat()
    assert (await world.get("resource/health", id=LAKE, **unused))["next"] == []


def tell_planned(teller: Teller, name: str, flow: str, minute: int) -> UUID:
    """Tell of a flow run that is to begin some minutes after the start."""
    run, expected = uuid4(), START + timedelta(minutes=minute)
    born = Birth(name=name, flow=flow, expected=expected)
    planned = change(StateType.SCHEDULED, born=born)
    teller.tell(state(run, RunKind.FLOW_RUN, planned, START), run, run)
    return run


@pytest.mark.parametrize(("bound", "most"), [("TOUCHES", 1), ("PASSED", 2)])
async def test_more_than_is_looked_at_is_said_to_be_left_out(world, told, monkeypatch, bound, most):
    """The last touches count, those of task runs among them."""
    monkeypatch.setattr(health, bound, most)
    found = await world.get("resource/health", id=LAKE, **RANGE)
    assert ([one["flow"] for one in found["flows"]], found["partial"]) == (["report"], True)


async def test_what_no_run_can_touch_is_refused(world, told):
    """A run is none; what no event names is not found."""
    for id_, status in ((own("flow-run", uuid4()), 422), ("s3://nowhere", 404)):
        answer = await world.http.get("/api/resource/health", params={"id": id_})
        assert answer.status_code == status
        assert id_ in answer.json()["message"]
