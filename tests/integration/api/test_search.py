"""Anything is found by name or id, a few of each kind."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest

from peninsula.core.runs import Birth, RunKind
from peninsula.core.states import StateType
from tests.support.make import START, Teller, artifact, change, event, state

pytestmark = pytest.mark.anyio


@pytest.fixture
async def told(world):
    """A log with something of each kind called alike."""
    teller, run, task = Teller(), uuid4(), uuid4()
    born = Birth(name="big-Orders", flow="orders")
    teller.tell(state(run, RunKind.FLOW_RUN, change(StateType.RUNNING, born=born)), run, run)
    born = Birth(name="orders-0", task="load", parent=run, root=run)
    teller.tell(state(task, RunKind.TASK_RUN, change(StateType.RUNNING, born=born)), task, run)
    teller.tell(event("call.made", "s3://lake/orders.csv"), task, run)
    teller.tell(event("call.made", "https://api", about={"name": "The ORDERS service"}), task, run)
    made = [uuid4() for _ in range(3)]
    for place, one in enumerate(made):
        key = "orders-report" if place < 2 else None
        at = START + timedelta(seconds=place)
        teller.tell(artifact(one, "x", key=key, occurred=at), run, run)
    await world.take(teller.batch())
    body = {"name": "orders_limit", "value": 1, "tags": []}
    assert (await world.http.post("/api/variables", json=body)).status_code == 201
    return run, task, made


async def found(world, q, **how):
    """The hits of a search, as (kind, id)."""
    hits = (await world.get("search", q=q, **how))["items"]
    return [(hit["kind"], hit["id"]) for hit in hits]


async def test_a_name_is_found_in_every_kind(world, told):
    """Wherever it stands in it, whatever the case."""
    run, task, made = told
    assert set(await found(world, "ORders")) == {
        ("flow", "orders"),
        ("flow-run", str(run)),
        ("task-run", str(task)),
        ("resource", "s3://lake/orders.csv"),
        ("resource", "https://api"),
        ("artifact", str(made[1])),
        ("variable", "orders_limit"),
    }
    assert await found(world, "no such thing") == []
    assert await found(world, "%") == []


async def test_a_run_is_found_by_how_its_id_begins(world, told):
    """With dashes or without, from four digits on; whole ids too."""
    run, task, _ = told
    for kind, one in (("flow-run", run), ("task-run", task)):
        for text in (str(one)[:13], one.hex[:12], str(one), str(one).upper()):
            assert (kind, str(one)) in await found(world, text)
        assert await found(world, str(one)[:3]) == []
    assert await found(world, "----") == []


async def test_a_flow_and_a_work_pool_are_found_by_their_ids(world, told):
    """Their pages are asked for by name, and so they are told."""
    flow = (await world.get("flows"))["items"][0]
    body = {"name": "heavy", "type": "process"}
    pool = (await world.http.post("/api/work-pools", json=body)).json()
    for kind, one in (("flow", flow), ("work-pool", pool)):
        for text in (one["id"], one["id"][:8], f"peninsula.{kind}.{one['id']}"):
            assert (kind, one["name"]) in await found(world, text)


async def test_a_run_is_found_by_how_its_id_ends(world, told):
    """As pages show it: its last eight digits."""
    run, task, _ = told
    assert await found(world, run.hex[-8:]) == [("flow-run", str(run))]
    assert await found(world, task.hex[-8:].upper()) == [("task-run", str(task))]


async def test_all_that_has_an_id_is_found_by_it(world, told):
    """Alone, as a resource is called, in any case, and by how it begins."""
    _, _, made = told
    kind = {"slug": "login", "name": "Login", "fields": {"type": "object", "properties": {}}}
    await world.http.post("/api/block-types", json=kind)
    body = {"type": "login", "name": "lake-key", "data": {}}
    block = (await world.http.post("/api/blocks", json=body)).json()["id"]
    variable = (await world.get("variables"))["items"][0]["id"]
    for name, id_, hit in (
        ("artifact", str(made[2]), ("artifact", str(made[2]))),
        ("block-document", block, ("block-document", block)),
        ("variable", variable, ("variable", "orders_limit")),
    ):
        for text in (id_, id_.upper(), id_[:13], f"peninsula.{name}.{id_}"):
            assert await found(world, text) == [hit], text
        assert await found(world, f"peninsula.flow-run.{id_}") == []


async def test_what_the_server_keeps_is_found_by_its_id(world):
    """Each has a resource of that id: deployments, schedules, work pools."""
    schedule = {"rule": {"kind": "cron", "cron": "0 2 * * *"}, "timezone": "UTC"}
    body = {"flow": "etl", "name": "nightly", "schedules": [schedule]}
    made = (await world.http.post("/api/deployments", json=body)).json()
    pool = {"name": "lake", "type": "process"}
    pool_id = (await world.http.post("/api/work-pools", json=pool)).json()["id"]
    for kind, id_ in (
        ("deployment", made["id"]),
        ("schedule", made["schedules"][0]["id"]),
        ("work-pool", pool_id),
    ):
        resource = f"peninsula.{kind}.{id_}"
        for text in (id_, resource):
            assert ("resource", resource) in await found(world, text), text


async def test_a_run_is_found_by_the_id_of_its_resource(world, told):
    """And by that of the other kind it is not."""
    run, task, _ = told
    assert await found(world, f"peninsula.flow-run.{run}") == [("flow-run", str(run))]
    assert await found(world, f"peninsula.task-run.{task}") == [("task-run", str(task))]
    assert await found(world, f"peninsula.task-run.{run}") == []


async def test_an_event_is_found_by_its_id(world, told):
    """With its name, and what it is about."""
    (told_of,) = (await world.get("events", q="resource:https://api"))["items"]
    (hit,) = (await world.get("search", q=told_of["id"]))["items"]
    assert (hit["kind"], hit["id"]) == ("event", told_of["id"])
    assert (hit["name"], hit["about"]) == ("call.made", "The ORDERS service")


async def test_a_process_is_found_by_its_id(world):
    """Processes have no names: they are found by nothing else."""
    teller, process = Teller(), uuid4()
    teller.tell(event("peninsula.process.exited", f"peninsula.process.{process}"))
    await world.take(teller.batch())
    for text in (str(process), f"peninsula.process.{process}"):
        assert await found(world, text) == [("resource", f"peninsula.process.{process}")]


async def test_a_task_finds_its_newest_runs(world, told):
    """By its name, whatever its runs are called."""
    _, task, _ = told
    assert await found(world, "load") == [("task-run", str(task))]


async def test_a_block_is_found_by_its_name(world):
    """With its type, which tells apart two of a name."""
    kind = {"slug": "login", "name": "Login", "fields": {"type": "object", "properties": {}}}
    await world.http.post("/api/block-types", json=kind)
    body = {"type": "login", "name": "lake-key", "data": {}}
    made = await world.http.post("/api/blocks", json=body)
    assert made.status_code == 201, made.text
    assert await found(world, "KEY") == [("block-document", made.json()["id"])]


async def test_what_begins_with_the_text_comes_first_and_few_are_shown(world):
    """Then the newest."""
    teller = Teller()
    for place, name in enumerate(("old load", "load", "reload", "new load")):
        run, at = uuid4(), START + timedelta(seconds=place)
        born = Birth(name=name, flow="f")
        begun = change(StateType.RUNNING, born=born)
        teller.tell(state(run, RunKind.FLOW_RUN, begun, at), run, run)
    await world.take(teller.batch())
    hits = (await world.get("search", q="load", limit=3))["items"]
    assert [hit["name"] for hit in hits] == ["load", "new load", "reload"]
