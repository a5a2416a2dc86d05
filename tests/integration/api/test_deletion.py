"""Deleting a flow run removes all that was told of it, but for the event that says so."""

from __future__ import annotations

import json
from uuid import UUID, uuid4

import pytest

from peninsula.core.answers import LoggedEvent
from peninsula.core.errors import ConflictError
from peninsula.core.events import Related
from peninsula.core.filters import EventFilter
from peninsula.core.runs import Birth, RunKind
from peninsula.core.states import StateType
from peninsula.server.services.keys import OWNER
from peninsula.server.storage.read import events
from peninsula.server.storage.rebuild import rebuild
from peninsula.server.storage.referee import deletion
from peninsula.server.storage.referee.moves import Now
from peninsula.server.storage.rows import LIVE
from tests.support.lots import tell_lots
from tests.support.make import Teller, change, event, state

pytestmark = pytest.mark.anyio


def lived(teller: Teller, *, ended: bool = True) -> UUID:
    """A flow run with a task, calls and a log."""
    run, task = uuid4(), uuid4()
    born = change(StateType.RUNNING, born=Birth(name="old", flow="nightly", tags=("etl",)))
    teller.tell(state(run, RunKind.FLOW_RUN, born), run, run)
    born = change(StateType.RUNNING, born=Birth(name="t", task="t", parent=run, root=run))
    teller.tell(state(task, RunKind.TASK_RUN, born), task, run)
    teller.tell(event("call.made", "s3://lake/raw/only-here.csv"), task, run)
    teller.tell(event("call.made", "s3://lake"), task, run)
    teller.log(task, run, "reading", "cleaning")
    teller.tell(state(task, RunKind.TASK_RUN, change(StateType.COMPLETED)), task, run)
    if ended:
        teller.tell(state(run, RunKind.FLOW_RUN, change(StateType.COMPLETED)), run, run)
    return run


async def told_of(world, run: UUID) -> list[LoggedEvent]:
    """All events of the run's tree."""
    page = await world.read(events.find_events, EventFilter(run=run), limit=200)
    return list(page.items)


async def projections(world) -> dict[str, list[object]]:
    """Every row of every projection."""
    return {
        name: sorted(await world.rows(f"SELECT * FROM {name}"), key=repr) for name in LIVE.tables
    }


@pytest.fixture(params=[3, 500], ids=["in steps", "at once"])
def steps(request, monkeypatch):
    """How many rows one step takes."""
    monkeypatch.setattr(deletion, "STEP", request.param)


async def test_a_deleted_run_is_gone_with_all_below_it(world, steps):
    """Run, tasks, events, logs, tags, touches: nothing is found any more, others stay."""
    teller = Teller()
    run, other = lived(teller), lived(teller)
    await world.take(teller.batch())
    before = await told_of(world, other)
    assert (await world.http.delete(f"/api/flow-runs/{run}")).status_code == 204
    assert (await world.http.get(f"/api/flow-runs/{run}")).status_code == 404
    (left,) = await told_of(world, run)
    assert left.event == "peninsula.flow-run.deleted"
    told = json.loads(bytes(left.payload))
    assert (told["name"], told["runs"], told["actor"]["name"]) == (
        "old",
        2,
        "the owner of this home",
    )
    assert await told_of(world, other) == before
    assert len(await world.rows("SELECT run FROM tags")) == 1
    assert len(await world.rows("SELECT DISTINCT run FROM touches")) == 2
    assert len(await world.rows("SELECT id FROM runs")) == 2
    assert len(await world.rows("SELECT line FROM logs")) == 2
    assert (await world.get("flow-runs/counts"))["total"] == 1


async def test_a_rebuild_does_not_bring_it_back(world, steps, random):
    """Baseline and log give just the tables that the deletion left."""
    lots = tell_lots(random, trees=3)
    run = lived(lots.teller)
    await world.take(lots.teller.batch())
    await world.services.deletions.delete(run, OWNER)
    before = await projections(world)
    await rebuild(world.services.database, world.services.dictionary)
    after = await projections(world)
    for name in before:
        assert after[name] == before[name], name


