"""Process workers: what they start, what they tell of it, and what they leave when they end."""

from __future__ import annotations

import logging
import os
import shlex
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from peninsula.core.work import COMMAND, UNREACHED
from tests.support.processes import Program, peninsula, wait_until


@pytest.fixture
def start_worker(runs) -> Iterator[Callable[..., Program]]:
    """Start workers of the pool; all of them end with the test."""
    with ExitStack() as stack:

        def start(*options: str, name: str = "one", line: str = "serves the work pool") -> Program:
            arguments = ("worker", "start", "--pool", "lake", "--name", name)
            options = ("--type", "process", *options)
            worker = stack.enter_context(peninsula(*arguments, *options, cwd=runs.folder))
            worker.wait_for_line(line)
            return worker

        yield start


@pytest.fixture
def worker(start_worker) -> Program:
    """One worker, which has made its pool."""
    return start_worker()


@pytest.fixture
def pool(runs, worker):
    """Its pool."""
    return runs.get("work-pools/lake")["id"]


def submit(runs, pool, flow: str = "etl", **more):
    """A run that is due now, in that pool."""
    from uuid import UUID  # noqa: PLC0415  for this helper

    return runs.submit(flow, UUID(pool), **more)


def test_a_run_that_is_due_is_run(runs, pool):
    """The worker says in its log that it has claimed it, and in events what its process was."""
    run = submit(runs, pool, parameters={"day": 2})
    runs.until(run, "Completed")

    def told() -> list[str]:
        return [event["event"] for event in runs.events(run)]

    wait_until(lambda: "peninsula.process.exited" in told(), what="the exit to be told")
    names = [name for name in told() if "process." in name]
    assert names == [f"peninsula.process.{part}" for part in ("created", "started", "exited")]
    [exited] = [e for e in runs.events(run) if e["event"] == "peninsula.process.exited"]
    assert exited["payload"]["code"] == 0
    assert exited["payload"]["peak_memory"] > 1 << 20
    assert exited["resource"]["id"] == f"peninsula.process.{runs.run(run)['process']}"
    said = runs.lines(run)
    claimed = [text for logger, text in said if logger == "peninsula.worker"]
    assert claimed[0].startswith('Worker "one" of work pool "lake" has claimed start 1')


def test_what_a_process_prints_is_in_the_log_and_what_the_engine_logs_is_there_once(runs, pool):
    """Also what a program prints that the flow calls."""
    run = submit(runs, pool, "talks")
    runs.until(run, "Completed")
    wait_until(
        lambda: ("peninsula.process", "from a program") in runs.lines(run), what="the output"
    )
    said = runs.lines(run)
    assert ("peninsula.process", "from python") in said
    assert sum('Flow "talks" starts.' in text for _, text in said) == 1


def test_a_secret_that_a_run_prints_is_masked_in_its_log(runs, pool):
    """Its process knows the secret, and its worker does not."""
    run = submit(runs, pool, "whispers")
    runs.until(run, "Completed")
    wait_until(
        lambda: any(text.startswith("the password is") for _, text in runs.lines(run)),
        what="the output",
    )
    assert "hunter2" not in str(runs.lines(run))


def test_what_a_killed_process_had_logged_and_printed_is_in_the_log_once(runs, pool):
    """Its journal and the file of its output outlive it."""
    run = submit(runs, pool, "logs_and_dies")
    runs.until(run, "Crashed")
    wanted = [*(f"word {number}" for number in range(300)), "the last word"]

    def said() -> list[str]:
        return [text for _, text in runs.lines(run) if "word" in text]

    wait_until(lambda: len(said()) >= len(wanted), what="all that it said")
    assert sorted(said()) == sorted(wanted)


