"""Dask clusters: those a flow run makes, and what happens to tasks on them."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

import pytest

from peninsula import flow, task
from peninsula.core.errors import InvalidError, RunCrashedError
from peninsula.task_runners.dask import DaskTaskRunner
from tests.support import elsewhere
from tests.support.processes import wait_until

LOCAL = {"n_workers": 1, "threads_per_worker": 1, "dashboard_address": ":0"}


def test_a_cluster_is_made_for_the_flow_run_and_ends_with_it(told):
    """Two tasks run in its one worker, which is gone soon after."""

    @flow(task_runner=DaskTaskRunner(cluster_kwargs=LOCAL))
    def etl():
        first, second = elsewhere.whereabouts.submit(), elsewhere.whereabouts.submit()
        assert first.result() == second.result() != os.getpid()
        return first.result()

    worker = etl()
    wait_until(lambda: not Path(f"/proc/{worker}").exists(), what="the end of the worker")
    assert [run.state for run in told.all("whereabouts")] == ["Completed"] * 2


def test_a_killed_worker_crashes_its_run(told):
    """Dask does not run it again: whether that makes sense is for the flow to say."""

    @task
    def die():
        os.kill(os.getpid(), signal.SIGKILL)

    @flow(
        task_runner=DaskTaskRunner(cluster_class="distributed.LocalCluster", cluster_kwargs=LOCAL)
    )
    def etl():
        with pytest.raises(RunCrashedError, match=r"The Dask worker tcp://.* died"):
            die.submit().result()
        return elsewhere.whereabouts.submit().result()

    assert etl()
    assert told.one("die").states.count("Crashed") == 1


def test_a_task_on_a_worker_ends_with_its_flow(told):
    """One that runs is told; one that waits for a free worker is taken back."""

    @task
    def busy():
        while True:
            time.sleep(0.01)

    @flow(task_runner=DaskTaskRunner(cluster_kwargs=LOCAL), timeout_seconds=20)
    def etl():
        busy.submit()
        wait_until(lambda: any("Running" in run.states for run in told.all("busy")))
        busy.submit()
        raise SystemExit(1)

    with pytest.raises(SystemExit):
        etl()
    assert [run.state for run in told.all("busy")] == ["Cancelled"] * 2
    assert "that it belongs to crashed" in told.all("busy")[0].message


def test_a_cluster_is_either_there_or_made():
    """The error names both options."""
    with pytest.raises(InvalidError, match="address and cluster_class"):
        DaskTaskRunner(address="tcp://dask.internal:8786", cluster_class="distributed.LocalCluster")
