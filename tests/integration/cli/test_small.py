"""`peninsula init`, `completion`, `doctor` and `result`."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from textwrap import dedent

import pytest

from tests.integration.cli.conftest import Cli

# --- init, completion ----------------------------------------------------------------------------


def test_init_writes_a_flow_that_runs(cli: Cli, tmp_path: Path):
    """As the command says, and its run is listed."""
    done = cli("init", "etl", cwd=tmp_path)
    assert done.code == 0
    assert "peninsula flow-run ls" in done.err
    subprocess.run([sys.executable, tmp_path / "etl/flow.py"], check=True, capture_output=True)
    (run,) = cli("flow-run", "ls", "--json").json
    assert (run["flow"], run["state"]["name"]) == ("hello", "Completed")


def test_init_overwrites_nothing(cli: Cli, tmp_path: Path):
    """It says where something is already."""
    (tmp_path / "flow.py").write_text("mine")
    done = cli("init", cwd=tmp_path)
    assert done.code == 1
    assert "flow.py is there already" in done.err
    assert (tmp_path / "flow.py").read_text() == "mine"


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_a_shell_gets_its_script(cli: Cli, shell: str):
    """And what the script asks is answered."""
    script = cli("completion", shell)
    assert script.code == 0
    assert "_PENINSULA_COMPLETE" in script.out


def test_commands_are_completed(cli: Cli):
    """As bash asks for them."""
    env = {
        "_PENINSULA_COMPLETE": "complete_bash",
        "COMP_WORDS": "peninsula flow-run in",
        "COMP_CWORD": "2",
    }
    assert "inspect" in cli(env=env).out


def test_init_names_what_is_in_its_way_and_what_to_type(cli: Cli, tmp_path: Path):
    """A file where the folder was to be; a name with a space is one word for the shell."""
    (tmp_path / "taken").touch()
    done = cli("init", "taken", cwd=tmp_path)
    assert (done.code, "taken is a file" in done.err) == (1, True)
    done = cli("init", "my etl", cwd=tmp_path)
    assert "python 'my etl/flow.py'" in done.err


# --- doctor --------------------------------------------------------------------------------------


def findings(cli: Cli, **env: str) -> dict[str, dict[str, str]]:
    """Return what the doctor found, by what it looked at."""
    done = cli("doctor", "--json", env=env)
    assert done.code in {0, 1}, done.err
    return {one["what"]: one for one in json.loads(done.out)}


def test_a_fresh_home_is_well(cli: Cli):
    """Nothing is there yet, and nothing is wrong."""
    done = cli("doctor")
    assert done.code == 0
    assert "✓ peninsula" in done.out
    assert "made by the first run" in done.out
    assert "peninsula server start" in done.out


def test_a_home_that_nobody_can_make_is_a_problem(cli: Cli):
    """It is not there yet, and never will be."""
    found = findings(cli, PENINSULA_HOME="/proc/nobody/home")
    assert found["home"]["outcome"] == "problem"
    assert "/proc/nobody/home cannot be made" in found["home"]["said"]


def test_what_is_wrong_is_named_with_its_fix(cli: Cli, home: Path):
    """Rights that are too wide, a token for all, a server that is not there."""
    home.mkdir(mode=0o755)
    home.chmod(0o755)
    (home / "token").write_text("secret")
    (home / "token").chmod(0o644)
    found = findings(cli, PENINSULA_API_URL="http://127.0.0.1:1")
    assert found["home"]["outcome"] == "warning"
    assert found["home"]["fix"].endswith(f"chmod 700 {home}")
    assert found["token"]["outcome"] == "problem"
    assert found["server"]["outcome"] == "problem"
    assert "secret" not in str(found)


def test_a_wrong_setting_is_a_problem(cli: Cli):
    """The rest cannot be looked at without settings."""
    found = findings(cli, PENINSULA_SERVER_PORT="many")
    assert found["settings"]["outcome"] == "problem"
    assert "PENINSULA_SERVER_PORT" in found["settings"]["said"]


def test_waiting_journals_are_counted(cli: Cli, tmp_path: Path):
    """What flows left behind without a server."""
    cli("init", cwd=tmp_path)
    subprocess.run([sys.executable, tmp_path / "flow.py"], check=True, capture_output=True)
    assert "1 left behind" in findings(cli)["journals"]["said"]


def test_a_server_and_its_clock_are_asked(cli: Cli, start_server):
    """With the home's own token."""
    server = start_server()
    found = findings(cli, PENINSULA_HOME=str(server.home))
    assert found["server"] == {"what": "server", "outcome": "ok", "said": server.url}
    assert found["clock"]["outcome"] == "ok"
    refused = findings(cli, PENINSULA_HOME=str(server.home), PENINSULA_API_KEY="pen_wrong")
    assert "answers 401" in refused["server"]["said"]


