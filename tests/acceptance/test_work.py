"""Many runs at once on process workers, and whatever is killed in the middle."""

from __future__ import annotations

import os
import signal
from contextlib import ExitStack
from pathlib import Path
from textwrap import dedent

import pytest

from tests.support.lake import Lake
from tests.support.processes import wait_until

FLOWS = """
    import os, time
    from pathlib import Path
    from peninsula import flow, runtime

    @flow
    def mark(folder: str):
        with open(Path(folder, runtime.flow_run.id), "a") as file:
            file.write("x")

    @flow
    def waits(folder: str):
        mark.fn(folder)
        gate = Path(folder, "gate")
        while not gate.exists():
            time.sleep(0.02)
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where the flows are."""
    (tmp_path / "flows").mkdir()
    (tmp_path / "flows" / "marks.py").write_text(dedent(FLOWS))
    return tmp_path / "flows"


@pytest.fixture
def open_lake(start_server, folder):
    """Open a server with a pool, on any database."""
    with ExitStack() as stack:

        def opened(**options) -> Lake:
            found = Lake(start_server(**options), folder)
            stack.enter_context(found.stack)
            return found

        yield opened


@pytest.mark.timeout(500)
def test_many_runs_at_once_are_each_run_once_though_a_worker_is_killed(open_lake, database_url):
    """None is lost and none is run twice: those that it had claimed go to the other."""
    lake = open_lake(database_url=database_url)
    wanted = 100 if database_url.startswith("sqlite") else 30
    runs = [lake.submit() for _ in range(wanted)]
    first, _ = lake.worker("one", "--limit", "4"), lake.worker("two", "--limit", "4")
    wait_until(lambda: len(list(lake.marks.iterdir())) > wanted / 5, timeout=90, what="some runs")
    first.kill()
    done = {"Completed": wanted}
    wait_until(lambda: lake.states() == done, timeout=400, what=f"{wanted} runs to complete")
    marks = {path.name: path.read_text() for path in lake.marks.iterdir()}
    assert marks == dict.fromkeys(runs, "x")


def test_a_run_outlives_the_server(open_lake):
    """Killed in the middle and started again: the run goes on, and is Completed there."""
    lake = open_lake()
    lake.worker("one")
    run = lake.submit("waits")
    lake.until(run, "Running")
    lake.server.kill()
    (lake.marks / "gate").touch()
    lake.server.start()
    lake.until(run, "Completed")
    assert (lake.marks / run).read_text() == "x"
    # The worker asks again by itself.
    lake.until(lake.submit(), "Completed")


def test_a_run_whose_process_is_killed_is_crashed_and_can_be_tried_again(open_lake):
    """Once it is, with the next start."""
    lake = open_lake()
    lake.worker("one")
    run = lake.submit("waits")
    lake.until(run, "Running")
    said = lake.http.get(
        f"{lake.server.url}/api/events",
        params={"run": run, "name": "peninsula.process.started"},
    )
    [started] = said.json()["items"]

    os.kill(started["payload"]["pid"], signal.SIGKILL)
    assert lake.until(run, "Crashed")["state"]["message"] == "The process was killed by SIGKILL."
    (lake.marks / "gate").touch()
    lake.post(f"flow-runs/{run}/retry")
    assert lake.until(run, "Completed")["start"] == 2
    assert (lake.marks / run).read_text() == "xx"
