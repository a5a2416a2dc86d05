"""`flow.serve`: a program that has its flow run by the server, each run in a process."""

from __future__ import annotations

import os

import pytest

from tests.support.processes import python, wait_until

ETL = """
    import os
    from peninsula import flow, serve
    from peninsula.schedules import Interval

    @flow
    def etl(day: int = 1):
        print("ran", day, flush=True)
        return day

    @flow
    def dies():
        os._exit(3)

    if __name__ == "__main__":
        {call}
"""


def test_a_served_flow_runs_when_it_is_asked_for(program, seen):
    """In a process of its own, with the parameters that were asked for."""
    serving = program(ETL.format(call='etl.serve("nightly", tags=["lake"], parameters={"day": 2})'))
    of = wait_until(lambda: seen.deployment("etl/nightly"), what="the deployment")
    assert of["tags"] == ["lake"]
    assert of["parameter_schema"]["properties"]["day"]["type"] == "integer"
    run = seen.until(seen.run(of, parameters={"day": 7}), "Completed")
    assert (run["parameters"], run["start"]) == ({"day": 7}, 1)
    assert run["state"]["name"] == "Completed"
    assert serving.terminate() == 0, serving.describe()


def test_a_schedule_is_served_and_paused_at_the_end(program, seen):
    """Nobody would take the runs that it makes then."""
    serving = program(ETL.format(call='etl.serve("often", interval=1)'))
    of = wait_until(lambda: seen.deployment("etl/often"), what="the deployment")

    def completed() -> list[object]:
        found = seen.get("flow-runs", deployment=of["id"], state="COMPLETED")["items"]
        return found if len(found) > 1 else []

    wait_until(completed, what="two runs")
    assert serving.terminate() == 0, serving.describe()
    assert seen.deployment("etl/often")["paused"] is True


def test_several_are_served_together(program, seen):
    """One whose process ends without a word is Crashed, and the other goes on."""
    program(ETL.format(call='serve(etl.to_deployment("a"), dies.to_deployment("b"), limit=2)'))
    dying = wait_until(lambda: seen.deployment("dies/b"), what="the deployments")
    crashed = seen.until(seen.run(dying), "Crashed")
    assert "exit code 3" in crashed["state"]["message"]
    well = wait_until(lambda: seen.deployment("etl/a"), what="the deployments")
    seen.until(seen.run(well), "Completed")


def test_a_program_that_serves_at_its_top_runs_all_the_same(program, seen):
    """The process of a run imports it, and serves nothing."""
    program(
        """
        from peninsula import flow

        @flow
        def etl():
            return 1

        etl.serve("top")
        """
    )
    of = wait_until(lambda: seen.deployment("etl/top"), what="the deployment")
    seen.until(seen.run(of), "Completed")


def test_a_flow_of_a_backfill_knows_the_moment_that_it_is_for(program, seen):
    """By its parameter, and by the runtime; the run is due now."""
    program(
        """
        from peninsula import flow
        from peninsula.runtime import flow_run

        @flow
        def etl(day: str):
            print("for", day, flow_run.scheduled_start_time.isoformat(), flush=True)

        if __name__ == "__main__":
            etl.serve("days", cron="@daily", parameters={"day": "x"})
        """
    )
    of = wait_until(lambda: seen.deployment("etl/days"), what="the deployment")
    span = {"start": "2026-02-01T00:00:00Z", "end": "2026-02-02T00:00:00Z", "parameter": "day"}
    (run,) = seen.post(f"deployments/{of['id']}/backfill", span)["runs"]
    ended = seen.until(run, "Completed", "Failed")
    assert ended["expected"] == "2026-02-01T00:00:00Z"
    said = "for 2026-02-01T00:00:00+00:00 2026-02-01T00:00:00+00:00"

    def told() -> bool:
        found = seen.get(f"flow-runs/{run}/logs", limit=200)["items"]
        return said in [line["message"] for line in found]

    wait_until(told, what="what it printed")  # which is told when its process is over


