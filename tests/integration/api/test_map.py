"""The map: flows, tasks and systems of a time, joined by calls, inputs and touches."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from msgspec import structs

from peninsula.core.runs import Birth, RunKind, Upstream
from peninsula.core.states import StateType
from peninsula.server.storage.read import maps
from tests.support.make import START, Teller, change, event, state

pytestmark = pytest.mark.anyio

FLOW, TASK = RunKind.FLOW_RUN, RunKind.TASK_RUN
RANGE = {"after": START.isoformat(), "before": (START + timedelta(hours=1)).isoformat()}


def ran(
    teller: Teller, kind: RunKind, label: str, end=StateType.COMPLETED, minute: int = 0, **born
) -> UUID:
    """Tell of a run from its start to its end."""
    run, at = uuid4(), START + timedelta(minutes=minute)
    named = {"flow": label} if kind is FLOW else {"task": label}
    begun = change(StateType.RUNNING, born=Birth(name="r", **named, **born))
    root = born.get("root", run)
    teller.tell(state(run, kind, begun, at), run, root)
    teller.tell(state(run, kind, change(end), at), run, root)
    return run


async def read(world, **how):
    """The map as {node: (kind, runs, failures)} and {(source, target, kind): (runs, failures)}."""
    told = await world.get("map", **RANGE, **how)
    names = [node["name"] for node in told["nodes"]]
    nodes = {node["name"]: (node["kind"], node["runs"], node["failures"]) for node in told["nodes"]}
    edges = {
        (names[edge["source"]], names[edge["target"]], edge["kind"]): (
            edge["runs"],
            edge["failures"],
        )
        for edge in told["edges"]
    }
    return nodes, edges, told


async def test_the_map_joins_flows_tasks_and_systems(world):
    """With runs and failures; a flow touches what it touched itself, and no system is our own."""
    teller = Teller()
    for minute, end in enumerate((StateType.COMPLETED, StateType.FAILED)):
        root = ran(teller, FLOW, "etl", end, minute)
        below = {"parent": root, "root": root}
        first = ran(teller, TASK, "read", minute=minute, **below)
        inputs = (Upstream(run=first, parameter="rows"), Upstream(run=first, parameter="more"))
        second = ran(teller, TASK, "load", end, minute, upstream=inputs, **below)
        part = ran(teller, FLOW, "part", minute=minute, **below)
        for _ in range(2):
            teller.tell(event("call.made", "s3://lake/a.csv"), first, root)
        teller.tell(event("call.made", "postgresql://db/w/t"), second, root)
        teller.tell(event("call.made", "https://api"), root, root)
        teller.tell(event("call.made", "https://api"), part, root)
        teller.tell(event("worker.started", "peninsula.worker.7"), part, root)
    ran(teller, FLOW, "tomorrow", minute=90)
    await world.take(teller.batch())
    nodes, edges, told = await read(world)
    assert nodes == {
        "etl": ("flow-run", 2, 1),
        "part": ("flow-run", 2, 0),
        "load": ("task-run", 2, 1),
        "read": ("task-run", 2, 0),
        "https://api": ("https", 4, 0),
        "postgresql://db/w": ("postgresql", 2, 0),
        "s3://lake": ("s3", 2, 0),
    }
    assert edges == {
        ("etl", "part", "calls"): (2, 0),
        ("etl", "load", "calls"): (2, 1),
        ("etl", "read", "calls"): (2, 0),
        ("read", "load", "feeds"): (2, 0),
        ("read", "s3://lake", "touches"): (2, 0),
        ("load", "postgresql://db/w", "touches"): (2, 0),
        ("etl", "https://api", "touches"): (2, 0),
        ("part", "https://api", "touches"): (2, 0),
    }
    assert [node["tier"] for node in told["nodes"]] == ["flow"] * 2 + ["task"] * 2 + ["system"] * 3
    assert (told["left_out"], told["partial"]) == ({}, False)


async def test_failures_are_counted_where_they_came_from(world):
    """At the system of the call that failed and at what failed before, not at all that was used."""
    teller, root, first, second = Teller(), uuid4(), uuid4(), uuid4()
    below = {"parent": root, "root": root}
    inputs = (Upstream(run=first, parameter="rows"),)
    births = {
        root: (FLOW, Birth(name="r", flow="etl")),
        first: (TASK, Birth(name="r", task="load", **below)),
        second: (TASK, Birth(name="r", task="report", upstream=inputs, **below)),
    }
    for run, (kind, born) in births.items():
        teller.tell(state(run, kind, change(StateType.RUNNING, born=born)), run, root)
    failed = event("call.failed", "postgresql://db/w/t")
    teller.tell(event("call.made", "s3://lake/a.csv"), first, root)
    teller.tell(failed, first, root)
    ended = state(first, TASK, change(StateType.FAILED))
    teller.tell(structs.replace(ended, follows=failed.id), first, root)
    teller.tell(state(second, TASK, change(StateType.FAILED)), second, root)
    last = state(root, FLOW, change(StateType.FAILED))
    teller.tell(structs.replace(last, follows=ended.id), root, root)
    await world.take(teller.batch())
    nodes, edges, _ = await read(world)
    assert {name: failures for name, (_, _, failures) in nodes.items()} == {
        "etl": 1,
        "load": 1,
        "report": 1,
        "postgresql://db/w": 1,
        "s3://lake": 0,
    }
    assert {edge[:2]: failures for edge, (_, failures) in edges.items()} == {
        ("etl", "load"): 1,
        ("etl", "report"): 1,
        ("load", "report"): 1,
        ("load", "postgresql://db/w"): 1,
        ("load", "s3://lake"): 0,
    }


async def test_what_there_is_no_room_for_is_said_to_be_left_out(world, monkeypatch):
    """The nodes with most runs stay, and of the runs the newest."""
    teller = Teller()
    for label, times in (("often", 3), ("twice", 2), ("once", 1)):
        for _ in range(times):
            ran(teller, FLOW, label)
    late = ran(teller, FLOW, "late", minute=5)
    teller.tell(event("call.made", "s3://lake"), late, late)
    await world.take(teller.batch())
    nodes, edges, told = await read(world, limit=2)
    assert (set(nodes), edges) == ({"often", "twice"}, {})
    assert (told["left_out"], told["partial"]) == ({"flow": 2, "system": 1}, False)
    monkeypatch.setattr(maps, "RUNS", 1)
    nodes, _, told = await read(world)
    assert (set(nodes), told["partial"]) == ({"late", "s3://lake"}, True)


async def test_a_time_without_runs_is_an_empty_map(world):
    """No nodes, no edges."""
    nodes, edges, told = await read(world)
    assert (nodes, edges, told["partial"]) == ({}, {}, False)