@pytest.mark.parametrize(
    ("flow", "message", "payload"),
    [
        ("dies", "The process was killed by SIGKILL.", {"signal": "SIGKILL"}),
        ("leaves", "The process ended with exit code 3.", {"code": 3}),
        ("leaves_as_unreached", "The process ended with exit code 75.", {"code": UNREACHED}),
    ],
)
def test_a_run_whose_process_ends_without_a_word_is_crashed(runs, pool, flow, message, payload):
    """At once, by its exit, which the state follows."""
    run = submit(runs, pool, flow)
    found = runs.until(run, "Crashed")
    assert found["state"]["message"] == message
    wait_until(
        lambda: any(e["event"] == "peninsula.process.exited" for e in runs.events(run)),
        what="the exit to be told",
    )
    events = {event["event"]: event for event in runs.events(run)}
    exited = events["peninsula.process.exited"]
    assert exited["payload"].items() >= payload.items()
    assert events["peninsula.flow-run.crashed"]["follows"] == exited["id"]
    assert exited["follows"] == events["peninsula.process.started"]["id"]
    claimed = events["peninsula.flow-run.pending"]["id"]
    assert events["peninsula.process.created"]["follows"] == claimed
    why = runs.get(f"flow-runs/{run}/why")
    assert why["cause"] == exited["id"]
    assert why["suspects"][0]["strength"] == "linked"
    chain = [event["event"] for event in why["chain"]]
    assert chain == ["peninsula.flow-run.crashed", "peninsula.process.exited"]


def test_a_program_that_is_not_there_crashes_the_run_with_what_to_mend(runs, pool):
    """Before anything runs."""
    run = submit(runs, pool, job_variables={"command": "/no/such/python"})
    found = runs.until(run, "Crashed")
    assert "could not be started" in found["state"]["message"]
    assert "`command`" in found["state"]["message"]


@pytest.mark.parametrize("as_words", [True, False])
def test_a_command_is_a_list_of_words_or_a_line(runs, pool, as_words):
    """Started in place of what the worker would start."""
    words = [sys.executable, *COMMAND]
    run = submit(
        runs, pool, "quick", job_variables={"command": words if as_words else shlex.join(words)}
    )
    assert runs.until(run, "Completed", "Crashed")["state"]["name"] == "Completed"


def test_a_cancelled_run_is_ended_by_its_engine(runs, pool):
    """The worker only watches, and has no failure to tell of."""
    run = submit(runs, pool, "waits", parameters={"path": "/no/such/file"})
    runs.until(run, "Running")
    runs.post(f"flow-runs/{run}/cancel")
    runs.until(run, "Cancelled")
    exited = ("peninsula.worker", "The process ended with exit code 0.")
    wait_until(lambda: exited in runs.lines(run), what="the end of the process")


def test_a_run_that_does_not_end_when_cancelled_is_really_stopped(runs, pool, tmp_path):
    """With its process group, after its grace."""
    marker = tmp_path / "began"
    more = {"parameters": {"path": str(marker)}, "job_variables": {"grace_seconds": 0.2}}
    run = submit(runs, pool, "stubborn", **more)
    wait_until(marker.exists, what="the flow to begin")
    runs.post(f"flow-runs/{run}/cancel", {"message": "wrong day"})
    found = runs.until(run, "Cancelled")
    assert "wrong day" in found["state"]["message"]


def test_the_end_of_an_earlier_start_leaves_the_next_one_alone(runs, pool, tmp_path):
    """Its process goes on for a while after it gave up the run, and ends when the next is there."""
    more = {"parameters": {"path": str(tmp_path)}, "job_variables": {"grace_seconds": 0.2}}
    run = submit(runs, pool, "suspends", **more)
    runs.until(run, "Suspended")
    runs.post(f"flow-runs/{run}/resume")
    wait_until((tmp_path / "again").exists, what="the second start")
    (tmp_path / "let-go").touch()

    def ended() -> list[object]:
        return [e for e in runs.events(run) if e["event"] == "peninsula.process.exited"]

    [first] = wait_until(ended, what="the end of the first start's process")
    runs.post(f"flow-runs/{run}/cancel", {"message": "wrong day"})
    found = runs.until(run, "Cancelled")
    assert (found["start"], "wrong day" in found["state"]["message"]) == (2, True)
    _, second = wait_until(lambda: len(both := ended()) > 1 and both, what="the end of the second")
    assert (first["payload"]["code"], second["payload"]["signal"]) == (3, "SIGKILL")


