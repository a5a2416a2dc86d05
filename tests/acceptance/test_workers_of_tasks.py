"""Processes that run tasks, with a server: it learns how every run ended, whatever was killed."""

from __future__ import annotations

from textwrap import dedent

import httpx
import pytest

from tests.support.processes import wait_until

SCRIPT = """
    import os, time
    from peninsula import flow, task
    from peninsula.task_runners import ProcessPoolTaskRunner

    @task
    def work(number):
        if number:
            print("in the task", flush=True)
            time.sleep(600)

    @flow(task_runner=ProcessPoolTaskRunner(max_workers=1))
    def etl():
        work.map([0, int(os.environ["STUCK"])])

    etl()
"""


@pytest.fixture
def states(home, server):
    """How the server says the runs are, once all of them are over."""

    def states():
        headers = {"Authorization": f"Bearer {(home / 'token').read_text().strip()}"}
        runs = [
            (kind, run["state"]["type"])
            for kind in ("flow-runs", "task-runs")
            for run in httpx.get(f"{server.url}/api/{kind}", headers=headers).json()["items"]
        ]
        over = sorted(run for run in runs if run[1] not in {"PENDING", "RUNNING"})
        return over if len(over) == len(runs) == 3 else None

    return lambda: wait_until(states, what="the end of all runs")


def test_what_workers_tell_is_on_the_server_when_the_program_ends(states, run_script):
    """Each of them sends its own journal."""
    run_script(dedent(SCRIPT), env={"STUCK": "0"}).succeed()
    assert states() == [("flow-runs", "COMPLETED"), *[("task-runs", "COMPLETED")] * 2]


def test_a_flow_that_is_killed_crashes_on_the_server_with_its_tasks(states, run_script):
    """The task says itself that its flow is gone; the flow's journal is found without an owner."""
    program = run_script(dedent(SCRIPT), env={"STUCK": "1"})
    program.wait_for_line("in the task")
    program.kill()
    run_script("from peninsula import emit_event\nemit_event('next.came', 's3://lake')").succeed()
    assert states() == [
        ("flow-runs", "CRASHED"),
        ("task-runs", "COMPLETED"),
        ("task-runs", "CRASHED"),
    ]