async def test_a_deletion_that_a_rebuild_holds_up_is_done_by_the_sweep(world, monkeypatch):
    """The event that says it is there: the answer is not to try again."""
    teller = Teller()
    run = lived(teller)
    await world.take(teller.batch())

    def held_up(*_: object) -> None:
        raise ConflictError("A rebuild is under way.")

    with monkeypatch.context() as meanwhile:
        meanwhile.setattr(deletion, "step", held_up)
        assert (await world.http.delete(f"/api/flow-runs/{run}")).status_code == 204
    await world.services.deletions.tick(0)
    assert (await world.http.get(f"/api/flow-runs/{run}")).status_code == 404
    assert [event.event for event in await told_of(world, run)] == ["peninsula.flow-run.deleted"]


async def test_what_comes_late_is_deleted_too_and_never_silently_back(world):
    """A process that sends the rest of its journal meets the deletion at the next sweep."""
    teller = Teller()
    run = lived(teller)
    await world.take(teller.batch())
    await world.services.deletions.delete(run, OWNER)
    teller.tell(event("call.made", "s3://lake"), run, run)
    teller.tell(state(run, RunKind.FLOW_RUN, change(StateType.FAILED)), run, run)
    teller.log(run, run, "late line")
    await world.take(teller.batch(7))
    await world.services.deletions.tick(0)
    assert (await world.http.get(f"/api/flow-runs/{run}")).status_code == 404
    assert [event.event for event in await told_of(world, run)] == ["peninsula.flow-run.deleted"]
    assert await world.rows("SELECT count(*) FROM logs") == [(0,)]


async def test_a_server_that_ended_in_the_middle_goes_on_at_its_next_start(world, monkeypatch):
    """What was begun is finished by a sweep."""
    teller = Teller()
    run = lived(teller)
    await world.take(teller.batch())
    monkeypatch.setattr(deletion, "STEP", 2)
    services = world.services
    number = await services.database.write(
        deletion.begin,
        services.dictionary,
        run,
        Related(id="peninsula.owner.home", role="actor"),
        Now(services.stamps.wall(), services.stamps.next()),
    )
    await services.database.write(deletion.step, services.dictionary, number)
    await services.deletions.tick(0)
    assert (await world.http.get(f"/api/flow-runs/{run}")).status_code == 404
    assert len(await told_of(world, run)) == 1


async def test_a_run_that_is_not_over_is_not_deleted(world):
    """The answer says to cancel it first."""
    teller = Teller()
    run = lived(teller, ended=False)
    await world.take(teller.batch())
    answer = await world.http.delete(f"/api/flow-runs/{run}")
    assert answer.status_code == 409
    assert "Cancel it first" in answer.json()["message"]
    assert len(await told_of(world, run)) == 5


async def test_a_part_of_another_run_is_not_deleted_alone(world):
    """The answer names the run that it is a part of."""
    teller = Teller()
    run, part = lived(teller), uuid4()
    born = change(StateType.COMPLETED, born=Birth(name="sub", flow="s", parent=run, root=run))
    teller.tell(state(part, RunKind.FLOW_RUN, born), part, run)
    await world.take(teller.batch())
    answer = await world.http.delete(f"/api/flow-runs/{part}")
    assert answer.status_code == 409
    assert answer.json()["details"] == {"root": str(run)}


async def test_an_unknown_run_is_not_found(world):
    """Nor is one that was deleted before."""
    teller = Teller()
    run = lived(teller)
    await world.take(teller.batch())
    assert (await world.http.delete(f"/api/flow-runs/{uuid4()}")).status_code == 404
    assert (await world.http.delete(f"/api/flow-runs/{run}")).status_code == 204
    assert (await world.http.delete(f"/api/flow-runs/{run}")).status_code == 404
