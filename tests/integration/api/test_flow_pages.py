"""One flow: how long it takes, and what became of each task in its newest runs."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from msgspec import structs

from peninsula.core.runs import Birth, RunKind
from peninsula.core.states import StateType
from peninsula.server.storage.read import flows, grids
from tests.support.make import START, Teller, change, event, state

pytestmark = pytest.mark.anyio

FLOW, TASK = RunKind.FLOW_RUN, RunKind.TASK_RUN


def run_of(
    teller: Teller,
    kind: RunKind,
    label: str,
    end: StateType | None,
    second: int = 0,
    lasted: float = 1.0,
    parent: UUID | None = None,
    root: UUID | None = None,
) -> UUID:
    """Tell of a run from its start to its end."""
    run, at = uuid4(), START + timedelta(seconds=second)
    named = {"flow": label} if kind is FLOW else {"task": label}
    born = Birth(name=f"{label}-{second}", parent=parent, root=root, **named)
    teller.tell(state(run, kind, change(StateType.RUNNING, born=born), at), run, root or run)
    if end is not None:
        ended = at + timedelta(seconds=lasted)
        teller.tell(state(run, kind, change(end), ended), run, root or run)
    return run


async def test_a_flow_says_how_long_its_completed_runs_took(world):
    """Median and 95th percentile; the last success and the last failure."""
    teller = Teller()
    good = [run_of(teller, FLOW, "etl", StateType.COMPLETED, n, n + 1.0) for n in range(21)]
    bad = run_of(teller, FLOW, "etl", StateType.FAILED, 30, 500.0)
    run_of(teller, FLOW, "etl", None, 40)
    await world.take(teller.batch())
    flow = await world.get("flow", name="etl")
    assert (flow["p50"], flow["p95"]) == (11.0, 20.0)
    assert flow["last_success"]["id"] == str(good[-1])
    assert flow["last_failure"]["id"] == str(bad)
    assert (flow["runs"]["count"], flow["last"]["state"]["type"]) == (23, "RUNNING")


async def test_failures_of_a_flow_are_told_however_many_runs_came_after(world):
    """How many, and the last one; how long it takes is said by the newest runs."""
    teller = Teller()
    bad = [run_of(teller, FLOW, "etl", StateType.FAILED, n, 9.0) for n in range(3)]
    for n in range(3, 1_010):
        run_of(teller, FLOW, "etl", StateType.COMPLETED, n)
    await world.take(teller.batch())
    flow = await world.get("flow", name="etl")
    assert {type_: counted["count"] for type_, counted in flow["types"].items()} == {
        "FAILED": 3,
        "COMPLETED": 1_007,
    }
    assert (flow["last_failure"]["id"], flow["judged"]) == (str(bad[-1]), 1_000)
    (listed,) = (await world.get("flows"))["items"]
    assert (listed["runs"], listed["types"]) == (flow["runs"], flow["types"])


async def test_runs_of_a_flow_that_were_not_counted_are_told_of(world, monkeypatch):
    """Of one state; those of the others are exact."""
    monkeypatch.setattr(flows, "COUNTED", 4)
    teller = Teller()
    for n in range(9):
        run_of(teller, FLOW, "etl", StateType.FAILED if n < 2 else StateType.COMPLETED, n)
    await world.take(teller.batch())
    flow = await world.get("flow", name="etl")
    assert flow["runs"] == {"count": 6, "partial": True}
    assert flow["types"] == {
        "FAILED": {"count": 2, "partial": False},
        "COMPLETED": {"count": 4, "partial": True},
    }


async def test_a_flow_without_a_completed_run_has_no_duration(world):
    """Nor a last success; one run has itself as both."""
    teller = Teller()
    run_of(teller, FLOW, "a/b ü", StateType.FAILED)
    run_of(teller, FLOW, "once", StateType.COMPLETED, lasted=3.0)
    await world.take(teller.batch())
    flow = await world.get("flow", name="a/b ü")
    assert (flow["p50"], flow["last_success"]) == (None, None)
    flow = await world.get("flow", name="once")
    assert (flow["p50"], flow["p95"]) == (3.0, 3.0)


async def test_a_grid_has_for_each_run_the_worst_of_each_task(world):
    """Oldest run first; tasks in the order of the newest run; what is our own is no system."""
    teller = Teller()
    first = run_of(teller, FLOW, "etl", StateType.COMPLETED, 0)
    run_of(teller, TASK, "old", StateType.COMPLETED, 1, parent=first, root=first)
    run_of(teller, TASK, "load", StateType.COMPLETED, 2, 2.0, first, first)
    second = run_of(teller, FLOW, "etl", StateType.FAILED, 100, 60.0)
    run_of(teller, TASK, "load", StateType.COMPLETED, 101, 9.0, second, second)
    run_of(teller, TASK, "load", StateType.FAILED, 102, 4.0, second, second)
    part = run_of(teller, FLOW, "part", None, 103, parent=second, root=second)
    inner = run_of(teller, TASK, "inner", StateType.COMPLETED, 104, parent=part, root=second)
    for place in ("s3://lake/a", "s3://lake/b", "postgresql://db/w", "peninsula.worker.7"):
        teller.tell(event("call.made", place), inner, second)
    await world.take(teller.batch())
    grid = await world.get("flow/grid", name="etl")
    states = [grid["states"][place] for place in grid["state"]]
    assert (grid["ids"], states) == ([str(first), str(second)], ["COMPLETED", "FAILED"])
    assert grid["lasted"] == [1_000_000, 60_000_000]
    assert grid["started"][1] - grid["started"][0] == 100_000_000
    rows = {
        row["label"]: (
            [None if at < 0 else grid["states"][at] for at in row["state"]],
            row["runs"],
            row["lasted"],
        )
        for row in grid["tasks"]
    }
    assert list(rows) == ["load", "part", "old"]
    assert rows == {
        "load": (["COMPLETED", "FAILED"], [1, 2], [2_000_000, 9_000_000]),
        "part": ([None, "RUNNING"], [0, 1], [-1, -1]),
        "old": (["COMPLETED", None], [1, 0], [1_000_000, -1]),
    }
    assert [(one["id"], one["events"]) for one in grid["systems"]] == [
        ("s3://lake", [0, 2]),
        ("postgresql://db/w", [0, 1]),
    ]
    assert not grid["partial"]
    inside = await world.get("flow/grid", name="part")
    assert [row["label"] for row in inside["tasks"]] == ["inner"]
    assert [one["events"] for one in inside["systems"]] == [[2], [1]]


async def test_a_grid_counts_what_needed_more_than_one_attempt(world):
    """A task that failed first is one that passed, with a mark."""
    teller = Teller()
    run = run_of(teller, FLOW, "etl", StateType.COMPLETED, 0)
    run_of(teller, TASK, "load", StateType.COMPLETED, 1, parent=run, root=run)
    task, at = uuid4(), START + timedelta(seconds=2)
    born = Birth(name="load-1", task="load", parent=run, root=run, retries=1)
    for step in (
        change(StateType.RUNNING, born=born),
        change(StateType.SCHEDULED, name="AwaitingRetry"),
        change(StateType.RUNNING, name="Retrying", attempt=1),
        change(StateType.COMPLETED, attempt=1),
    ):
        teller.tell(state(task, TASK, step, at), task, run)
    await world.take(teller.batch())
    (row,) = (await world.get("flow/grid", name="etl"))["tasks"]
    assert (row["runs"], row["retried"]) == ([2], [1])


async def test_a_grid_tells_because_of_which_system_a_run_failed(world):
    """The one that its failure follows; not another that it touched, nor in a run that passed."""
    teller = Teller()
    run_of(teller, FLOW, "etl", StateType.COMPLETED, 0)
    run, at = uuid4(), START + timedelta(seconds=9)
    born = Birth(name="etl-9", flow="etl")
    teller.tell(state(run, FLOW, change(StateType.RUNNING, born=born), at), run, run)
    teller.tell(event("call.made", "postgresql://db/w", occurred=at), run, run)
    called = teller.tell(event("call.failed", "s3://lake/a", occurred=at), run, run)
    ended = state(run, FLOW, change(StateType.FAILED), at + timedelta(seconds=1))
    teller.tell(structs.replace(ended, follows=called.id), run, run)
    await world.take(teller.batch())
    grid = await world.get("flow/grid", name="etl")
    assert {one["id"]: one["failed"] for one in grid["systems"]} == {
        "s3://lake": [False, True],
        "postgresql://db/w": [False, False],
    }


async def test_a_grid_is_of_the_newest_runs_or_of_those_before_a_moment(world):
    """As many as asked for; further back by the moment of the first."""
    teller = Teller()
    ran = [str(run_of(teller, FLOW, "etl", StateType.COMPLETED, n)) for n in range(5)]
    await world.take(teller.batch())
    grid = await world.get("flow/grid", name="etl", limit=2)
    assert grid["ids"] == ran[3:]
    before = (START + timedelta(seconds=3)).isoformat()
    assert (await world.get("flow/grid", name="etl", limit=2, before=before))["ids"] == ran[1:3]
    gone = await world.get("flow/grid", name="etl", before=START.isoformat())
    assert (gone["ids"], gone["tasks"]) == ([], [])


async def test_a_grid_leaves_out_the_oldest_runs_where_they_called_too_many(world, monkeypatch):
    """And says so; the newest one is always there."""
    monkeypatch.setattr(grids, "CALLED", 3)
    teller, ran = Teller(), []
    for start in range(3):
        ran.append(run_of(teller, FLOW, "etl", StateType.COMPLETED, start * 10))
        for _ in range(2 if start < 2 else 1):
            run_of(teller, TASK, "load", StateType.COMPLETED, start * 10, 1, ran[-1], ran[-1])
    await world.take(teller.batch())
    grid = await world.get("flow/grid", name="etl")
    assert (grid["ids"], grid["partial"]) == ([str(run) for run in ran[1:]], True)


async def test_a_flow_that_never_ran_is_not_found(world):
    """Its name is in the message."""
    for part in ("flow", "flow/grid"):
        answer = await world.http.get(f"/api/{part}", params={"name": "nowhere"})
        assert answer.status_code == 404
        assert "nowhere" in answer.json()["message"]
