"""`peninsula demo`: a history that was lived through, served beside the user's own home."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import urllib.request
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from peninsula.core.home import Home
from peninsula.testing.told import told_events, told_runs
from tests.support import nursery
from tests.support.processes import Program, python, wait_until

LIVE = """
import asyncio, sys
from datetime import UTC, datetime
from pathlib import Path
from peninsula.demo.filling import prepare
from peninsula.demo.home import keep_apart
from peninsula.demo.history import Homes, live_through
home = Path(sys.argv[1])
keep_apart(home)
asyncio.run(prepare(home))
until = datetime(2026, 3, 4, 15, 30, tzinfo=UTC)
live_through(Homes(home, home / "killed", home / "running"), until, int(sys.argv[2]))
"""


class Demo:
    """A demo in a user's home of its own."""

    def __init__(self, folder: Path) -> None:
        self.user = folder
        self.home = folder / ".cache" / "peninsula" / "demo"
        self.env = {
            **{name: value for name, value in os.environ.items() if "PENINSULA_" not in name},
            "HOME": str(folder),
            "PENINSULA_HOME": str(folder / ".peninsula"),
            "PENINSULA_DATABASE_URL": "postgresql://nobody.invalid/production",
        }
        self.env.pop("XDG_CACHE_HOME", None)

    def run(self, *options: str) -> subprocess.CompletedProcess[str]:
        """Run the command to its end."""
        return subprocess.run(
            [sys.executable, "-m", "peninsula", "demo", *options],
            env=self.env,
            capture_output=True,
            text=True,
            check=False,
            timeout=100,
        )

    def ask(self, *arguments: str) -> Any:
        """Ask a command about the demo's home."""
        return json.loads(self._asked(*arguments))

    def lines(self, *arguments: str) -> list[Any]:
        """Ask a command that answers line by line."""
        return [json.loads(line) for line in self._asked(*arguments).splitlines()]

    def _asked(self, *arguments: str) -> str:
        env = {**self.env, "PENINSULA_HOME": str(self.home), "PENINSULA_DATABASE_URL": ""}
        done = nursery.run([*arguments, "--json"], stdin="", env=env, cwd=None, timeout=60)
        done.check_returncode()
        return done.stdout

    def serve(self, *options: str) -> Program:
        """Serve it at any port."""
        return python("-m", "peninsula", "demo", "--port", "0", *options, env=self.env)

    @property
    def token(self) -> str:
        """What the server wants to see."""
        return (self.home / "token").read_text().strip()


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Demo:
    """A demo that was made: tests of this module read it."""
    made = Demo(tmp_path_factory.mktemp("user"))
    done = made.run("--no-serve", "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["made"]
    return made


@pytest.fixture(scope="module")
def runs(demo: Demo) -> list[dict[str, Any]]:
    """Its flow runs."""
    return demo.ask("flow-run", "ls", "-n", "5000")


@pytest.fixture(scope="module")
def tasks(demo: Demo) -> list[dict[str, Any]]:
    """Its task runs."""
    return demo.ask("task-run", "ls", "-n", "20000")


def of(runs: list[dict[str, Any]], state: str, says: str = "") -> list[dict[str, Any]]:
    """Return the runs in that state whose message says that."""
    return [
        run
        for run in runs
        if run["state"]["name"] == state and says in (run["state"].get("message") or "")
    ]


# --- what is in it -------------------------------------------------------------------------------


def test_a_dozen_flows_ran_hundreds_of_times_and_ended_in_every_way(runs: list[dict[str, Any]]):
    """Most completed, as in life."""
    states = Counter(run["state"]["name"] for run in runs)
    assert set(states) == {
        "Cancelled",
        "Completed",
        "Crashed",
        "Failed",
        "Running",
        "Scheduled",
        "TimedOut",
    }
    assert states["Completed"] > 1_000
    assert len({run["flow"] for run in runs}) > 12


def test_what_was_never_over_is_there_in_its_state(demo: Demo, runs: list[dict[str, Any]]):
    """One flow runs; what schedules make next is to be, but for the paused one's; two runs wait."""
    (running,) = of(runs, "Running")
    assert running["flow"] == "stream-clicks"
    next_ = {run["flow"] for run in of(runs, "Scheduled") if run["expected"] > running["started"]}
    deployed = demo.ask("deployment", "ls")
    at_work = {each["flow"] for each in deployed if each["schedules"] and not each["paused"]}
    assert next_ == {*at_work, "backfill-sessions"}
    assert [each["flow"] for each in deployed if each["paused"]] == ["erase-customers"]


def test_runs_of_deployments_were_scheduled_taken_by_a_worker_and_run_in_pods(
    demo: Demo, runs: list[dict[str, Any]]
):
    """The story of one that was killed is told from its schedule to the end of its pod."""
    killed = of(runs, "Crashed", "OOMKilled")[0]
    events = demo.ask("event", "ls", "--run", killed["id"], "-n", "100")
    told = {event["event"].removeprefix("peninsula.") for event in events}
    assert {name for name in told if not name.startswith(("call.", "task-run."))} == {
        "flow-run.scheduled",
        "flow-run.pending",
        "kubernetes.pod.scheduled",
        "kubernetes.pod.started",
        "flow-run.running",
        "kubernetes.pod.oom-killed",
        "flow-run.crashed",
    }
    assert killed["deployment"] is not None


def test_tasks_were_retried_mapped_and_run_in_subflows(
    runs: list[dict[str, Any]], tasks: list[dict[str, Any]]
):
    """Trees are as the flows make them."""
    assert any(task["attempts"] > 1 and task["state"]["name"] == "Completed" for task in tasks)
    assert any(task["name"] == "clean_orders-5" for task in tasks)
    assert any(run["parent"] and run["flow"] == "check-quality" for run in runs)


@pytest.mark.parametrize(
    ("state", "says"),
    [
        ("Failed", "password authentication failed"),
        ("Failed", "503 Service Unavailable"),
        ("Failed", "NoSuchKey: s3://"),
        ("Failed", "KeyError: 'amount'"),
        ("Cancelled", "Cancelled by ada"),
        ("Crashed", "OOMKilled"),
        ("Crashed", "evicted"),
        ("Crashed", "without a word"),
    ],
)
def test_each_cause_has_a_flow_run(runs: list[dict[str, Any]], state: str, says: str):
    """Whatever a page has to explain is there."""
    assert of(runs, state, says)


def test_its_last_day_has_a_failure_with_a_known_cause_and_one_that_is_over(demo: Demo):
    """Whatever the time is when it is made: the overview shows a day."""
    day = demo.ask("flow-run", "ls", "--since", "24h", "-n", "500")
    ends = {
        flow: [run for run in day if run["flow"] == flow and run["state"]["type"] != "SCHEDULED"]
        for flow in ("ingest-payments", "fetch-weather")
    }
    assert "certificate" in ends["ingest-payments"][0]["state"]["message"]
    states = [run["state"]["name"] for run in ends["fetch-weather"]]
    assert states[0] == "Completed"
    assert "Failed" in states
    said = demo.ask("why", ends["ingest-payments"][0]["id"])
    assert "https.certificate.expired" in json.dumps(said)


def test_a_slow_service_makes_tasks_run_out_of_time(tasks: list[dict[str, Any]]):
    """Their timeout is the engine's, in a time that was leapt through."""
    assert of(tasks, "TimedOut", "timeout of 90 s")


def test_a_failure_follows_the_call_and_that_the_credential(demo: Demo):
    """From the failed state the log leads to what was wrong."""
    events = demo.ask("event", "ls", "-n", "20000")
    by_id = {event["id"]: event for event in events}

    def chain(event: dict[str, Any]) -> list[str]:
        names = [event["event"]]
        while event.get("follows"):
            event = by_id[event["follows"]]
            names.append(event["event"])
        return names

    chains = {tuple(chain(event)) for event in events}
    call = "peninsula.call.sql-database.execute.failed"
    assert ("peninsula.task-run.failed", call, "postgresql.credential.expired") in chains
    for end in ("evicted", "oom-killed"):
        assert ("peninsula.flow-run.crashed", f"peninsula.kubernetes.pod.{end}") in chains


def test_runs_that_fail_log_where_they_failed(demo: Demo, runs: list[dict[str, Any]]):
    """The traceback shows the flow's own code."""
    failed = of(runs, "Failed", "KeyError: 'amount'")[0]
    lines = demo.lines("flow-run", "logs", failed["id"])
    assert {line["level"] for line in lines} >= {20, 40}
    assert any("in sum_spend" in line["message"] for line in lines)


def test_runs_leave_artifacts_and_there_are_variables(demo: Demo):
    """Tables, texts, links and progress."""
    kinds = {each["kind"] for each in demo.ask("artifact", "ls", "-n", "500")}
    assert kinds == {"link", "markdown", "progress", "table"}
    assert len(demo.ask("variable", "ls")) == 3


def test_its_blocks_know_what_runs_did_with_them(demo: Demo):
    """With the credentials nested in them, whose secrets are masked."""
    blocks = {f"{each['type']}/{each['name']}": each for each in demo.ask("block", "ls")}
    assert {"s3-bucket/lake", "aws-credentials/lake-writer", "sql-database/warehouse"} <= {*blocks}
    for name in ("sql-database/warehouse", "database-credentials/warehouse-loader"):
        id_ = blocks[name]["id"]
        found = demo.ask("impact", f"peninsula.block-document.{id_}", "--since", "8d")
        assert found["failed"]
        assert found["passed"]
    assert blocks["aws-credentials/lake-writer"]["data"]["aws_secret_access_key"] == "********"


# --- how it is made and served -------------------------------------------------------------------


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Three histories until one moment: two of one seed, one of another."""
    folder = tmp_path_factory.mktemp("lived")
    homes = [folder / name for name in ("one", "same", "other")]
    for home, seed in zip(homes, ("1", "1", "2"), strict=True):
        command = [sys.executable, "-c", LIVE, str(home), seed]
        subprocess.run(command, check=True, timeout=100)
    return homes


def story(home: Path) -> list[tuple[str, ...]]:
    """Return what took place in a home, without ids."""
    runs = told_runs(Home(home))
    events = told_events(Home(home))
    return sorted(
        # Of a pod's death the watcher of the cluster tells; the run's own journal is elsewhere.
        [(run.name, *run.states, run.message) for run in runs if run.folded.born is not None]
        + [(each.event.event, str(each.event.occurred)) for each in events]
    )


@pytest.mark.timeout(400)
def test_the_same_seed_gives_the_same_history(lived: list[Path]):
    """Names, states, messages and moments are the same; ids are not."""
    one, same, other = map(story, lived)
    assert one == same
    assert one != other


def test_what_is_there_is_served_until_ctrl_c_and_the_users_home_is_left_alone(demo: Demo):
    """Also with settings of the user's that name another database."""
    with demo.serve() as served:
        url = served.wait_for_line("serves http://").split()[2].rstrip(",")
        assert "Found" in served.output
        request = urllib.request.Request(
            f"{url}/api/flow-runs?limit=3", headers={"Authorization": f"Bearer {demo.token}"}
        )
        with urllib.request.urlopen(request, timeout=30) as answer:
            assert len(json.loads(answer.read())["items"]) == 3
        os.kill(served.pid, signal.SIGINT)
        assert served.wait() == 0, served.output
    assert "Traceback" not in served.output
    assert not (demo.user / ".peninsula").exists()


def test_the_run_that_is_not_over_can_be_cancelled(tmp_path: Path, demo: Demo):
    """Its process is the demo's, as long as it serves."""
    other = Demo(tmp_path)
    shutil.copytree(demo.home, other.home)
    with other.serve() as served:
        served.wait_for_line("Ctrl-C")
        other.ask("flow-run", "cancel", "clicks-live")
        wait_until(
            lambda: other.ask("flow-run", "inspect", "clicks-live")["state"]["name"] == "Cancelled",
            what="the run to be cancelled",
        )


def test_runs_that_are_to_be_wait_in_no_process(runs: list[dict[str, Any]]):
    """No process that falls silent has them presumed crashed; the one that runs is in one."""
    assert {run["process"] for run in of(runs, "Scheduled")} == {None}
    assert of(runs, "Running")[0]["process"] is not None


def test_while_it_is_served_workers_are_online_but_one_whose_runs_are_late(
    tmp_path: Path, demo: Demo
):
    """Their heartbeats are the demo's; nobody takes what waits at the pool of the third."""
    other = Demo(tmp_path)
    shutil.copytree(demo.home, other.home)
    with other.serve() as served:
        served.wait_for_line("Ctrl-C")
        wait_until(
            lambda: (
                {each["name"]: each["status"] for each in other.ask("worker", "ls")}
                == {"batch-1": "online", "edge-1": "offline", "prod-eu-1": "online"}
            ),
            what="two workers to be online, and one not",
            timeout=90,
        )
        pools = {each["name"]: each["late"] for each in other.ask("work-pool", "ls")}
        assert pools == {"edge": 2, "hosts": 0, "prod-eu": 0}


def test_a_server_on_the_demos_home_speaks_for_the_run_that_is_not_over(tmp_path: Path, demo: Demo):
    """As the demo's own does: its process renews its lease, and answers who cancels it."""
    other = Demo(tmp_path)
    shutil.copytree(demo.home, other.home)
    settings = {"PENINSULA_HOME": str(other.home), "PENINSULA_DATABASE_URL": ""}
    start = ("-m", "peninsula", "server", "start", "--port", "0")
    with python(*start, env={**other.env, **settings}) as served:
        served.wait_for_line("serves http://")
        other.ask("flow-run", "cancel", "clicks-live")
        wait_until(
            lambda: other.ask("flow-run", "inspect", "clicks-live")["state"]["name"] == "Cancelled",
            what="the run to be cancelled",
        )


@pytest.mark.parametrize("name", ["demo", "demo [1]"])
def test_ctrl_c_while_it_is_made_leaves_nothing(tmp_path: Path, name: str):
    """A history is there when it is whole, or not at all; nor is the key of its secrets."""
    cache = tmp_path / "cache"
    command = ("-m", "peninsula", "demo", "--no-serve", "--home", str(cache / name))
    with python(*command, env=Demo(tmp_path).env) as making:
        wait_until(lambda: list(cache.glob(".demo*.key")), what="the key")
        wait_until(lambda: list(cache.glob(".demo*/journal")), what="the first journal")
        os.kill(making.pid, signal.SIGINT)
        assert making.wait() == 130, making.output
    assert "Traceback" not in making.output
    assert list(cache.iterdir()) == []


def test_a_demo_that_is_served_is_not_made_anew(demo: Demo):
    """Its server would lose its database."""
    with demo.serve() as served:
        served.wait_for_line("Ctrl-C")
        done = demo.run("--fresh", "--no-serve")
        assert done.returncode == 1
        assert "is being served" in done.stderr


def test_a_folder_that_is_no_demo_is_left_alone(tmp_path: Path):
    """Neither is it filled, nor with --fresh removed."""
    (tmp_path / "thesis.txt").write_text("all of it")
    done = Demo(tmp_path).run("--home", str(tmp_path), "--no-serve", "--fresh")
    assert done.returncode == 1
    assert "holds no demo" in done.stderr
    assert [each.name for each in tmp_path.iterdir() if each.is_file()] == ["thesis.txt"]