def test_a_served_run_is_cancelled_and_the_others_go_on(program, seen):
    """Its process is interrupted where it waits."""
    serving = program(
        """
        import time
        from peninsula import flow

        @flow
        def waits(seconds: int = 0):
            time.sleep(seconds)

        if __name__ == "__main__":
            waits.serve("long", limit=2)
        """
    )
    of = wait_until(lambda: seen.deployment("waits/long"), what="the deployment")
    run = seen.run(of, parameters={"seconds": 600})
    seen.until(run, "Running")
    seen.post(f"flow-runs/{run}/cancel")
    seen.until(run, "Cancelled")
    seen.until(seen.run(of), "Completed")
    assert serving.terminate() == 0, serving.describe()


def test_a_resumed_run_does_not_wait_for_the_process_that_gave_it_up(program, seen, tmp_path):
    """Each start is a process of its own, and the end of the first is not that of the second."""
    program(
        """
        import atexit, os, time
        from pathlib import Path
        from peninsula import flow, suspend_flow_run

        def wait(path):
            while not Path(path).exists():
                time.sleep(0.05)

        @flow
        def etl(folder: str):
            stays = atexit.register(lambda: (wait(f"{folder}/let-go"), os._exit(3)))
            suspend_flow_run(key="approval")
            atexit.unregister(stays)
            Path(folder, "again").touch()
            wait(f"{folder}/go-on")

        if __name__ == "__main__":
            etl.serve("nightly")
        """
    )
    of = wait_until(lambda: seen.deployment("etl/nightly"), what="the deployment")
    run = seen.run(of, parameters={"folder": str(tmp_path)})
    seen.until(run, "Suspended")
    seen.post(f"flow-runs/{run}/resume")
    wait_until((tmp_path / "again").exists, what="the second start")
    (tmp_path / "let-go").touch()
    wait_until(lambda: any("exit code 3" in line for line in seen.lines(run)), what="the first end")
    (tmp_path / "go-on").touch()
    assert seen.until(run, "Completed", "Crashed")["state"]["name"] == "Completed"


WAITS = """
    import os, time
    from pathlib import Path
    from peninsula import flow

    @flow
    def waits(path: str):
        os.write(1, b"it waits\\n")
        while not Path(path).exists():
            time.sleep(0.05)
        os.write(1, b"it went on\\n")

    if __name__ == "__main__":
        waits.serve("long")
"""


@pytest.fixture
def killed(program, seen, tmp_path):
    """A run whose serving program was killed with -9 while it was at work; how it may go on."""
    serving = program(WAITS)
    of = wait_until(lambda: seen.deployment("waits/long"), what="the deployment")
    go_on = tmp_path / "go-on"
    run = seen.run(of, parameters={"path": str(go_on)})
    seen.until(run, "Running")
    wait_until(lambda: "it waits" in seen.lines(run), what="what it printed")
    serving.kill()
    return run, go_on


def is_told(seen, server, run):
    """Wait until what became of a run's process is told, and nothing of it is left."""
    wait_until(lambda: "it went on" in seen.lines(run), what="the rest of what it printed")
    assert seen.lines(run).count("it waits") == 1

    def exits():
        events = seen.get("events", run=run, limit=200)["items"]
        return [one["event"] for one in events].count("peninsula.process.exited") == 1

    wait_until(exits, what="the exit of its process")
    wait_until(lambda: run not in str(list((server.home / "served").rglob("*"))), what="its end")


def test_a_killed_program_leaves_its_runs_to_the_next_that_serves(program, seen, server, killed):
    """It watches over the process, and tells its end and what it printed until then."""
    run, go_on = killed
    serving = program(ETL.format(call='etl.serve("nightly")'))
    wait_until(lambda: any("back" in line for line in seen.lines(run)), what="the next program")
    go_on.touch()
    seen.until(run, "Completed")
    is_told(seen, server, run)
    assert serving.terminate() == 0, serving.describe()
    assert [path for path in (server.home / "served").rglob("*") if path.is_file()] == []


def test_what_a_killed_program_left_is_told_by_the_next_worker(seen, server, killed, tmp_path):
    """Also of a process that has ended meanwhile, of which nobody knows how."""
    run, go_on = killed
    go_on.touch()
    seen.until(run, "Completed")
    env = {**os.environ, "PENINSULA_HOME": str(server.home)}
    arguments = ("-m", "peninsula", "worker", "start", "--pool", "lake", "--type", "process")
    with python(*arguments, env=env, cwd=tmp_path):
        is_told(seen, server, run)
