"""What code can ask about the runs it is in."""

from __future__ import annotations

from datetime import UTC, datetime

import peninsula
from peninsula import flow, tags, task
from peninsula.runtime import flow_run, task_run


def test_code_knows_its_runs(told):
    """In a flow, in a subflow, and in a task."""
    seen = {}

    def look(where):
        seen[where] = {
            "flow": (flow_run.flow_name, flow_run.name, flow_run.id, flow_run.tags),
            "task": (task_run.task_name, task_run.name, task_run.id),
            "parent": flow_run.parent_flow_run_id,
            "root": flow_run.root_flow_run_id,
            "parameters": (flow_run.parameters, task_run.parameters),
            "counts": (flow_run.run_count, task_run.run_count),
        }

    @task
    def load(limit):
        look("task")

    @flow(flow_run_name="inner of today", version="3")
    def inner(limit: int):
        look("inner")
        assert flow_run.flow_version == "3"
        assert isinstance(flow_run.scheduled_start_time, datetime)
        load(limit + 1)

    @flow
    def outer():
        with tags("b", "a"):
            inner("1")
        look("outer")

    outer()
    runs = {name: told.one(name) for name in ("outer", "inner", "load")}
    outer_id, inner_id, load_id = (str(run.id) for run in runs.values())
    assert seen["inner"] == {
        "flow": ("inner", "inner of today", inner_id, ["a", "b"]),
        "task": (None, None, None),
        "parent": outer_id,
        "root": outer_id,
        "parameters": ({"limit": 1}, {}),
        "counts": (1, 0),
    }
    assert seen["task"]["flow"] == seen["inner"]["flow"]
    assert seen["task"]["task"] == ("load", "load-0", load_id)
    assert seen["task"]["parameters"] == ({"limit": 1}, {"limit": 2})
    assert seen["outer"]["flow"][0] == "outer"
    assert seen["outer"]["parent"] is None


def test_outside_of_runs_there_is_nothing_to_know():
    """And asking is no error."""
    assert (flow_run.id, flow_run.name, flow_run.tags, flow_run.parameters) == (None, None, [], {})
    assert (task_run.id, task_run.task_name, task_run.run_count) == (None, None, 0)
    assert (flow_run.root_flow_run_id, flow_run.flow_version) == (None, None)
    assert flow_run.scheduled_start_time.tzinfo is UTC


def test_it_is_there_as_an_attribute_too():
    """`peninsula.runtime.flow_run`, as programs write it that import the package."""
    assert peninsula.runtime.flow_run is flow_run
