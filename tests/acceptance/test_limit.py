"""A journal that is full: the flow succeeds, and its history says what is missing."""

from __future__ import annotations

import json
import subprocess
import sys
from textwrap import dedent

FLOW = dedent("""
    from peninsula import emit_event, flow, get_run_logger, task

    @task
    def tell(number):
        emit_event("test.told", "s3://lake/x", payload={"pad": "x" * 2_000})
        get_run_logger().info("line %d %s", number, "y" * 500)
        return number

    @flow
    def etl():
        return sum(tell.map(range(500)).result())

    print(etl())
""")


def ask(*arguments: str) -> list[dict[str, object]]:
    """Run a command, and return what it says."""
    command = [sys.executable, "-m", "peninsula", *arguments, "--json"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    found: list[dict[str, object]] = json.loads(done.stdout)
    return found


def test_a_flow_that_succeeded_is_completed_though_its_journal_was_full(run_script):
    """An event says how many of what were dropped; tasks whose ends are among these say so."""
    program = run_script(FLOW, env={"PENINSULA_JOURNAL_LIMIT_MB": "0.5"})
    assert "124750" in program.succeed()
    (run,) = ask("flow-run", "ls")
    assert run["state"]["name"] == "Completed"
    (dropped,) = ask("event", "ls", "--name", "peninsula.process.records-dropped")
    counts = dropped["payload"]["dropped"]
    assert counts["log"] > 0
    assert counts["state"] > 0
