"""No question reads the whole log: SQLite says which index it takes, for every statement."""

from __future__ import annotations

import re
from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import event as hooks

from peninsula.core.filters import EventFilter, RunFilter, Sort, SortBy
from peninsula.core.resources import own
from peninsula.core.runs import RunKind
from peninsula.core.states import StateType
from peninsula.core.terms import parse
from peninsula.server.storage.read import (
    artifacts,
    event_counts,
    event_facets,
    events,
    flow_pages,
    flows,
    grids,
    health,
    logs,
    resources,
    run_events,
    run_pages,
    runs,
    search,
    timelines,
    touching,
    trees,
)
from peninsula.server.storage.read.event_histogram import read_histogram
from peninsula.server.storage.read.finder import find_anything
from peninsula.server.storage.read.maps import read_map
from peninsula.server.storage.read.overview import read_overview
from peninsula.server.storage.read.processes import read_process
from peninsula.server.storage.read.usual import read_usual
from peninsula.server.storage.read.why import read_why
from peninsula.server.storage.referee import commands, deletion, keys, leases
from tests.support import lots as made
from tests.support.lots import tell_lots
from tests.support.make import START

pytestmark = pytest.mark.anyio

GROWING = {"events", "e", "links", "l", "logs", "touches", "runs", "r", "run_ids", "edges"}
"""Tables and their aliases that grow with what is told. `names`, `catalogue` and the like are
dictionaries; what is scanned of those is small."""


@pytest.fixture
def database_url(sqlite_url):
    """Plans are SQLite's; PostgreSQL has statistics of its own to choose by."""
    return sqlite_url


class Plans:
    """What SQLite says it does for each statement of a unit."""

    def __init__(self, world) -> None:
        self.world = world

    async def scans(self, unit, *args, **kwargs) -> list[str]:
        """The steps that pass over a whole growing table."""
        said: list[str] = []

        def explained(tx):
            statements = []

            def note(_, __, statement, parameters, *___):
                statements.append((statement, parameters))

            hooks.listen(tx, "before_cursor_execute", note)
            try:
                unit(tx, *args, **kwargs)
            finally:
                hooks.remove(tx, "before_cursor_execute", note)
            for statement, parameters in statements:
                plan = tx.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)
                said.extend(
                    f"{row[3]} in {statement}"
                    for row in plan
                    if (found := re.match(r"SCAN (\w+)", row[3])) and found[1] in GROWING
                )

        await self.world.read(explained)
        return said


@pytest.fixture
async def plans(world, random):
    """A log with enough in it for lists to go on."""
    lots = tell_lots(random, trees=10)
    await world.take(lots.teller.batch())
    return Plans(world), lots


LATER = START + timedelta(minutes=10)

EVENT_FILTERS = {
    "all": EventFilter(),
    "name": EventFilter(names=("call.made",)),
    "names": EventFilter(names=("orders.*", "call.made")),
    "resource": EventFilter(resources=("s3://lake",)),
    "resources": EventFilter(resources=("s3://lake", "custom.thing")),
    "related": EventFilter(related=("s3://lake",)),
    "related in a role": EventFilter(related=("s3://lake",), roles=("uses",)),
    "role": EventFilter(roles=("uses",)),
    "involves": EventFilter(involves=("s3://lake",)),
    "follows": EventFilter(follows=uuid4()),
    "time": EventFilter(after=START, before=LATER),
    "since time": EventFilter(after=START),
    "text": EventFilter(text="needle"),
    "since": EventFilter(since=10),
    "query": EventFilter(
        terms=parse("type:orders.* involves:s3://lake kind:s3 source:flow -role:uses needle")
    ),
    "negations": EventFilter(terms=parse("-type:*made -resource:s3://lake -kind:task-run")),
    "name and resource": EventFilter(names=("call.made",), resources=("s3://lake",)),
    "name and text": EventFilter(names=("call.made",), text="alpha"),
    "name, resource and time": EventFilter(
        names=("orders.*",), involves=("s3://lake",), after=START
    ),
}


@pytest.mark.parametrize("bounded", [False, True], ids=["few", "many"])
async def test_events_are_found_on_an_index(plans, monkeypatch, bounded):
    """Any filter, the first page and the next, both ways, counted and followed."""
    plan, lots = plans
    if bounded:
        monkeypatch.setattr(search, "FEW", 2)
        monkeypatch.setattr(search, "STEPS", (3, 10))
    run, *others = lots.runs
    filters = {
        **EVENT_FILTERS,
        "root": EventFilter(run=run),
        "runs": EventFilter(run=others[0]),
        "a run itself": EventFilter(involves=(own("flow-run", run),)),
    }
    for name, wanted in filters.items():
        for newest_first in (True, False):
            how = {"newest_first": newest_first, "limit": 3}
            assert await plan.scans(events.find_events, wanted, **how) == [], name
            page = await plan.world.read(events.find_events, wanted, **how)
            if page.next is not None:
                how["cursor"] = page.next
                assert await plan.scans(events.find_events, wanted, **how) == [], name
        assert await plan.scans(event_counts.count_by_resource, wanted) == [], name
        assert await plan.scans(event_counts.count_by_name, wanted) == [], name
        assert await plan.scans(events.next_events, wanted, 5) == [], name
        assert await plan.scans(event_facets.read_facets, wanted) == [], name
        span = (START, LATER, 90.0)
        assert await plan.scans(read_histogram, wanted, "name", span) == [], name