def test_a_worker_that_is_told_to_end_lets_its_runs_end(runs, worker, pool, tmp_path):
    """And takes no more; it is offline then."""
    gate = tmp_path / "gate"
    run = submit(runs, pool, "waits", parameters={"path": str(gate)})
    runs.until(run, "Running")
    worker.signal(signal.SIGTERM)
    worker.wait_for_line("It ends when its runs end")
    gate.touch()
    assert worker.wait() == 0
    assert runs.state(run) == "Completed"
    [found] = runs.get("workers")
    assert found["status"] == "offline"


def test_a_worker_that_is_told_twice_ends_its_runs(runs, worker, pool):
    """They are Crashed, by SIGTERM."""
    run = submit(runs, pool, "waits", parameters={"path": "/no/such/file"})
    runs.until(run, "Running")
    worker.signal(signal.SIGTERM)
    worker.wait_for_line("It ends when its runs end")
    worker.signal(signal.SIGTERM)
    assert worker.wait() == 0
    assert runs.state(run) == "Crashed"


def test_a_worker_takes_back_what_one_before_had_started(
    runs, worker, pool, start_worker, tmp_path
):
    """By its name: the process goes on, its output is told once, and its end is seen."""
    gate = tmp_path / "gate"
    run = submit(runs, pool, "waits", parameters={"path": str(gate)})
    wait_until(lambda: ("peninsula.process", "it waits") in runs.lines(run), what="its output")
    worker.kill()
    start_worker()
    wait_until(
        lambda: any("Took process" in text for _, text in runs.lines(run)),
        what="the run to be taken back",
    )
    gate.touch()
    runs.until(run, "Completed")
    wait_until(
        lambda: any(e["event"] == "peninsula.process.exited" for e in runs.events(run)),
        what="its end to be told",
    )
    assert runs.lines(run).count(("peninsula.process", "it waits")) == 1
    said = "The process ended, how is not known: it was started by an earlier worker."
    [line] = [line for line in runs.log(run) if line["message"] == said]
    assert line["level"] == logging.INFO


def test_two_workers_of_one_machine_have_two_names(runs, tmp_path):
    """Neither takes back what the other has; a name that was chosen is refused."""
    command = ("worker", "start", "--pool", "lake", "--type", "process")
    with peninsula(*command, cwd=tmp_path) as first, peninsula(*command, cwd=tmp_path) as second:
        lines = {each.wait_for_line("serves the work pool") for each in (first, second)}
        names = {line.split('"')[1] for line in lines}
        host = os.uname().nodename
        assert names == {host, f"{host}-2"}
        with peninsula(*command, "--name", host, cwd=tmp_path) as third:
            third.wait_for_line("Give this one another name by --name.")
            assert third.wait() == 1


def test_a_process_that_ended_while_no_worker_was_there_is_crashed_by_the_next(
    runs, worker, pool, start_worker
):
    """Nobody saw how it ended."""
    run = submit(runs, pool, "waits", parameters={"path": "/no/such/file"})
    runs.until(run, "Running")
    [started] = [e for e in runs.events(run) if e["event"] == "peninsula.process.started"]
    worker.kill()
    os.killpg(started["payload"]["pid"], signal.SIGKILL)
    start_worker()
    found = runs.until(run, "Crashed")
    assert found["state"]["message"]


