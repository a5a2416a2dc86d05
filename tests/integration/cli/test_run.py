"""`peninsula run`, with no server anywhere."""

from __future__ import annotations

import json
import signal
from pathlib import Path

import pytest

from tests.integration.cli.conftest import Cli
from tests.support.processes import python

FLOWS = """
import sys
import beside
from peninsula import flow, task, get_run_logger, runtime

@task(retries=1, retry_delay_seconds=0)
def shaky():
    if runtime.task_run.run_count == 1:
        raise OSError("reset")
    return 1

@flow(name="the-nightly")
def nightly(day: str = "today", limit: int = 3, tables: list[str] = ()):
    print("the flow prints", file=sys.stdout)
    get_run_logger().info("%r", (day, limit, tables))
    return beside.VALUE + shaky()

@flow
def bad():
    raise ValueError("no rows")

@flow
async def later(day: str = "today"):
    return day

@flow
def prompt():
    print("ready", flush=True)
    import time
    time.sleep(60)
"""


@pytest.fixture
def code(tmp_path: Path) -> Path:
    """A folder with a module of flows, and one that it imports."""
    folder = tmp_path / "code"
    folder.mkdir()
    (folder / "flows.py").write_text(FLOWS)
    (folder / "beside.py").write_text("VALUE = 41\n")
    return folder


def test_a_flow_runs_and_its_run_is_there(cli: Cli, code: Path):
    """No server is needed: the next command takes in what the flow left."""
    done = cli("run", code / "flows.py:nightly")
    assert done.code == 0, done.err
    last = done.out.splitlines()[-1]
    assert "✓ Completed  the-nightly / " in last
    assert done.err.splitlines()[-1].startswith("All of it: peninsula flow-run inspect ")
    (run,) = cli("flow-run", "ls", "--json").json
    assert run["flow"] == "the-nightly"
    assert run["state"]["type"] == "COMPLETED"
    assert run["id"] in done.err


def test_parameters_are_json_else_text(cli: Cli, code: Path):
    """A date is text; a number, a list and null are what JSON says."""
    options = ["-p", "day=2026-01-31", "-p", "limit=7", "--parameter", 'tables=["a", "b=c"]']
    run = cli("run", code / "flows.py:nightly", *options, "--json").json
    assert run["parameters"] == {"day": "2026-01-31", "limit": 7, "tables": ["a", "b=c"]}


def test_json_is_the_run_and_nothing_else(cli: Cli, code: Path):
    """What the flow prints goes to stderr, so that stdout is one object."""
    done = cli("run", code / "flows.py:nightly", "--json")
    assert done.json["state"]["name"] == "Completed"
    assert done.json["attempts"] == 1
    assert "the flow prints" in done.err


def test_a_flow_that_fails_is_exit_code_1(cli: Cli, code: Path):
    """Its traceback begins at the user's code; how it was called says nothing."""
    done = cli("run", code / "flows.py:bad")
    assert done.code == 1
    assert "✕ Failed  bad / " in done.out
    assert "ValueError: no rows" in done.out
    assert f'File "{code}/flows.py"' in done.err
    assert "peninsula/cli/run.py" not in done.err


def test_a_coroutine_function_is_run_as_well(cli: Cli, code: Path):
    """An async flow needs no other command."""
    run = cli("run", code / "flows.py:later", "-p", "day=now", "--json").json
    assert run["state"]["type"] == "COMPLETED"


def test_a_module_is_run_from_the_current_folder(cli: Cli, code: Path):
    """`module:flow`, as with `python -m`."""
    assert cli("run", "flows:later", cwd=code).code == 0


@pytest.mark.parametrize(
    ("target", "options", "what"),
    [
        ("flows.py", [], "flows.py has several flows."),
        ("flows.py:other", [], "flows.py has no flow 'other'."),
        ("none.py", [], "There is no file"),
        ("flows.py:bad", ["-p", "day"], "The parameter 'day' has no name and value."),
    ],
)
def test_what_cannot_be_run_is_said_with_the_fix(
    cli: Cli, code: Path, target: str, options: list[str], what: str
):
    """One line says what, one the fix; nothing ran."""
    done = cli("run", target, *options, cwd=code)
    assert (done.code, done.out) == (1, "")
    first, _ = done.err.splitlines()
    assert what in first


@pytest.mark.parametrize(("name", "value"), [("limit", "many"), ("no_such", "1")])
def test_parameters_that_do_not_fit_are_named(cli: Cli, code: Path, name: str, value: str):
    """The flow does not begin."""
    done = cli("run", code / "flows.py:nightly", "-p", f"{name}={value}")
    assert done.code == 1
    assert name in done.err
    assert "the flow prints" not in done.out


def test_code_that_does_not_import_shows_its_own_traceback(cli: Cli, code: Path):
    """From the user's first line on."""
    (code / "broken.py").write_text("import beside\n\nbeside.MISSING\n")
    done = cli("run", code / "broken.py:flow")
    assert (done.code, done.out) == (1, "")
    first, second, *_ = done.err.splitlines()
    assert first == "Traceback (most recent call last):"
    assert second == f'  File "{code}/broken.py", line 3, in <module>'
    assert done.err.rstrip().splitlines()[-1].startswith("AttributeError: ")


def test_a_flow_that_cannot_be_declared_so_is_named_with_its_line(cli: Cli, code: Path):
    """The mistake is the user's, so no line of ours is shown."""
    lines = ["from peninsula import flow", "@flow(name='a/b')", "def f(): ..."]
    (code / "named.py").write_text("\n".join(lines))
    done = cli("run", code / "named.py:f")
    assert (done.code, done.out) == (1, "")
    place, reason = done.err.splitlines()
    assert place == f"{code}/named.py, line 2: @flow(name='a/b')"
    assert reason.startswith('Error: The name "a/b"')


def test_a_syntax_error_is_shown_where_it_is(cli: Cli, code: Path):
    """As python shows it."""
    (code / "typo.py").write_text("def broken(:\n")
    done = cli("run", code / "typo.py:flow")
    assert done.code == 1
    assert "typo.py" in done.err
    assert "SyntaxError" in done.err
    assert "peninsula/cli" not in done.err


def test_a_home_that_cannot_be_written_does_not_stop_a_flow(cli: Cli, code: Path, tmp_path: Path):
    """Its state is known all the same; the journal's warning says what is lost."""
    (tmp_path / "file").write_text("")
    env = {"PENINSULA_HOME": f"{tmp_path}/file/home"}
    done = cli("run", code / "flows.py:nightly", "--json", env=env)
    assert (done.json["flow"], done.json["state"]["type"]) == ("the-nightly", "COMPLETED")
    assert "The flow goes on" in done.err


def test_ctrl_c_ends_the_run_in_a_final_state(cli: Cli, code: Path):
    """The exit code is that of an interrupted program, and the run is not left Running."""
    with python("-m", "peninsula", "run", code / "flows.py:prompt") as running:
        running.wait_for_line("ready")
        running.signal(signal.SIGINT)
        assert running.wait() == 130
        assert "Traceback" not in running.output.partition("KeyboardInterrupt")[2]
    (run,) = json.loads(cli("flow-run", "ls", "--json").out)
    assert run["state"]["type"] == "CRASHED"
