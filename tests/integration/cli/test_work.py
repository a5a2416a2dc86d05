"""Work pools, queues and workers on the command line."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest


@pytest.fixture
def peninsula(server):
    """Run a command against the server; return what it prints."""

    def run(*arguments: str, code: int = 0) -> str:
        command = [sys.executable, "-m", "peninsula", *arguments]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == code, done.stdout + done.stderr
        return done.stdout + done.stderr

    return run


def test_a_pool_from_its_making_to_its_end(peninsula, tmp_path):
    """With the template of its type, or one of its own."""
    assert "worker start --pool lake" in peninsula("work-pool", "create", "lake")
    assert "no worker" in peninsula("work-pool", "ls")
    said = peninsula("work-pool", "inspect", "lake", "--json")
    assert "grace_seconds" in json.loads(said)["base_job_template"]["job_configuration"]
    assert "working_dir" in peninsula("work-pool", "inspect", "lake")
    peninsula("work-pool", "update", "lake", "--concurrency-limit", "3")
    peninsula("work-pool", "pause", "lake")
    pool = json.loads(peninsula("work-pool", "resume", "lake", "--json"))
    assert (pool["concurrency_limit"], pool["paused"]) == (3, False)
    bad = tmp_path / "job.json"
    bad.write_text('{"job_configuration": {"image": "{{ image }}"}}')
    refused = peninsula("work-pool", "update", "lake", "--base-job-template", str(bad), code=1)
    assert "job_configuration.image names {{ image }}" in refused
    peninsula("work-pool", "delete", "lake")
    assert "There is no work pool" in peninsula("work-pool", "ls")


def test_a_queue_from_its_making_to_its_end(peninsula):
    """Beside the default one, which stays."""
    peninsula("work-pool", "create", "lake")
    peninsula("work-queue", "create", "slow", "--pool", "lake", "--priority", "9")
    listed = json.loads(peninsula("work-queue", "ls", "--pool", "lake", "--json"))
    assert [(queue["name"], queue["priority"]) for queue in listed] == [("default", 1), ("slow", 9)]
    assert "Paused the queue slow" in peninsula("work-queue", "pause", "slow", "--pool", "lake")
    peninsula("work-queue", "delete", "slow", "--pool", "lake")
    refused = peninsula("work-queue", "delete", "default", "--pool", "lake", code=1)
    assert "keeps its queue 'default'" in refused


def test_what_is_not_there_is_said_with_what_to_type(peninsula):
    """A pool, a type of workers."""
    assert "work-pool create lake" in peninsula("work-pool", "inspect", "lake", code=1)
    assert "work-pool create lake" in peninsula("worker", "start", "--pool", "lake", code=1)
    said = peninsula("work-pool", "create", "lake", "--type", "moon", code=1)
    assert "There are: " in said
    assert "There is no worker" in peninsula("worker", "ls")


def test_many_runs_are_cancelled_and_deleted_by_a_filter(peninsula, tmp_path):
    """Those that are like that; nobody is asked with --yes."""
    path = tmp_path / "flow.py"
    path.write_text("from peninsula import flow\n\n@flow\ndef etl():\n    pass\n")
    peninsula("run", str(path))
    peninsula("run", str(path))
    assert "No flow run is like that" in peninsula("flow-run", "cancel-all", "--yes", code=1)
    assert "Add --yes" in peninsula("flow-run", "delete-all", "--flow", "etl", code=1)
    said = peninsula("flow-run", "delete-all", "--flow", "etl", "--yes", "--json")
    assert len(json.loads(said)["done"]) == 2
