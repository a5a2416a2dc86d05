"""`peninsula flow-run` over a history."""

from __future__ import annotations

import re

import pytest

from tests.integration.cli.conftest import LONG, UNIQUE, Told, at

# --- ls ------------------------------------------------------------------------------------------


def test_ls_lists_runs_the_latest_first(told: Told):
    """A line for each, with the state as a word; subflows are marked."""
    done = told.cli("flow-run", "ls")
    assert done.code == 0
    title, *lines = done.out.splitlines()
    assert title.split() == ["ID", "STATE", "FLOW", "NAME", "STARTED", "TOOK"]
    assert [line.split()[3] for line in lines] == [
        "delays-by",
        "flights",
        "weekly",
        "nightly",
        "nightly",
        "nightly",
    ]
    assert "↳ by-carrier" in lines[0]
    assert "✕ Failed" in lines[1]
    assert done.err == ""


def test_what_goes_into_a_pipe_is_whole(told: Told):
    """Names are never cut where no terminal is too narrow for them, and lines end with text."""
    out = told.cli("flow-run", "ls").out
    assert LONG in out
    assert all(line == line.rstrip() for line in out.splitlines())


def test_ls_as_json_is_what_the_api_answers(told: Told):
    """An array of runs, with whole ids, UTC times and parameters as they are."""
    runs = told.cli("flow-run", "ls", "--json", "--name", "quick").json
    assert len(runs) == 1
    assert runs[0]["id"] == str(told.ids["quick-otter"])
    assert runs[0]["parameters"] == {"day": "2026-01-31", "limit": 3}
    assert runs[0]["state"]["type"] == "COMPLETED"
    assert runs[0]["started"].endswith("Z")


@pytest.mark.parametrize(
    ("options", "names"),
    [
        (["--state", "failed"], ["brisk-harbour"]),
        (["--state", "FAILED"], ["brisk-harbour"]),
        (["--flow", "weekly", "--flow", "flights"], ["brisk-harbour", LONG]),
        (["--name", "OTTER"], ["quick-otter"]),
        (["--tag", "eu", "--sort", "name", "--limit", "2"], [LONG, "brisk-harbour"]),
        (["--since", at(2.5)], ["by-carrier", "brisk-harbour", LONG]),
        (["--until", at(1.5), "--sort", "expected"], ["quick-otter", "twice"]),
    ],
)
def test_ls_shows_the_runs_that_are_meant(told: Told, options: list[str], names: list[str]):
    """Each option narrows the list or orders it."""
    shown = told.cli("flow-run", "ls", "--json", *options).json
    assert [run["name"] for run in shown] == names


def test_ls_says_when_there_is_more(told: Told):
    """The remark goes to stderr and names the option."""
    done = told.cli("flow-run", "ls", "-n", "2")
    assert len(done.out.splitlines()) == 3
    assert done.err == "There are more flow runs: see them with --limit 20.\n"


def test_ls_of_nothing_is_no_error(told: Told):
    """Stdout stays empty; stderr says what else to ask."""
    done = told.cli("flow-run", "ls", "--name", "nothing-like-it")
    assert (done.code, done.out) == (0, "")
    assert "peninsula flow-run ls" in done.err
    assert told.cli("flow-run", "ls", "--name", "nothing-like-it", "--json").json == []


# --- which run is meant --------------------------------------------------------------------------


def test_a_run_is_known_by_id_prefix_and_name(told: Told):
    """All three say the same."""
    id_ = str(told.ids["quick-otter"])
    for said in (id_, id_[:23], id_.replace("-", "")[:20], "quick-otter"):
        assert told.cli("flow-run", "inspect", said, "--json").json["id"] == id_


def test_what_ls_shows_is_enough_to_ask_with(told: Told):
    """The first column is the beginning of an id that means this run only."""
    line = told.cli("flow-run", "ls", "--flow", "flights").out.splitlines()[1]
    shown = told.cli("flow-run", "inspect", line.split()[0], "--json").json
    assert shown["name"] == "brisk-harbour"


def test_a_name_of_several_runs_is_refused_with_their_ids(told: Told):
    """Whoever is meant can be copied from the error."""
    done = told.cli("flow-run", "inspect", "twice")
    assert (done.code, done.out) == (1, "")
    what, fix = done.err.splitlines()
    assert what == "Error: 'twice' could be several runs."
    assert str(told.ids["twice"]) in fix


def test_a_prefix_of_several_runs_is_refused(told: Told):
    """Ids of one day begin alike."""
    done = told.cli("flow-run", "logs", str(told.ids["twice"])[:4])
    assert done.code == 1
    assert "could be several runs" in done.err


@pytest.mark.parametrize(
    "said", ["no-such-run", "0192f3c4", "ffffffff-ffff-4fff-bfff-ffffffffffff"]
)
@pytest.mark.parametrize("verb", ["inspect", "logs", "watch", "cancel"])
def test_an_unknown_run_is_an_error_with_the_way_to_find_one(told: Told, verb: str, said: str):
    """One line says what, one line the fix; the exit code is 1."""
    done = told.cli("flow-run", verb, said)
    assert (done.code, done.out) == (1, "")
    what, fix = done.err.splitlines()
    assert what.startswith("Error: No flow run")
    assert said in what
    assert fix.startswith('"peninsula flow-run ls" lists the latest flow runs')


# --- inspect -------------------------------------------------------------------------------------


