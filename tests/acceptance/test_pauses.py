"""Flow runs that wait for people, in their process and without one."""

from __future__ import annotations

from textwrap import dedent

import pytest

from tests.support.lake import Lake
from tests.support.processes import wait_until

FLOWS = """
    import time
    from pathlib import Path
    from peninsula import flow, pause_flow_run, suspend_flow_run, task
    from peninsula.input import RunInput

    class Approval(RunInput):
        approved: bool
        reason: str = ""

    @task(persist_result=True)
    def load(folder: str):
        with open(Path(folder, "loads"), "a") as file:
            file.write("x")

    @flow(persist_result=True)
    def mark(folder: str):
        load(folder)
        answer = pause_flow_run(wait_for_input=Approval, timeout=90)
        assert answer.approved, answer.reason
        return answer.reason

    @flow
    async def waits(folder: str):
        load(folder)
        number = await suspend_flow_run(wait_for_input=int, timeout=90)
        Path(folder, "number").write_text(str(number + 1))

    @flow
    def submits(folder: str):
        running = wait.submit(folder)
        while running.state.is_pending():
            time.sleep(0.02)
        number = suspend_flow_run(wait_for_input=int, timeout=90)
        Path(folder, "number").write_text(str(number + 1))
        running.result()

    @task(persist_result=True)
    def wait(folder: str):
        with open(Path(folder, "waits"), "a") as file:
            file.write("x")
        while not Path(folder, "gate").exists():
            time.sleep(0.02)

    @flow
    def works(folder: str):
        load(folder)
        wait(folder)
        after(folder)

    @task
    def after(folder: str):
        Path(folder, "after").touch()
"""


@pytest.fixture
def lake(start_server, tmp_path):
    """A server with a worker, whose flows wait for people."""
    folder = tmp_path / "flows"
    folder.mkdir()
    (folder / "marks.py").write_text(dedent(FLOWS))
    found = Lake(start_server(), folder)
    with found.stack:
        found.worker("one")
        yield found


def test_a_run_pauses_in_its_process_until_it_is_given_what_it_asks_for(lake):
    """`inspect` says what that is; what does not fit is refused, and the run waits on."""
    run = lake.submit("mark")
    asked = lake.until(run, "Paused", "Failed")["state"]["details"]["input"]["schema"]
    assert asked["required"] == ["approved"]
    said = lake.command("flow-run", "inspect", run)
    assert "approved  boolean" in said
    assert 'string; "" by default' in said
    assert f"flow-run resume {run} --input approved=…" in said
    url = f"{lake.server.url}/api/flow-runs/{run}/resume"
    refused = lake.http.post(url, json={"input": {"approved": "perhaps"}})
    assert (refused.status_code, "approved" in refused.text) == (422, True)
    lake.post(f"flow-runs/{run}/resume", {"input": {"approved": True, "reason": "fine"}})
    found = lake.until(run, "Completed", "Failed")
    assert (found["state"]["name"], found["start"]) == ("Completed", 1)


def test_a_run_is_suspended_without_a_process_and_started_anew(lake):
    """With what it was given; the task that kept its result is not run again."""
    run = lake.submit("waits")
    lake.until(run, "Suspended", "Failed", "Crashed")
    [pool] = lake.http.get(f"{lake.server.url}/api/work-pools").json()
    wait_until(
        lambda: lake.http.get(f"{lake.server.url}/api/workers").json()[0]["running"] == 0,
        what="its process to be gone",
    )
    lake.post(f"flow-runs/{run}/resume", {"input": {"value": 41}})
    found = lake.until(run, "Completed", "Failed", "Crashed")
    assert (found["state"]["name"], found["start"]) == ("Completed", 2)
    assert (lake.marks / "number").read_text() == "42"
    assert (lake.marks / "loads").read_text() == "x"
    assert pool["running"] == 0