def test_what_a_killed_worker_had_not_begun_goes_to_another(runs, worker, pool, start_worker):
    """With the next start."""
    runs.post("work-pools/lake", {"paused": True})
    run = submit(runs, pool, "quick")
    worker.kill()
    start_worker(name="two")
    runs.post("work-pools/lake", {"paused": False})
    assert runs.until(run, "Completed")["start"] == 1


def test_a_worker_waits_for_a_server_that_is_not_there_yet(runs, start_worker):
    """As after a reboot, when nobody says which of them comes first."""
    runs.server.kill()
    worker = start_worker(line="Waiting for it")
    runs.server.start()
    worker.wait_for_line("The server answers")
    worker.wait_for_line("serves the work pool")
    run = submit(runs, runs.get("work-pools/lake")["id"], "quick")
    runs.until(run, "Completed")


def test_a_run_whose_process_finds_no_server_is_started_anew(runs, worker, pool, tmp_path):
    """Nothing of it was begun: its process says so, and the worker when the server is back."""
    gate, waits = tmp_path / "gate", tmp_path / "waits"
    execute = shlex.join([sys.executable, *COMMAND])
    script = f'touch "{waits}"; while [ ! -e "{gate}" ]; do sleep 0.05; done; exec {execute}'
    variables = {
        "command": shlex.join(["/bin/sh", "-c", script]),
        "env": {"PENINSULA_WAIT_TIMEOUT": "0.5"},
    }
    run = submit(runs, pool, "quick", job_variables=variables)
    wait_until(waits.exists, what="the process to be there")
    runs.server.kill()
    gate.touch()
    worker.wait_for_line(f"The process ended with exit code {UNREACHED}.")
    runs.server.start()
    found = runs.until(run, "Completed", "Crashed")
    assert (found["state"]["name"], found["start"]) == ("Completed", 2)

    def told(name: str) -> list[dict]:
        return [each for each in runs.events(run) if each["event"] == f"peninsula.{name}"]

    # The worker tells of the process by itself, beside what it asks the server for.
    exited = wait_until(lambda: told("process.exited"), what="the end of the process")[0]
    assert exited["payload"]["code"] == UNREACHED
    given_back = told("flow-run.scheduled")[-1]
    assert given_back["follows"] == exited["id"]
    assert given_back["payload"]["message"] == (
        f"The process ended with exit code {UNREACHED}. The process found no server, and did not"
        " begin the run: it is given back, to be started anew."
    )


def test_a_worker_can_be_ended_while_the_server_is_away(runs, worker, pool):
    """Its run's process ends, and the server hears of the end from that when it is there again."""
    run = submit(runs, pool, "waits", parameters={"path": "/no/such/file"})
    runs.until(run, "Running")
    runs.server.kill()
    worker.signal(signal.SIGTERM)
    worker.wait_for_line("It ends when its runs end")
    worker.signal(signal.SIGTERM)
    assert worker.wait() == 0
    runs.server.start()
    runs.until(run, "Crashed")


def test_a_worker_of_a_limit_has_no_more_runs_at_once(runs, start_worker, tmp_path):
    """The next is claimed when one is over."""
    start_worker("--limit", "1")
    pool = runs.get("work-pools/lake")["id"]
    gate = tmp_path / "gate"
    first = submit(runs, pool, "waits", parameters={"path": str(gate)})
    runs.until(first, "Running")
    second = submit(runs, pool, "quick")
    assert runs.state(second) == "Scheduled"
    gate.touch()
    runs.until(second, "Completed")


def test_a_worker_that_cannot_work_here_is_not_heard_of(runs, tmp_path):
    """No pool is made, and no worker is online that never was."""
    arguments = ("worker", "start", "--pool", "pods", "--type", "kubernetes")
    env = {**os.environ, "KUBECONFIG": str(tmp_path / "none")}
    with peninsula(*arguments, env=env, cwd=runs.folder) as worker:
        assert worker.wait() == 1
        assert "Name one by KUBECONFIG" in worker.output
    assert (runs.get("workers"), runs.get("work-pools")) == ([], [])