def test_inspect_says_what_failed_and_why(told: Told):
    """The message stands on top; below, the tasks that failed, with theirs in full."""
    out = told.cli("flow-run", "inspect", "brisk-harbour").out
    lines = out.splitlines()
    assert lines[0] == "✕ Failed  flights / brisk-harbour"
    assert lines[1] == UNIQUE
    assert "tasks       ✓ 6 Completed  ✕ 1 Failed" in lines
    assert "subflows    ✓ 1 Completed" in lines
    assert 'parameters  day = "2026-01-31"' in lines
    at = lines.index("Failed below it, the first one first:")
    assert lines[at + 1].startswith(f"✕ Failed  check  {told.ids['check']}")
    assert lines[at + 2 : at + 4] == [f"  {UNIQUE}", "  in the landing zone"]


def test_inspect_of_a_subflow_counts_what_is_below_it(told: Told):
    """Not what is elsewhere in the tree."""
    out = told.cli("flow-run", "inspect", "by-carrier").out
    assert "tasks       ✓ 6 Completed\n" in out
    assert f"parent      {told.ids['brisk-harbour']}" in out


def test_inspect_takes_the_id_of_a_task_run(told: Told):
    """The failed one is a copy away."""
    out = told.cli("flow-run", "inspect", str(told.ids["check"])[:23]).out
    assert out.startswith(f"✕ Failed  check / check\n{UNIQUE}\nin the landing zone\n")


# --- logs ----------------------------------------------------------------------------------------


def test_logs_are_lines_with_time_level_and_run(told: Told):
    """With everything below the run, the oldest first; names are padded to one column.

    The runs were some minutes ago: soon after midnight their lines begin with yesterday's date.
    """
    lines = told.cli("flow-run", "logs", "by-carrier").out.splitlines()
    assert len(lines) == 14
    stamp = r"(?:\d{4}-\d\d-\d\d )?\d\d:\d\d:\d\d\.\d{3}"
    assert [re.sub(rf"^{stamp} ", "", line) for line in lines[:3]] == [
        "INFO     by-carrier  by-carrier reads",
        "INFO     by-carrier  by-carrier writes",
        "INFO     sum-0       sum-0 reads",
    ]


@pytest.mark.parametrize(
    ("options", "messages"),
    [
        (["--own"], ["by-carrier reads", "by-carrier writes"]),
        (["--tail", "2"], ["sum-5 reads", "sum-5 writes"]),
        (["--text", "3 WRITES"], ["sum-3 writes"]),
        (["--level", "info", "--tail", "1"], ["sum-5 writes"]),
        (["--follow", "--tail", "1"], ["sum-5 writes"]),
    ],
)
def test_logs_shows_the_lines_that_are_meant(told: Told, options: list[str], messages: list[str]):
    """As objects of JSON, one a line. To follow a run that is over ends at once."""
    lines = told.cli("flow-run", "logs", "by-carrier", "--json", *options).lines
    assert [line["message"] for line in lines] == messages


def test_logs_of_nothing_say_so_on_stderr(told: Told):
    """Stdout stays empty."""
    done = told.cli("flow-run", "logs", "by-carrier", "--level", "error")
    assert (done.code, done.out) == (0, "")
    assert "No line is like that. All of them: peninsula flow-run logs by-carrier" in done.err


def test_a_level_that_is_none_is_refused(told: Told):
    """The error names those there are."""
    done = told.cli("flow-run", "logs", "by-carrier", "--level", "loud")
    assert done.code == 1
    assert "debug, info, warning, error, critical" in done.err


# --- watch ---------------------------------------------------------------------------------------


def test_watch_of_a_run_that_is_over_prints_its_tree(told: Told):
    """The exit code tells how it ended; mapped tasks are one line."""
    done = told.cli("flow-run", "watch", "brisk-harbour")
    assert done.code == 1
    assert [line.split("  ")[0] for line in done.out.splitlines()] == [
        "✕ flights / brisk-harbour",
        "",
        "├─ ✓ delays-by / by-carrier",
        "│",
        "└─ ✕ check",
        "",
    ]
    assert "sum \N{MULTIPLICATION SIGN}6" in done.out
    assert done.out.splitlines()[-1].strip() == UNIQUE
    assert told.cli("flow-run", "watch", "quick-otter").code == 0


def test_watch_as_json_gives_every_run(told: Told):
    """A line for each."""
    done = told.cli("flow-run", "watch", "by-carrier", "--json")
    assert {line["name"] for line in done.lines} == {"by-carrier", *(f"sum-{n}" for n in range(6))}


# --- cancel, delete ------------------------------------------------------------------------------


def test_a_run_that_is_over_cannot_be_cancelled(told: Told):
    """The server says why, in its words."""
    done = told.cli("flow-run", "cancel", "quick-otter")
    assert (done.code, done.out) == (1, "")
    assert done.err.startswith("Error: ")
    assert "Completed" in done.err


def test_delete_asks_first_and_needs_someone_to_ask(told: Told):
    """In a script, --yes is the answer; without it nothing happens."""
    done = told.cli("flow-run", "delete", "quick-otter")
    assert done.code == 1
    assert "--yes" in done.err
    assert told.cli("flow-run", "inspect", "quick-otter").code == 0


def test_a_state_that_does_not_exist_is_said(told: Told):
    """Any name may be a state's, so a typo finds nothing, and is told with the names there are."""
    done = told.cli("flow-run", "ls", "--state", "Faild")
    assert done.code == 0
    assert "No flow run is Faild. Names of states are Scheduled, " in done.err
    assert "is Late. " not in told.cli("flow-run", "ls", "--state", "Late").err