# --- result --------------------------------------------------------------------------------------

KEPT = dedent("""
    from peninsula import flow, task

    @task(persist_result=True, result_serializer="json", result_storage_key="days/{day}")
    def count(day):
        return {"day": day, "rows": 3}

    @flow(name="kept", persist_result=True)
    def kept():
        return [count("monday")]

    kept()
""")


def test_a_result_is_shown_by_run_and_by_place(cli: Cli, run_script, home: Path):
    """Data with its value; a pickle only when that is asked for."""
    run_script(KEPT).succeed()
    place = f"file://{home}/results/days/monday"
    shown = cli("result", "inspect", place, "--json").json
    assert shown["value"] == {"day": "monday", "rows": 3}
    assert shown["serializer"] == "json"
    (run,) = cli("flow-run", "ls", "--json").json
    of_flow = cli("result", "inspect", run["name"], "--json").json
    assert (of_flow["run"], of_flow.get("value")) == (run["id"], None)
    assert "--unpickle" in cli("result", "inspect", run["name"]).err
    opened = cli("result", "inspect", run["id"], "--unpickle").out
    assert "[{'day': 'monday', 'rows': 3}]" in opened


def test_a_result_is_found_by_the_name_of_its_task_run(cli: Cli, run_script):
    """Where several have that name, they are named."""
    run_script(KEPT).succeed()
    assert "days/monday" in cli("result", "inspect", "count-0").out
    run_script(KEPT).succeed()
    done = cli("result", "inspect", "count-0")
    runs = [run["id"] for run in cli("task-run", "ls", "--json").json]
    assert (done.code, all(run in done.err for run in runs), len(runs)) == (1, True, 2)


def test_a_run_without_a_result_says_how_to_have_one(cli: Cli, tmp_path: Path):
    """And a place where nothing is says so."""
    cli("init", cwd=tmp_path)
    subprocess.run([sys.executable, tmp_path / "flow.py"], check=True, capture_output=True)
    (run,) = cli("flow-run", "ls", "--json").json
    done = cli("result", "inspect", run["name"])
    assert (done.code, "persist_result=True" in done.err) == (1, True)
    gone = cli("result", "inspect", f"file://{tmp_path}/nothing")
    assert (gone.code, "is not there" in gone.err) == (1, True)


def test_a_file_that_is_no_result_is_not_to_be_removed(cli: Cli, tmp_path: Path):
    """It is somebody else's; what is a result stands in the state of a run."""
    (tmp_path / "rows.csv").write_text("a,b\n1,2\n")
    done = cli("result", "inspect", tmp_path / "rows.csv")
    assert (done.code, "rows.csv is no result" in done.err) == (1, True)
    assert "Remove" not in done.err


def test_what_is_no_name_of_a_limit_is_called_that(cli: Cli):
    """Names of limits have the form of variables' names, but are none."""
    done = cli("concurrency-limit", "inspect", "Größe")
    assert done.code == 1
    assert "'Größe' is no name of a concurrency limit." in done.err
