"""The process of one flow run: begun once, from its code to its end."""

from __future__ import annotations

import signal
import time

import pytest

from peninsula.core.work import LAST_WORDS, RUN_ID, RUN_START, UNHEARD
from tests.support.processes import python


def test_a_run_is_taken_to_its_end(runs, execute):
    """With its parameters coerced, by the name it was given, and with its tasks below it."""
    run = runs.submit("etl", runs.pool(), parameters={"day": "3"})
    execute(run).succeed()
    found = runs.run(run)
    assert (found["name"], found["state"]["name"]) == ("brisk-otter", "Completed")
    assert (found["start"], found["process"] is not None) == (1, True)
    tree = runs.get(f"flow-runs/{run}/tree")["items"]
    assert [below["state"]["name"] for below in tree[1:]] == ["Completed", "Completed"]
    assert ("peninsula.task_runs", "loading day 3") in runs.lines(run)


def test_a_run_is_begun_once(runs, execute):
    """A second process of the same start ends having done nothing."""
    path = runs.folder / "gate"
    run = runs.submit("waits", runs.pool(), parameters={"path": str(path)})
    first = execute(run)
    first.wait_for_line("it waits")
    again = {RUN_ID: str(run), RUN_START: "1"}
    with python("-m", "peninsula", "flow-run", "execute", env=again) as second:
        assert "is not to begin" in second.succeed()
    path.touch()
    first.succeed()
    assert runs.state(run) == "Completed"


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"entrypoint": "etl.py:nothing"}, "etl.py has no flow 'nothing'"),
        ({"entrypoint": "missing.py:etl"}, "There is no file"),
        ({"entrypoint": None}, "The run has no entrypoint"),
        ({"path": "/no/such/folder"}, "There is no folder /no/such/folder"),
        ({"parameters": {"day": "soon"}}, "day: Input should be a valid integer"),
        ({"parameters": {"month": 1}}, "month"),
        ({"entrypoint": "broken.py:etl"}, "broken.py could not be imported. ModuleNotFoundError"),
        (
            {"pull_steps": [{"step": "set_working_directory", "directory": "/no/such"}]},
            "Pull step 1, set_working_directory /no/such, failed. There is no folder",
        ),
    ],
)
def test_what_cannot_be_run_fails_with_what_to_mend(runs, execute, more, said):
    """In the message of the run, whatever is wrong with it."""
    (runs.folder / "broken.py").write_text("import no_such_module_at_all\n")
    run = runs.submit("etl", runs.pool(), **more)
    assert execute(run).wait() == 1
    state = runs.run(run)["state"]
    assert (state["name"], said in state["message"]) == ("Failed", True), state


def test_pull_steps_are_told_in_the_runs_log(runs, execute, tmp_path):
    """Each where it is done; the folder that one leaves is where the next begins."""
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "other.py").write_text((runs.folder / "etl.py").read_text())
    steps = [
        {"step": "set_working_directory", "directory": str(tmp_path)},
        {"step": "environment", "variables": {"REGION": "north"}},
        {"step": "set_working_directory", "directory": "elsewhere"},
    ]
    more = {"entrypoint": "other.py:quick", "path": None, "pull_steps": steps}
    run = runs.submit("quick", runs.pool(), **more)
    execute(run).succeed()
    said = [line for _, line in runs.lines(run)]
    assert "Pull step 2 of 3: environment REGION" in said
    assert f"Loading other.py:quick from {tmp_path / 'elsewhere'}." in said


def test_a_retry_goes_on_from_what_was_kept(runs, execute):
    """A task that completed and kept its result is not run again, and the log says which."""
    marker = str(runs.folder / "marker")
    run = runs.submit("etl", runs.pool(), parameters={"day": 2, "marker": marker})
    assert execute(run).wait() == 1
    assert runs.state(run) == "Failed"
    runs.post(f"flow-runs/{run}/retry")
    execute(run).succeed()
    found = runs.run(run)
    assert (found["state"]["name"], found["start"]) == ("Completed", 2)
    said = runs.lines(run)
    assert sum("loading day 2" in line for _, line in said) == 1
    assert ("peninsula.task_runs", "Not run again: its result was kept.") in said


