"""Deployments in the hands of others: of workers, of runs with keys of their own, of servers."""

from __future__ import annotations

import os
from datetime import datetime, timedelta
from itertools import pairwise
from textwrap import dedent

from tests.integration.deployments.conftest import Seen
from tests.support.git import commit, make_repository
from tests.support.processes import peninsula, wait_until

NIGHTLY = """
    from peninsula import flow

    @flow
    def nightly(day: int):
        print("at", day)
        return day
"""


def test_a_flow_from_a_repository_is_run_by_a_worker(program, seen, server, tmp_path):
    """Each run clones it: the deployment itself has no code."""
    repository = make_repository(tmp_path / "flows")
    commit(repository, "etl.py", dedent(NIGHTLY))
    seen.post("work-pools", {"name": "lake", "type": "process"})
    deploying = program(
        f"""
        from peninsula import flow
        from peninsula.deployments import GitRepository

        source = GitRepository("file://{repository}", branch="main")
        found = flow.from_source(source, "etl.py:nightly")
        found.deploy("lake", work_pool_name="lake", parameters={{"day": 3}})
        """,
        "deploys.py",
    )
    assert deploying.wait() == 0, deploying.describe()
    of = seen.deployment("nightly/lake")
    assert (of["path"], of["pull_steps"][0]["step"]) == (None, "git_clone")
    env = {**os.environ, "PENINSULA_HOME": str(server.home)}
    with peninsula("worker", "start", "--pool", "lake", env=env, cwd=tmp_path):
        run = seen.until(seen.run(of, parameters={"day": 4}), "Completed", "Failed", "Crashed")
        assert run["state"]["name"] == "Completed", run["state"]
        assert run["parameters"] == {"day": 4}


def test_a_run_with_a_key_of_its_own_has_deployments_run(program, seen):
    """What it makes is below it, and it may ask how that is."""
    program(
        """
        from peninsula import flow, serve
        from peninsula.deployments import run_deployment

        @flow
        def child():
            return 1

        @flow
        def parent():
            return run_deployment("child/c", poll_interval=0.2).state.name

        if __name__ == "__main__":
            serve(parent.to_deployment("p"), child.to_deployment("c"))
        """
    )
    wait_until(lambda: seen.deployment("child/c"), what="the deployments")
    of = wait_until(lambda: seen.deployment("parent/p"), what="the deployments")
    run = seen.until(seen.run(of), "Completed", "Failed", "Crashed")
    assert run["state"]["name"] == "Completed", run["state"]
    (child,) = seen.get("flow-runs", flow="child")["items"]
    assert (child["parent"], child["state"]["name"]) == (run["id"], "Completed")


def test_a_server_that_is_killed_makes_each_run_once(program, seen, server):
    """Who serves waits for it; what was due meanwhile runs when it is back."""
    program(
        """
        from peninsula import flow

        @flow
        def often():
            return 1

        if __name__ == "__main__":
            often.serve("often", interval=1)
        """
    )
    of = wait_until(lambda: seen.deployment("often/often"), what="the deployment")

    def completed() -> list[dict[str, object]]:
        return seen.get("flow-runs", deployment=of["id"], state="COMPLETED")["items"]

    wait_until(lambda: completed() or None, what="a run")
    server.kill()
    server.start()
    before = len(completed())
    wait_until(lambda: len(completed()) > before + 2 or None, what="runs after it")
    found = seen.get("flow-runs", deployment=of["id"], limit=200, sort="expected")["items"]
    moments = [run["expected"] for run in found]
    assert len(set(moments)) == len(moments)
    seconds = {moment[:19] for moment in moments}
    assert len(seconds) == len(moments)


def test_two_servers_over_one_database_make_each_run_once(start_server, postgres_url, tmp_path):
    """Each schedules all there is, by a clock of its own; one of them is killed."""
    first = start_server(database_url=postgres_url)
    second = start_server(home=tmp_path / "second", database_url=postgres_url)
    seen = Seen(first)
    rule = {"rule": {"kind": "interval", "seconds": 1}}
    of = seen.post("deployments", {"flow": "etl", "name": "often", "schedules": [rule]})

    def runs(least: int) -> list[str] | None:
        found = seen.get("flow-runs", deployment=of["id"], limit=200)["items"]
        moments = [run["expected"] for run in found]
        return moments if len(moments) >= least else None

    before = wait_until(lambda: runs(4), what="runs")
    second.kill()
    moments = wait_until(lambda: runs(len(before) + 3), what="more runs")
    seen.http.close()
    ordered = sorted(datetime.fromisoformat(moment) for moment in moments)
    steps = {later - at for at, later in pairwise(ordered)}
    assert steps == {timedelta(seconds=1)}
