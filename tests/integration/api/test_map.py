"""The map: flows, tasks and systems of a time, joined by calls, inputs and touches."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID, uuid4

import pytest

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
    """With runs and failures; a flow touches only what it touched itself."""
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
    ran(teller, FLOW, "tomorrow", minute=90)
    await world.take(teller.batch())
    nodes, edges, told = await read(world)
    assert nodes == {
        "etl": ("flow-run", 2, 1),
        "part": ("flow-run", 2, 0),
        "load": ("task-run", 2, 1),
        "read": ("task-run", 2, 0),
        "https://api": ("https", 4, 1),
        "postgresql://db/w": ("postgresql", 2, 1),
        "s3://lake": ("s3", 2, 0),
    }
    assert edges == {
        ("etl", "part", "calls"): (2, 0),
        ("etl", "load", "calls"): (2, 1),
        ("etl", "read", "calls"): (2, 0),
        ("read", "load", "feeds"): (2, 1),
        ("read", "s3://lake", "touches"): (2, 0),
        ("load", "postgresql://db/w", "touches"): (2, 1),
        ("etl", "https://api", "touches"): (2, 1),
        ("part", "https://api", "touches"): (2, 0),
    }
    assert [node["tier"] for node in told["nodes"]] == ["flow"] * 2 + ["task"] * 2 + ["system"] * 3
    assert (told["left_out"], told["partial"]) == ({}, False)


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
