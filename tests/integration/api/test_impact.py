"""What depends on a resource: the runs that failed with it, passed with it, and come next."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from msgspec import structs

from peninsula.core.runs import Birth, RunKind
from peninsula.core.states import StateType
from tests.support.make import START, Teller, change, event, state

pytestmark = pytest.mark.anyio

WAREHOUSE = "postgresql://db.internal/warehouse"
DAY = {
    "after": START.isoformat(),
    "before": (START + timedelta(hours=12)).isoformat(),
}


def ran(
    teller: Teller,
    hour: int,
    end: StateType | None,
    *,
    linked: bool = False,
    deployment: UUID | None = None,
) -> UUID:
    """Tell of a run with a task that used the warehouse, and may have failed on it."""
    run, task, at = uuid4(), uuid4(), START + timedelta(hours=hour)
    begun = change(
        StateType.RUNNING, born=Birth(name=f"r-{hour}", flow="etl", deployment=deployment)
    )
    teller.tell(state(run, RunKind.FLOW_RUN, begun, at), run, run)
    born = Birth(name="load-0", task="load", parent=run, root=run)
    teller.tell(state(task, RunKind.TASK_RUN, change(StateType.RUNNING, born=born), at), task, run)
    follows = teller.tell(event("query.failed", f"{WAREHOUSE}/orders", occurred=at), task, run).id
    if end is not None:
        for id_, kind in ((task, RunKind.TASK_RUN), (run, RunKind.FLOW_RUN)):
            ended = state(id_, kind, change(end, message="OSError: no"), at)
            ended = structs.replace(ended, follows=follows if linked else None)
            teller.tell(ended, id_, run)
            follows = ended.id
    return run


@pytest.mark.parametrize("id_", [WAREHOUSE, f"{WAREHOUSE}/orders"])
async def test_runs_stand_by_what_became_of_them(world, id_):
    """The last touched first; of failed ones it is said whether they failed because of it."""
    teller = Teller()
    for hour, end, linked in (
        (0, StateType.COMPLETED, False),
        (1, StateType.FAILED, True),
        (2, StateType.CRASHED, False),
        (3, StateType.CANCELLED, False),
        (4, None, False),
        (5, StateType.COMPLETED, False),
        (20, StateType.FAILED, True),
    ):
        ran(teller, hour, end, linked=linked)
    await world.take(teller.batch())
    found = await world.get("resource/impact", id=id_, **DAY)
    assert [(one["run"]["name"], one["linked"]) for one in found["failed"]] == [
        ("r-2", False),
        ("r-1", True),
    ]
    assert [one["run"]["name"] for one in found["passed"]] == ["r-5", "r-0"]
    assert [one["run"]["name"] for one in found["other"]] == ["r-4", "r-3"]
    assert (found["counts"], found["partial"]) == ([2, 2, 2], False)
    few = await world.get("resource/impact", id=id_, limit=1, **DAY)
    assert (len(few["passed"]), few["counts"]) == (1, [2, 2, 2])
    # The listed one did not fail because of it; the count is of all.
    assert [one["linked"] for one in few["failed"]] == [False]
    assert (few["linked"], few["followed"]) == (1, 2)


async def test_what_comes_next_is_that_of_the_flows_that_used_it(world):
    """Scheduled runs of theirs, the soonest first, and of no other flow."""
    teller = Teller()
    ran(teller, 0, StateType.COMPLETED)
    for hour, flow in ((9, "etl"), (8, "etl"), (7, "other")):
        run, expected = uuid4(), START + timedelta(days=300_000 // 24, hours=hour)
        born = Birth(name=f"{flow}-{hour}", flow=flow, expected=expected)
        planned = change(StateType.SCHEDULED, born=born)
        teller.tell(state(run, RunKind.FLOW_RUN, planned, START), run, run)
    await world.take(teller.batch())
    found = await world.get("resource/impact", id=WAREHOUSE, **DAY)
    assert [one["name"] for one in found["next"]] == ["etl-8", "etl-9"]


async def test_an_unknown_resource_and_a_run_are_refused(world):
    """With what to ask for instead."""
    answer = await world.http.get("/api/resource/impact", params={"id": "s3://nowhere"})
    assert (answer.status_code, answer.json()["code"]) == (404, "not-found")
    run = f"peninsula.flow-run.{uuid4()}"
    answer = await world.http.get("/api/resource/impact", params={"id": run})
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid")


async def test_deployments_whose_runs_used_it_stand_with_their_next_run(world):
    """What runs next stands first; others of the same flow did not use it."""
    made = {}
    for name, more in (
        ("unused", {}),
        ("by-hand", {}),
        ("weekly", {"schedules": [{"rule": {"kind": "cron", "cron": "@weekly"}}]}),
        ("hourly", {"schedules": [{"rule": {"kind": "cron", "cron": "@hourly"}}]}),
    ):
        body = {"flow": "etl", "name": name, **more}
        made[name] = (await world.http.post("/api/deployments", json=body)).json()
    teller = Teller()
    for hour, name in ((1, "by-hand"), (2, "weekly"), (3, "hourly"), (4, "weekly")):
        ran(teller, hour, StateType.COMPLETED, deployment=UUID(made[name]["id"]))
    await world.take(teller.batch())
    for path in ("resource/impact", "resource/health"):
        uses = (await world.get(path, id=WAREHOUSE, **DAY))["deployments"]
        assert [use["name"] for use in uses] == ["etl/hourly", "etl/weekly", "etl/by-hand"]
        nexts = [made[name]["schedules"][0]["next"] for name in ("hourly", "weekly")]
        assert [use["next"] for use in uses] == [*nexts, None]
        assert uses[1]["touched"] == (START + timedelta(hours=4)).isoformat().replace("+00:00", "Z")