class Waiting:
    """Have a run come to its end while the server is away: its process waits for it."""

    def __init__(self, runs, execute, folder) -> None:
        self.runs, self.execute = runs, execute
        self.gate, self.words = folder / "gate", folder / "words"

    def begun(self, patience: str, *, exit_timeout: str = "0.5", flow: str = "waits"):
        """A run and its process, which has begun it; the server is away since."""
        run = self.runs.submit(flow, self.runs.pool(), parameters={"path": str(self.gate)})
        told = {
            "PENINSULA_API_URL": self.runs.server.url,
            "PENINSULA_OUTLAST_TIMEOUT": patience,
            "PENINSULA_EXIT_TIMEOUT": exit_timeout,
            LAST_WORDS: str(self.words),
        }
        process = self.execute(run, **told)
        process.wait_for_line("it waits")
        self.runs.until(run, "Running")
        self.runs.server.kill()
        return run, process

    def __call__(self, patience: str, **more: str):
        """A run and its process, which has ended it and waits for so many s."""
        run, process = self.begun(patience, **more)
        self.gate.touch()
        process.wait_for_line("This process waits for it")
        return run, process


@pytest.fixture
def waiting(runs, execute, tmp_path):
    """Processes that wait for their server."""
    return Waiting(runs, execute, tmp_path)


def test_a_process_whose_journal_goes_with_it_waits_for_the_server(runs, waiting):
    """And says once in the log of the run what it waits for."""
    run, process = waiting("3600")
    runs.server.start()
    process.succeed()
    assert runs.state(run) == "Completed"
    said = [line for _, line in runs.lines(run)]
    assert sum("This process waits for it, 3600 s at most" in line for line in said) == 1
    assert "sent when it does" not in process.output


def test_a_process_whose_journal_goes_with_it_does_not_wait_for_ever(waiting):
    """Its exit code says that nobody has heard how the run ended."""
    _, process = waiting("1")
    assert process.wait() == UNHEARD
    assert "How the run ended is lost: the server took nothing in time." in process.output


def test_a_process_waits_no_longer_than_it_says(waiting):
    """What it has waited before it says so is part of that."""
    _, process = waiting("4", exit_timeout="4")
    said = time.monotonic()
    process.wait_for_line("How the run ended is lost")
    assert time.monotonic() - said < 3


def test_a_generator_that_calls_sys_exit_is_waited_for_as_any_flow(runs, waiting):
    """Its run is Crashed, and the server hears of it."""
    run, process = waiting("3600", flow="yields_and_leaves")
    runs.server.start()
    assert process.wait() == 1
    assert runs.state(run) == "Crashed"


@pytest.mark.parametrize("runs_on", [False, True])
def test_a_process_that_is_told_to_end_waits_for_the_server_until_it_is_killed(
    runs, waiting, runs_on
):
    """Who deletes a pod gives it a while: in that the server may be back."""
    if runs_on:
        run, process = waiting.begun("3600")
        process.signal(signal.SIGTERM)
        process.wait_for_line("This process waits for it")
    else:
        run, process = waiting("3600")
        process.signal(signal.SIGTERM)
        process.wait_for_line("It waits for the server until it is killed.")
    assert waiting.words.read_text().startswith("How the run ended is lost: the process was killed")
    runs.server.start()
    process.wait()
    assert runs.until(run, "Crashed" if runs_on else "Completed")
    assert waiting.words.read_text() == ""


def test_a_process_that_is_told_to_end_twice_ends(waiting):
    """At once, and leaves word of it."""
    _, process = waiting("3600")
    process.signal(signal.SIGTERM)
    process.wait_for_line("It waits for the server until it is killed.")
    process.signal(signal.SIGTERM)
    assert process.wait() == UNHEARD
    assert "How the run ended is lost: the process is told to end." in process.output
    assert waiting.words.read_text() == "How the run ended is lost: the process is told to end."


def test_execute_says_what_calls_it(runs):
    """A person who tries it is told what to use."""
    with python("-m", "peninsula", "flow-run", "execute") as done:
        assert done.wait() == 1
        assert "workers start this command" in done.output
