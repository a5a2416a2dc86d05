"""Processes that run tasks, with a server: it learns how every run ended, whatever was killed."""

from __future__ import annotations

import os
import signal
import sqlite3
from contextlib import closing, suppress
from pathlib import Path
from textwrap import dedent

import httpx
import pytest

from tests.support.processes import wait_until

CLUSTERS = {
    "processes": "from peninsula.task_runners import ProcessPoolTaskRunner as Runner; options = {}",
    "dask": (
        "from peninsula.task_runners.dask import DaskTaskRunner as Runner; "
        "cluster = {'n_workers': 1, 'threads_per_worker': 1, 'dashboard_address': ':0'}; "
        "options = {'cluster_kwargs': cluster}"
    ),
    "ray": (
        "from peninsula.task_runners.ray import RayTaskRunner as Runner; "
        "options = {'init_kwargs': {'num_cpus': 1, 'include_dashboard': False}}"
    ),
}
ENDED = """
    import time
    from peninsula import flow, task
    {cluster}

    @task
    def work():
        print("in the task", flush=True)
        time.sleep(600)

    @flow(task_runner=Runner(**options))
    def etl():
        work.submit()

    if __name__ == "__main__":
        etl()
"""

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


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("cluster", CLUSTERS)
def test_a_program_that_is_ended_leaves_no_process_and_no_run_without_an_end(
    home, run_script, cluster, number
):
    """Wherever its tasks run: what was started for them ends with it."""
    pytest.importorskip({"dask": "distributed", "ray": "ray"}.get(cluster, "sys"))
    program = run_script(dedent(ENDED).format(cluster=CLUSTERS[cluster]))
    program.wait_for_line("in the task", timeout=60)
    assert _of_home(home) > {program.pid}
    program.signal(number)
    program.wait(60)
    wait_until(lambda: not _of_home(home), what="the end of all processes", timeout=60)
    run_script("from peninsula.variables import Variable\nVariable.get('x')").succeed()
    with closing(sqlite3.connect(home / "peninsula.db")) as connection:
        states = connection.execute("SELECT task, state_type FROM runs ORDER BY task").fetchall()
    assert states == [(0, "CRASHED"), (1, "CANCELLED" if number is signal.SIGINT else "CRASHED")]


def _of_home(home) -> set[int]:
    """The processes whose environment names the home: the program's, and what it started."""
    found = set()
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if f"PENINSULA_HOME={home}".encode() in (process / "environ").read_bytes():
                found.add(int(process.name))
    return found - {os.getpid()}
