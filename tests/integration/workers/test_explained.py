"""A process that got a signal does not know what for; who saw it from outside may say."""

from __future__ import annotations

from uuid import uuid4

import pytest

from tests.support.processes import wait_until


@pytest.fixture
def struck(runs, execute, tmp_path):
    """A run whose process was told to end, and said so."""
    run = runs.submit("waits", runs.pool(), parameters={"path": str(tmp_path / "never")})
    process = execute(run)
    runs.until(run, "Running")
    process.wait_for_line("it waits")
    process.terminate()
    runs.until(run, "Crashed")
    return run


def said(runs, run):
    """The message of its state."""
    return runs.run(run)["state"]["message"]


def crash(runs, run, **more):
    """Say that the process is gone, as a worker does."""
    told = {"emitter": str(uuid4()), "start": 1, "message": "The pod was evicted."}
    runs.post(f"flow-runs/{run}/crashed", told | more)


def test_a_reason_is_added(runs, struck):
    """The state has it, and the first word is in the run's events."""
    assert "SIGTERM" in said(runs, struck)
    crash(runs, struck, explains=True)
    wait_until(lambda: "evicted" in said(runs, struck), what="the reason")
    crashed = [e for e in runs.events(struck) if e["event"].endswith("flow-run.crashed")]
    assert len(crashed) == 2


def test_what_is_no_reason_changes_nothing(runs, struck):
    """The process knows better than who only saw it gone."""
    crash(runs, struck)
    assert "SIGTERM" in said(runs, struck)
    crash(runs, struck, explains=True, start=2)
    assert "SIGTERM" in said(runs, struck)


def test_a_reason_is_added_once(runs, struck):
    """Whoever comes first was there."""
    crash(runs, struck, explains=True)
    crash(runs, struck, explains=True, message="Another reason.")
    assert said(runs, struck) == "The pod was evicted."