def test_tasks_at_work_end_before_their_flow_gives_up_its_process(lake):
    """It is Paused until then; started anew, it has what they returned."""
    lake.deploy("submits")
    run = lake.submit("submits")
    paused = lake.until(run, "Paused", "Suspended", "Failed", "Crashed")["state"]
    assert (paused["name"], paused["details"]["input"]["schema"]["type"]) == ("Paused", "object")
    (lake.marks / "gate").touch()
    lake.until(run, "Suspended", "Failed", "Crashed")
    lake.until_task(run, "wait", "Completed")
    lake.post(f"flow-runs/{run}/resume", {"input": {"value": 41}})
    found = lake.until(run, "Completed", "Failed", "Crashed")
    assert (found["state"]["name"], found["start"]) == ("Completed", 2)
    assert (lake.marks / "number").read_text() == "42"
    assert (lake.marks / "waits").read_text() == "x"


def test_a_flow_whose_tasks_are_at_work_is_resumed_in_its_process(lake):
    """Nothing is begun anew."""
    lake.deploy("submits")
    run = lake.submit("submits")
    lake.until(run, "Paused", "Suspended", "Failed", "Crashed")
    lake.post(f"flow-runs/{run}/resume", {"input": {"value": 41}})
    wait_until((lake.marks / "number").exists, what="it to go on")
    (lake.marks / "gate").touch()
    found = lake.until(run, "Completed", "Failed", "Crashed", "Suspended")
    assert (found["state"]["name"], found["start"]) == ("Completed", 1)


def test_a_run_that_nobody_has_begun_is_paused_and_resumed(lake):
    """It is not begun meanwhile."""
    lake.post("work-pools/lake", {"paused": True})
    run = lake.submit("waits")
    lake.post(f"flow-runs/{run}/pause")
    lake.post("work-pools/lake", {"paused": False})
    assert lake.run(run)["state"]["name"] == "Paused"
    lake.post(f"flow-runs/{run}/resume")
    lake.until(run, "Suspended")


def test_a_running_run_is_suspended_from_outside(lake):
    """Its process ends before its next task run; it is started anew when it is resumed."""
    run = begin_to_work(lake)
    lake.post(f"flow-runs/{run}/suspend")
    assert "Suspended by" in lake.until(run, "Paused")["state"]["message"]
    (lake.marks / "gate").touch()
    lake.until(run, "Suspended", "Crashed", "Failed", "Completed")
    assert not (lake.marks / "after").exists()
    lake.post(f"flow-runs/{run}/resume")
    found = lake.until(run, "Completed", "Crashed", "Failed")
    assert (found["state"]["name"], found["start"]) == ("Completed", 2)
    assert (lake.marks / "loads").read_text() == "x"


def begin_to_work(lake: Lake) -> str:
    """Return a run whose first task is over, and whose second waits for a file."""
    lake.deploy("works")
    run = lake.submit("works")
    wait_until((lake.marks / "loads").exists, what="it to have loaded")
    lake.until(run, "Running")
    return run


def test_a_running_run_is_paused_and_resumed_from_the_command_line(lake):
    """In its process: what runs is finished, and nothing else begins meanwhile."""
    run = begin_to_work(lake)
    assert "resume" in lake.command("flow-run", "pause", run)
    lake.until(run, "Paused", "Crashed", "Failed", "Completed")
    refused = lake.http.post(f"{lake.server.url}/api/flow-runs/{run}/pause")
    assert (refused.status_code, "is Paused" in refused.text) == (409, True)
    (lake.marks / "gate").touch()
    lake.until_task(run, "after", "Pending")
    assert not (lake.marks / "after").exists()
    lake.command("flow-run", "resume", run)
    found = lake.until(run, "Completed", "Crashed", "Failed")
    assert (found["state"]["name"], found["start"]) == ("Completed", 1)


def test_a_paused_run_is_suspended_and_cancelled(lake):
    """A process that only waits is given up, and nobody starts it anew."""
    run = begin_to_work(lake)
    lake.post(f"flow-runs/{run}/pause")
    lake.until(run, "Paused", "Crashed", "Failed", "Completed")
    (lake.marks / "gate").touch()
    lake.until_task(run, "after", "Pending")
    lake.post(f"flow-runs/{run}/suspend")
    lake.until(run, "Suspended", "Crashed", "Failed", "Completed")
    lake.post(f"flow-runs/{run}/cancel")
    assert lake.until(run, "Cancelled", "Cancelling")["start"] == 1
