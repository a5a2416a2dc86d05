"""What someone says is not the cause of a failure is kept, and counts."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID, uuid4

import anyio
import pytest
from msgspec import structs

from peninsula.core.runs import Birth, RunKind
from peninsula.core.states import StateType
from tests.support.make import START, Teller, change, event, state

pytestmark = pytest.mark.anyio

LAKE = "s3://lake/raw/a.csv"


class Told:
    """Failed runs of one flow, each of which touched the lake."""

    def __init__(self) -> None:
        self.teller = Teller()

    def run(self, *, linked: bool) -> tuple[UUID, UUID]:
        """A run that failed; its failure follows its call, or another's removal preceded it."""
        run = uuid4()
        begun = change(StateType.RUNNING, born=Birth(name="r", flow="etl"))
        self.teller.tell(state(run, RunKind.FLOW_RUN, begun, START), run, run)
        called = event("file.read.failed" if linked else "file.read", LAKE)
        self.teller.tell(called, run, run)
        suspect = called if linked else self.teller.tell(event("file.removed", LAKE))
        failed = change(StateType.FAILED, message="OSError: gone")
        ended = state(run, RunKind.FLOW_RUN, failed, START)
        follows = suspect.id if linked else None
        self.teller.tell(structs.replace(ended, follows=follows), run, run)
        return run, suspect.id


async def say(world, run: UUID, event: UUID, what: str) -> int:
    """The status of the answer."""
    answer = await world.http.post(f"/api/flow-runs/{run}/suspects/{event}/{what}")
    return answer.status_code


async def suspects(world, run: UUID) -> dict[str, bool]:
    """Names of a run's suspects in their order, with whether each was dismissed."""
    why = await world.get(f"flow-runs/{run}/why")
    return {one["event"]["event"]: one["dismissed"] for one in why["suspects"]}


async def test_what_is_dismissed_is_the_cause_no_more_until_it_is_restored(world):
    """It stays in sight, as the last suspect; each change is an event of the run."""
    told = Told()
    run, suspect = told.run(linked=True)
    await world.take(told.teller.batch())
    assert (await world.get(f"flow-runs/{run}/why"))["cause"] == str(suspect)
    for _ in range(2):
        assert await say(world, run, suspect, "dismiss") == 204
    assert (await world.get(f"flow-runs/{run}/why"))["cause"] is None
    assert await suspects(world, run) == {"file.read.failed": True}
    for _ in range(2):
        assert await say(world, run, suspect, "restore") == 204
    assert (await world.get(f"flow-runs/{run}/why"))["cause"] == str(suspect)
    names = [one["event"] for one in (await world.get("events", run=run))["items"]]
    assert names[:2] == [
        "peninsula.flow-run.suspect-restored",
        "peninsula.flow-run.suspect-dismissed",
    ]
    assert names.count("peninsula.flow-run.suspect-dismissed") == 1


async def test_an_explanation_is_sent_again_only_when_it_has_changed(world):
    """304 to its ETag, until somebody says what is not the cause."""
    told = Told()
    run, suspect = told.run(linked=True)
    await world.take(told.teller.batch())
    path = f"/api/flow-runs/{run}/why"
    known = {"If-None-Match": (await world.http.get(path)).headers["etag"]}
    assert (await world.http.get(path, headers=known)).status_code == 304
    await say(world, run, suspect, "dismiss")
    assert (await world.http.get(path, headers=known)).status_code == 200


async def test_what_was_dismissed_counts_for_other_runs_of_the_flow_unless_it_is_a_fact(world):
    """A removal that only came before is no cause any more; a call that failed is one."""
    told = Told()
    first, removal = told.run(linked=False)
    second, _ = told.run(linked=False)
    third, call = told.run(linked=True)
    await world.take(told.teller.batch())
    assert await suspects(world, second) == {"file.removed": False, "file.read.failed": False}
    await say(world, first, removal, "dismiss")
    await say(world, first, call, "dismiss")
    assert (await suspects(world, second))["file.removed"] is True
    found = await suspects(world, third)
    assert (found["file.read.failed"], found["file.removed"]) == (False, True)


async def test_neither_the_grid_nor_the_map_blames_what_was_dismissed(world):
    """Until it is restored; another run of the flow is not acquitted by it."""
    told = Told()
    run, call = told.run(linked=True)
    other, _ = told.run(linked=True)
    await world.take(told.teller.batch())

    async def blamed() -> tuple[dict[str, bool], int]:
        grid = await world.get("flow/grid", name="etl")
        failed = dict(zip(grid["ids"], grid["systems"][0]["failed"], strict=True))
        after, before = START - timedelta(hours=1), START + timedelta(hours=1)
        map_ = await world.get("map", after=after.isoformat(), before=before.isoformat())
        return failed, map_["edges"][0]["failures"]

    assert await blamed() == ({str(run): True, str(other): True}, 2)
    await say(world, run, call, "dismiss")
    assert await blamed() == ({str(run): False, str(other): True}, 1)
    await say(world, run, call, "restore")
    assert await blamed() == ({str(run): True, str(other): True}, 2)


async def test_what_is_not_there_cannot_be_dismissed(world):
    """Neither of a run nor of an event that nobody told of; nor by something else than an id."""
    told = Told()
    run, suspect = told.run(linked=True)
    await world.take(told.teller.batch())
    assert await say(world, uuid4(), suspect, "dismiss") == 404
    assert await say(world, run, uuid4(), "dismiss") == 404
    assert await say(world, run, "x", "dismiss") == 422
    assert await world.rows("SELECT count(*) FROM dismissals") == [(0,)]


async def test_of_those_who_dismiss_at_once_one_does(world):
    """The others find it done, as if one after the other."""
    told = Told()
    run, suspect = told.run(linked=True)
    await world.take(told.teller.batch())
    answers = []

    async def dismiss() -> None:
        answers.append(await say(world, run, suspect, "dismiss"))

    async with anyio.create_task_group() as group:
        for _ in range(8):
            group.start_soon(dismiss)
    assert answers == [204] * 8
    assert await world.rows("SELECT count(*) FROM dismissals") == [(1,)]
