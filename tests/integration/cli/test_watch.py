"""Following and cancelling runs that go on, with a server."""

from __future__ import annotations

import json

import pytest

from tests.integration.cli.conftest import Cli
from tests.support.processes import Program, peninsula
from tests.support.server import Server

FLOW = """
import sys, time
from pathlib import Path
from peninsula import flow, task, get_run_logger
from peninsula.journal import emitter

gate = Path(sys.argv[1])

@task
def step(n):
    get_run_logger().warning("step %s", n)
    return n

@task
def last(fail):
    if fail:
        raise ValueError("no rows")

@flow(flow_run_name="gated")
def gated(fail: bool):
    step.map(range(6)).result()
    assert emitter.current().flush()  # so the server knows of it
    print("waiting", flush=True)
    while not gate.exists():
        time.sleep(0.01)
    last(fail)

gated(sys.argv[2] == "fail")
"""


def start(*arguments: str) -> Program:
    """Start a command that goes on."""
    return peninsula("flow-run", *arguments)


@pytest.mark.parametrize(("how", "code"), [("pass", 0), ("fail", 1)])
def test_watch_ends_with_the_run_and_tells_how(
    server: Server, run_script, tmp_path, how: str, code: int
):
    """Without a terminal each end is a line; the exit code is that of the last state."""
    assert server.url
    gate = tmp_path / "gate"
    script = run_script(FLOW, str(gate), how)
    script.wait_for_line("waiting")
    with start("watch", "gated", "--logs") as watch:
        watch.wait_for_line("● Running  gated / gated")
        watch.wait_for_line("step 5")
        gate.touch()
        assert watch.wait() == code
        assert "✓ Completed  gated / gated" in watch.output or code
        assert ("ValueError: no rows" in watch.output) == bool(code)


def test_watch_as_json_tells_each_change(server: Server, run_script, tmp_path):
    """A line for each run and each of its states that was seen; the last one is the run's end."""
    assert server.url
    gate = tmp_path / "gate"
    script = run_script(FLOW, str(gate), "pass")
    script.wait_for_line("waiting")
    with start("watch", "gated", "--json") as watch:
        watch.wait_for_line('"gated"')
        gate.touch()
        watch.succeed()
        told = [json.loads(line) for line in watch.lines]
    assert (told[-1]["name"], told[-1]["state"]["type"]) == ("gated", "COMPLETED")
    assert {run["task"] for run in told} == {None, "step", "last"}


def test_watch_goes_on_when_the_server_was_away(server: Server, run_script, tmp_path):
    """The gap is said on stderr, and the end is seen."""
    gate = tmp_path / "gate"
    script = run_script(FLOW, str(gate), "pass")
    script.wait_for_line("waiting")
    with start("watch", "gated") as watch:
        watch.wait_for_line("● Running")
        server.kill()
        watch.wait_for_line(server.url)
        server.start()
        gate.touch()
        assert watch.wait() == 0


def test_logs_are_followed_until_the_run_ends(server: Server, run_script, tmp_path):
    """Each line comes once."""
    assert server.url
    gate = tmp_path / "gate"
    script = run_script(FLOW, str(gate), "fail")
    script.wait_for_line("waiting")
    with start("logs", "gated", "--follow", "--json", "--level", "warning") as logs:
        logs.wait_for_line("step 5")
        gate.touch()
        logs.succeed()
        told = [json.loads(line)["message"].split("\n")[0] for line in logs.lines]
    steps = [message for message in told if message.startswith("step")]
    assert sorted(steps) == [f"step {n}" for n in range(6)]
    assert any("no rows" in message for message in told)


def test_a_run_is_cancelled_and_then_deleted(server: Server, run_script, tmp_path, cli: Cli):
    """Its process hears of it and ends; what is over can be deleted, what is not cannot."""
    assert server.url
    script = run_script(FLOW, str(tmp_path / "gate"), "pass")
    script.wait_for_line("waiting")
    refused = cli("flow-run", "delete", "gated", "--yes")
    assert (refused.code, refused.out) == (1, "")
    done = cli("flow-run", "cancel", "gated", "--message", "wrong day")
    assert done.code == 0
    assert "gated / gated" in done.out
    script.wait()
    run = cli("flow-run", "inspect", "gated", "--json").json
    assert run["state"]["type"] == "CANCELLED"
    assert "wrong day" in run["state"]["message"]
    deleted = cli("flow-run", "delete", "gated", "--yes", "--json")
    assert deleted.json == {"deleted": run["id"]}
    assert cli("flow-run", "ls", "--json").json == []
