"""The catalogue, and from a resource to the runs that touched it and how they ended."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from peninsula.core.filters import EventFilter, matches_event
from peninsula.core.resources import kind_of, own, run_uuid, system_of
from peninsula.core.runs import Birth, RunKind
from peninsula.core.states import StateType
from peninsula.server.storage import tables
from peninsula.server.storage.read import events, resources, touching
from tests.support.lots import tell_lots
from tests.support.make import START, Teller, change, event, state

pytestmark = pytest.mark.anyio


@pytest.fixture
async def everything(world, random):
    """All events of a log of everything."""
    lots = tell_lots(random)
    await world.take(lots.teller.batch())
    found, cursor = [], None
    while True:
        page = await world.read(events.find_events, EventFilter(), limit=200, cursor=cursor)
        found += page.items
        cursor = page.next
        if cursor is None:
            return found


def named(everything):
    """The ids outside that events name, with their systems."""
    ids = {
        id_
        for event in everything
        for id_ in (event.resource.id, *(related.id for related in event.related))
        if run_uuid(id_) is None
    }
    return ids | {system_of(id_) for id_ in ids}


async def all_pages(world, **how):
    """All pages of the catalogue."""
    found, cursor = [], None
    while True:
        page = await world.read(resources.find_resources, limit=2, cursor=cursor, **how)
        found += page.items
        cursor = page.next
        if cursor is None:
            return found


async def test_the_catalogue_lists_what_events_name_the_latest_first(world, everything):
    """Each resource and system once, with its kind, its first and last event and their number."""
    found = await all_pages(world)
    assert {entry.id for entry in found} == named(everything)
    assert [entry.last for entry in found] == sorted((e.last for e in found), reverse=True)
    for entry in found:
        of = [
            event
            for event in everything
            if matches_event(EventFilter(involves=(entry.id,)), event, lambda *_: False)
        ]
        moments = [event.occurred for event in of]
        assert (entry.first, entry.last) == (min(moments), max(moments))
        assert (entry.kind, entry.system) == (kind_of(entry.id), system_of(entry.id))
        assert entry.events == len(of)


async def test_the_catalogue_is_filtered_by_kind_system_and_text(world, everything):
    """The same answer as looking at each entry."""
    entries = await all_pages(world)
    for how, meant in (
        ({"kinds": ("s3",)}, lambda e: e.kind == "s3"),
        ({"system": "s3://lake"}, lambda e: e.system == "s3://lake"),
        ({"text": "RAW/A"}, lambda e: "raw/a" in e.id),
        ({"kinds": ("s3", "https"), "text": "lake"}, lambda e: e.kind == "s3"),
        ({"text": "no such thing"}, lambda _: False),
        ({"systems": True}, lambda e: e.id == e.system and not e.id.startswith("peninsula.")),
        ({"systems": True, "kinds": ("s3",)}, lambda e: e.id == e.system == "s3://lake"),
    ):
        assert await all_pages(world, **how) == [entry for entry in entries if meant(entry)]


async def test_the_kinds_of_all_there_is_are_told(world, everything):
    """Each once, in order."""
    assert await world.read(resources.known_kinds) == tuple(
        sorted(set(map(kind_of, named(everything))))
    )


async def test_an_empty_log_has_no_kinds(world):
    """Nothing was told yet."""
    assert await world.read(resources.known_kinds) == ()


async def test_outcomes_of_the_last_runs_alone_are_said_to_be_of_those(world, monkeypatch):
    """Where more touched it than are counted."""
    monkeypatch.setattr(resources, "COUNTED", 2)
    teller = Teller()
    for minute in range(3):
        run, at = uuid4(), START + timedelta(minutes=minute)
        born = change(StateType.RUNNING, born=Birth(name="r", flow="f"))
        teller.tell(state(run, RunKind.FLOW_RUN, born, at), run, run)
        teller.tell(event(resource="s3://lake", occurred=at), run, run)
    await world.take(teller.batch())
    detail = await world.get("resource", id="s3://lake")
    assert (detail["runs"], detail["partial"]) == ({"RUNNING": 2}, True)


async def test_a_resource_tells_the_runs_that_touched_it_and_how_they_ended(world):
    """The last touched first, with outcome, and by outcome and kind."""
    teller = Teller()
    ran = []
    ends = (StateType.COMPLETED, StateType.FAILED, StateType.COMPLETED)
    for place, end in enumerate(ends):
        run = uuid4()
        at = START + timedelta(minutes=place)
        begun = change(StateType.RUNNING, born=Birth(name=f"r{place}", flow="f"))
        teller.tell(state(run, RunKind.FLOW_RUN, begun, at), run, run)
        teller.tell(event(resource="s3://lake/raw/a.csv", occurred=at), run, run)
        teller.tell(event(resource="s3://lake/raw/a.csv", occurred=at), run, run)
        teller.tell(state(run, RunKind.FLOW_RUN, change(end), at), run, run)
        ran.append(run)
    await world.take(teller.batch())
    for id_ in ("s3://lake/raw/a.csv", "s3://lake"):
        page = await world.read(touching.find_touching_runs, id_, limit=2)
        rest = await world.read(touching.find_touching_runs, id_, limit=2, cursor=page.next)
        found = [*page.items, *rest.items]
        assert [one.run.id for one in found] == ran[::-1]
        assert [one.run.state.type for one in found] == [*ends][::-1]
        assert {one.events for one in found} == {2}
        failed = await world.read(
            touching.find_touching_runs, id_, types=(StateType.FAILED,), kind=RunKind.FLOW_RUN
        )
        assert [one.run.id for one in failed.items] == [ran[1]]
        tasks = await world.read(touching.find_touching_runs, id_, kind=RunKind.TASK_RUN)
        assert tasks.items == ()
        detail = await world.get("resource", id=id_)
        assert (detail["runs"], detail["partial"]) == ({"COMPLETED": 2, "FAILED": 1}, False)
        assert detail["system"] == "s3://lake"
        told = await world.get("resource/events", id=id_, limit=10)
        assert len(told["items"]) == 6


@pytest.fixture
async def tree(world):
    """A flow run with a task run that completed, told at two times; it is still running."""
    teller = Teller()
    root, task = uuid4(), uuid4()
    begun = change(StateType.RUNNING, born=Birth(name="r", flow="f"))
    born = Birth(name="clean-0", task="clean", parent=root, root=root)
    later = START + timedelta(minutes=1)
    teller.tell(state(root, RunKind.FLOW_RUN, begun), root, root)
    teller.tell(state(task, RunKind.TASK_RUN, change(StateType.RUNNING, born=born)), task, root)
    teller.tell(event(related=[(own("task-run", task), "by")]), root, root)
    teller.tell(event(), task, root)
    teller.tell(state(task, RunKind.TASK_RUN, change(StateType.COMPLETED), later), task, root)
    await world.take(teller.batch())
    return root, task


async def test_a_run_is_a_resource_with_its_name_and_its_events(world, tree):
    """Those about it and those that name it, as many as its list of events has."""
    _, task = tree
    id_ = own("task-run", task)
    detail = await world.get("resource", id=id_)
    assert (detail["id"], detail["kind"], detail["system"]) == (id_, "task-run", id_)
    assert detail["name"] == "clean-0"
    assert detail["first"] == "2026-01-31T02:00:00Z"
    assert detail["last"] == "2026-01-31T02:01:00Z"
    told = (await world.get("resource/events", id=id_))["items"]
    assert detail["events"] == len(told) == 3
    assert detail["runs"] == {"COMPLETED": 1, "RUNNING": 1}


async def test_the_last_operation_of_each_run_is_told_with_how_long_it_took(world):
    """Of a flow run also what a task did; of several at one moment the one that was told last."""
    teller, root, task, other = Teller(), uuid4(), uuid4(), uuid4()
    for minute, name, resource, run, payload in (
        (0, "s3.read.completed", "s3://lake/a.csv", root, {"seconds": 2}),
        (1, "s3.read.completed", "s3://lake/a.csv", task, {"seconds": 0.25}),
        (1, "s3.write.failed", "s3://lake/b.csv", task, {"seconds": 1.5}),
        (1, "s3.write.failed", "s3://lake/b.csv", other, {"seconds": "long"}),
        (1, "postgresql.query.completed", "postgresql://db/shop", task, {"seconds": 9}),
        (2, "s3.lifecycle.expired", "s3://lake/a.csv", None, {"seconds": 7}),
    ):
        happened = event(
            name, resource, occurred=START + timedelta(minutes=minute), payload=payload
        )
        teller.tell(happened, run, run and (other if run is other else root))
    born = Birth(name="t", task="t", parent=root, root=root)
    for run, kind, of in (
        (root, RunKind.FLOW_RUN, Birth(name="r", flow="f")),
        (task, RunKind.TASK_RUN, born),
        (other, RunKind.FLOW_RUN, Birth(name="o", flow="f")),
    ):
        teller.tell(state(run, kind, change(StateType.RUNNING, born=of)), run, of.root or run)
    await world.take(teller.batch())

    async def done(id_):
        page = await world.get("resource/runs", id=id_)
        return {
            UUID(one["run"]["id"]): (one["operation"]["event"], one["operation"]["seconds"])
            for one in page["items"]
        }

    written = ("s3.write.failed", 1.5)
    assert await done("s3://lake") == {
        root: written,
        task: written,
        other: ("s3.write.failed", None),
    }
    read = ("s3.read.completed", 0.25)
    assert await done("s3://lake/a.csv") == {root: read, task: read}


async def test_one_use_is_told_once_by_the_innermost_run(world):
    """With the name of its flow run, which is told where it used the resource itself."""
    teller, root, task, alone = Teller(), uuid4(), uuid4(), uuid4()
    born = Birth(name="t", task="t", parent=root, root=root)
    for run, kind, of in (
        (root, RunKind.FLOW_RUN, Birth(name="nightly-1", flow="f")),
        (task, RunKind.TASK_RUN, born),
        (alone, RunKind.FLOW_RUN, Birth(name="alone", flow="g")),
    ):
        teller.tell(state(run, kind, change(StateType.RUNNING, born=of)), run, of.root or run)
    for minute, run, top in ((1, root, root), (2, task, root), (3, alone, alone)):
        read = event(resource="s3://lake", occurred=START + timedelta(minutes=minute))
        teller.tell(read, run, top)
    await world.take(teller.batch())
    page = await world.get("resource/runs", id="s3://lake", innermost="true")
    told = [(one["run"]["name"], one["root_name"]) for one in page["items"]]
    assert told == [("alone", None), ("t", "nightly-1")]
    assert len((await world.get("resource/runs", id="s3://lake"))["items"]) == 3


async def test_an_operation_that_is_no_longer_in_the_log_is_not_told(world):
    """Retention removes the event; that the run touched the resource stays known."""
    teller, run = Teller(), uuid4()
    begun = change(StateType.RUNNING, born=Birth(name="r", flow="f"))
    teller.tell(state(run, RunKind.FLOW_RUN, begun), run, run)
    told = teller.tell(event(resource="s3://lake"), run, run)
    await world.take(teller.batch())

    def forget(tx):
        tx.execute(tables.events.delete().where(tables.events.c.id == told.id.bytes))

    await world.services.database.write(forget)
    (touched,) = (await world.get("resource/runs", id="s3://lake"))["items"]
    assert (touched["events"], touched["operation"]) == (1, None)


async def test_a_run_is_touched_by_itself_and_the_flow_run_at_the_top(world, tree):
    """Page by page, both ways, and filtered, as any resource."""
    root, task = tree
    id_ = own("task-run", task)

    async def touched(**how):
        page = await world.get("resource/runs", id=id_, **how)
        return [UUID(one["run"]["id"]) for one in page["items"]], page

    assert (await touched())[0] == [task, root]
    first, page = await touched(limit=1)
    second, last = await touched(limit=1, cursor=page["next"])
    assert (first, second, last["next"]) == ([task], [root], None)
    assert (await touched(limit=1, cursor=last["previous"]))[0] == [task]
    assert (await touched(kind="flow-run"))[0] == [root]
    assert (await touched(state="COMPLETED"))[0] == [task]
    whole = await world.get("resource/runs", id=own("flow-run", root))
    assert [UUID(one["run"]["id"]) for one in whole["items"]] == [root]


async def test_a_run_that_is_only_named_is_a_resource_without_a_name(world):
    """An event may speak of a run that has not reported; of one that none names, nothing is."""
    run, teller = uuid4(), Teller()
    teller.tell(event(related=[(own("flow-run", run), "by")]))
    await world.take(teller.batch())
    detail = await world.get("resource", id=own("flow-run", run))
    assert (detail["name"], detail["events"], detail["runs"]) == (None, 1, {})
    for id_ in (own("task-run", run), own("flow-run", uuid4())):
        for part in ("resource", "resource/runs"):
            answer = await world.http.get(f"/api/{part}", params={"id": id_})
            assert answer.status_code == 404
            assert id_.rpartition(".")[2] in answer.json()["message"]


async def test_a_resource_that_no_event_names_is_not_found(world, everything):
    """The message names it."""
    for part in ("resource", "resource/runs"):
        answer = await world.http.get(f"/api/{part}", params={"id": "s3://nowhere"})
        assert answer.status_code == 404
        assert "s3://nowhere" in answer.json()["message"]
