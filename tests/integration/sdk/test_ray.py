"""Ray: what happens to tasks on it, and to Ray with the flow run."""

from __future__ import annotations

import os
import signal
import time
from textwrap import dedent

import pytest

from peninsula import flow, task
from peninsula.core.errors import InvalidError, RunCrashedError
from peninsula.task_runners.ray import RayTaskRunner
from tests.support import elsewhere
from tests.support.processes import wait_until

SCRIPT = """
    import os
    from peninsula import flow, task
    from peninsula.task_runners.ray import RayTaskRunner

    @task
    def add_one(number):
        return number + 1

    @flow(task_runner=RayTaskRunner(init_kwargs={"num_cpus": 1, "include_dashboard": False}))
    def etl():
        return add_one.map([1, 2]).result()

    print(etl())
"""


def test_ray_is_started_for_the_flow_run_and_ends_with_it(told, run_script):
    """A program that does not call `ray.init` ends without leaving Ray behind."""
    program = run_script(
        dedent(SCRIPT), env={"RAY_USAGE_STATS_ENABLED": "0", "RAY_AUTH_MODE": "disabled"}
    )
    assert "[2, 3]" in program.succeed(timeout=90)
    assert [run.state for run in told.all("add_one")] == ["Completed"] * 2


def test_a_killed_worker_crashes_its_run(told, ray):
    """Ray does not run it again: whether that makes sense is for the flow to say."""

    @task
    def die():
        os.kill(os.getpid(), signal.SIGKILL)

    @flow(task_runner=ray)
    def etl():
        with pytest.raises(RunCrashedError, match="The Ray worker died"):
            die.submit().result()
        return elsewhere.whereabouts.submit().result()

    assert etl()
    assert told.one("die").states.count("Crashed") == 1


def test_a_task_on_a_worker_ends_with_its_flow(told, ray):
    """One that runs is told; one that waits for a free worker is taken back."""

    @task
    def busy():
        while True:
            time.sleep(0.01)

    @flow(task_runner=ray, timeout_seconds=20)
    def etl():
        busy.submit()
        wait_until(lambda: any("Running" in run.states for run in told.all("busy")))
        busy.submit()
        raise SystemExit(1)

    with pytest.raises(SystemExit):
        etl()
    assert [run.state for run in told.all("busy")] == ["Cancelled"] * 2


def test_an_address_is_given_once():
    """The error names both places."""
    with pytest.raises(InvalidError, match="address in init_kwargs"):
        RayTaskRunner(address="auto", init_kwargs={"address": "auto"})