async def test_runs_are_found_on_an_index(plans):
    """Any filter in any order; sorted by what has no index, only so many are looked at."""
    plan, lots = plans
    run = next(iter(lots.runs))
    for wanted in (
        RunFilter(),
        RunFilter(types=(StateType.FAILED, StateType.CRASHED)),
        RunFilter(flows=("nightly",)),
        RunFilter(kind=RunKind.TASK_RUN, tasks=("clean",)),
        RunFilter(text="alpha"),
        RunFilter(tags=("etl",)),
        RunFilter(any_tags=("etl", "eu")),
        RunFilter(root=run, kind=RunKind.TASK_RUN),
        RunFilter(parent=run, kind=RunKind.TASK_RUN),
        RunFilter(ids=(run,)),
        RunFilter(id_prefix="0"),
        RunFilter(expected_after=START, expected_before=LATER),
        RunFilter(active_after=START, expected_before=LATER),
        RunFilter(started_after=START),
    ):
        for by in SortBy:
            found = await plan.scans(runs.find_runs, wanted, sort=Sort(by), limit=2)
            assert found == [], wanted
        assert await plan.scans(runs.count_runs, wanted) == [], wanted
        found = await plan.scans(runs.run_history, wanted, START, LATER, 60.0)
        assert found == [], wanted


async def test_all_else_is_found_on_an_index(plans):
    """Trees, edges, logs, resources, flows, and what the duties ask each few seconds."""
    plan, lots = plans
    run, kind = next(iter(lots.runs.items()))
    part = next(run for run, kind in [*lots.runs.items()][1:] if kind is RunKind.FLOW_RUN)
    for one in (run, part):
        assert await plan.scans(trees.find_tree, kind, one, limit=2) == []
        assert await plan.scans(trees.find_edges, kind, one, limit=2) == []
        assert await plan.scans(timelines.run_timeline, kind, one) == []
        assert await plan.scans(logs.find_logs, kind, one, limit=2) == []
        assert await plan.scans(logs.read_lines, kind, one) == []
        assert await plan.scans(logs.find_logs, kind, one, limit=2, text="x") == []
    assert await plan.scans(logs.find_logs, kind, run, below=False) == []
    for id_ in (made.PLACES[0], own(kind.value, run)):
        assert await plan.scans(touching.find_touching_runs, id_) == []
        assert await plan.scans(touching.find_touching_runs, id_, innermost=True) == []
        assert await plan.scans(resources.resource_by_id, id_) == []
    assert await plan.scans(health.read_health, made.PLACES[0], START, LATER, 60.0) == []
    assert await plan.scans(resources.known_kinds) == []
    assert await plan.scans(flows.find_flows, limit=2) == []
    for how in ({"run": run}, {"run": part}, {"flows": ("nightly",)}, {"latest": True}):
        assert await plan.scans(artifacts.find_artifacts, limit=2, **how) == [], how
    for unit in (leases.watched, leases.lapsed, deletion.came_back, commands.waiting_for):
        assert await plan.scans(unit) == []
    assert await plan.scans(commands.orders_of, uuid4()) == []
    assert await plan.scans(keys.key_by_hash, b"") == []
    assert await plan.scans(events.event_by_id, lots.events[0]) == []
    assert await plan.scans(events.events_since, 3, 10) == []


async def test_pages_are_read_on_an_index(plans):
    """What a page shows at first."""
    plan, lots = plans
    assert await plan.scans(read_overview, START, LATER, 60.0) == []
    assert await plan.scans(find_anything, "a") == []
    for id_ in (next(iter(lots.runs)), lots.events[0]):
        assert await plan.scans(find_anything, str(id_)) == []
    assert await plan.scans(read_map, START, LATER) == []
    for name in made.FLOWS:
        assert await plan.scans(flow_pages.read_flow, name) == []
        assert await plan.scans(grids.read_grid, name) == []
    for run, kind in lots.runs.items():
        assert await plan.scans(read_why, kind, run) == []
        assert await plan.scans(read_usual, kind, run) == []
        assert await plan.scans(read_process, kind, run) == []
        assert await plan.scans(run_events.read_run_events, kind, run) == []
        assert await plan.scans(run_events.version_of, kind, run) == []
        assert await plan.scans(run_pages.read_summary, kind, run) == []


async def test_a_scan_would_be_seen(plans):
    """The check itself: a question without an index is told of."""
    plan, _ = plans
    found = await plan.scans(
        lambda tx: tx.exec_driver_sql("SELECT count(*) FROM events e WHERE payload = 'x'").all()
    )
    assert len(found) == 1
