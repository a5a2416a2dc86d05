"""`peninsula task-run` over a history."""

from __future__ import annotations

import pytest

from tests.integration.cli.conftest import UNIQUE, Told, at
from tests.support.processes import python


@pytest.mark.parametrize(
    ("options", "names"),
    [
        ([], {"check", *(f"sum-{place}" for place in range(6))}),
        (["--task", "check"], {"check"}),
        (["--state", "failed"], {"check"}),
        (["--state", "Completed", "--name", "SUM-3"], {"sum-3"}),
        (["--run", "brisk-harbour", "--sort", "name", "-n", "2"], {"check", "sum-0"}),
        (["--run", "by-carrier", "--sort", "name", "-n", "1"], {"sum-0"}),
        (["--run", "quick-otter"], set()),
        (["--tag", "eu", "--since", at(5.5)], {"check"}),
    ],
)
def test_ls_shows_the_task_runs_that_are_meant(told: Told, options: list[str], names: set[str]):
    """By run, task, state, name, tag and time."""
    shown = told.cli("task-run", "ls", "--json", *options).json
    assert {run["name"] for run in shown} == names
    assert {run["kind"] for run in shown} <= {"task-run"}


def test_ls_is_a_table_by_task(told: Told):
    """And says so when there is nothing like that."""
    lines = told.cli("task-run", "ls", "--task", "check").out.splitlines()
    assert lines[0].split() == ["ID", "STATE", "TASK", "NAME", "STARTED", "TOOK"]
    assert lines[1].split()[1:5] == ["✕", "Failed", "check", "check"]
    done = told.cli("task-run", "ls", "--task", "nothing")
    assert (done.code, done.out) == (0, "")
    assert "peninsula task-run ls" in done.err


@pytest.mark.parametrize("said", ["name", "id", "prefix"])
def test_inspect_says_what_it_is_and_why_it_failed(told: Told, said: str):
    """By name, id, or how the id begins; it says where its log is."""
    id_ = str(told.ids["check"])
    asked = {"name": "check", "id": id_, "prefix": id_[:23]}[said]
    done = told.cli("task-run", "inspect", asked)
    assert UNIQUE in done.out
    assert "task        check\n" in done.out
    assert f"peninsula task-run logs {id_}" in done.err
    assert told.cli("task-run", "inspect", asked, "--json").json["id"] == id_


def test_logs_are_those_of_the_task_run(told: Told):
    """And of nothing else."""
    lines = told.cli("task-run", "logs", "sum-2", "--json").lines
    assert [line["message"] for line in lines] == ["sum-2 reads", "sum-2 writes"]
    assert told.cli("task-run", "logs", "sum-2", "--tail", "1").out.endswith("sum-2 writes\n")


@pytest.mark.parametrize("verb", ["inspect", "logs"])
@pytest.mark.parametrize("said", ["quick-otter", "nothing"])
def test_what_is_no_task_run_is_an_error_with_the_way_to_find_one(told: Told, verb: str, said: str):
    """A flow run is none."""
    done = told.cli("task-run", verb, said)
    assert (done.code, done.out) == (1, "")
    what, fix = done.err.splitlines()
    assert what == f"Error: No task run has the id or name {said!r}."
    assert fix == '"peninsula task-run ls" lists the latest task runs.'


FAILING = """
from peninsula import get_run_logger, task

@task
def mail(number):
    get_run_logger().info("to nobody")
    raise ValueError("no address")

mail(3, return_state=True)
"""


def test_a_task_run_that_no_flow_called_is_told_as_others_are(cli):
    """What it is, without itself among the tasks below it, why it failed, and what it logged."""
    with python("-c", FAILING) as program:
        program.succeed()
    [run] = cli("task-run", "ls", "--json").json
    told = cli("task-run", "inspect", run["id"]).out
    assert "parameters  number = 3" in told
    assert "\ntasks" not in told
    assert "failed with ValueError" in cli("why", run["id"]).out
    assert "to nobody" in cli("task-run", "logs", run["id"]).out
