"""Where commands get their answers: from a server, or from the database of the home."""

from __future__ import annotations

import socket

import pytest

from tests.integration.cli.conftest import Cli
from tests.support.processes import Program
from tests.support.server import Server

FLOW = """
from peninsula import flow, task

@task
def clean(n):
    return n

@flow(flow_run_name="here")
def nightly():
    return clean.map(range(3)).result()

nightly()
"""

HANGING = """
import time
from peninsula import flow

@flow(flow_run_name="hanging")
def hanging():
    print("ready", flush=True)
    time.sleep(600)

hanging()
"""


@pytest.mark.parametrize(
    ("noun", "next_command"),
    [("event", "peninsula run flow.py:nightly"), ("resource", "peninsula event emit")],
)
def test_an_empty_log_says_how_something_comes_into_it(cli: Cli, noun: str, next_command: str):
    """Not that nothing is like a filter that nobody gave; with one, it says so."""
    done = cli(noun, "ls")
    assert (done.code, done.out) == (0, "")
    assert next_command in done.err
    assert "like that" not in done.err
    assert f"like that. All of them: peninsula {noun} ls" in cli(noun, "ls", "--text", "x").err


def test_a_script_without_a_server_is_seen_by_the_next_command(run_script, cli: Cli):
    """`python flow.py && peninsula flow-run ls` shows the run, and its tasks are below it."""
    run_script(FLOW).succeed()
    assert " here " in cli("flow-run", "ls").out
    assert "clean" in cli("flow-run", "watch", "here").out
    assert cli("flow-run", "watch", "here", "--json").out.count("\n") == 4


def test_commands_at_the_same_time_wait_for_each_other(run_script, cli: Cli):
    """One process at a time has the local database; the others have it after it."""
    run_script(FLOW).succeed()
    commands = [Program([*_peninsula(), "flow-run", "inspect", "here", "--json"]) for _ in range(4)]
    for command in commands:
        with command:
            assert '"name": "here"' in command.succeed()
    assert len(cli("flow-run", "ls", "--json").json) == 1


def _peninsula() -> list[str]:
    import sys  # noqa: PLC0415  only for the name of this Python

    return [sys.executable, "-m", "peninsula"]


def test_a_run_that_was_killed_is_seen_as_crashed(run_script, cli: Cli):
    """Its journal is adopted, and the free lock is the proof."""
    script = run_script(HANGING)
    script.wait_for_line("ready")
    script.kill()
    (run,) = cli("flow-run", "ls", "--json").json
    assert (run["name"], run["state"]["type"]) == ("hanging", "CRASHED")
    assert "crashed; what ended its process is not known." in cli("why", run["id"]).out


def test_the_server_of_the_home_is_found(server: Server, run_script, cli: Cli):
    """No setting is needed on the machine where it runs."""
    run_script(FLOW).succeed()
    assert " here " in cli("flow-run", "ls").out
    assert cli("server", "status", "--json").json["url"] == server.url


def test_local_data_never_stands_in_for_a_server_that_is_set(run_script, cli: Cli):
    """A server that is away is an error that names it, whatever the home holds."""
    run_script(FLOW).succeed()
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{unused.getsockname()[1]}"
    done = cli("flow-run", "ls", env={"PENINSULA_API_URL": url})
    assert (done.code, done.out) == (1, "")
    what, fix = done.err.splitlines()
    assert what.startswith(f"Error: No server answers at {url}: ")
    assert "peninsula server start" in fix


@pytest.mark.parametrize("url", ["lake", "ftp://x", "http://u:p@host", "http://"])
def test_an_address_that_is_none_is_refused(cli: Cli, url: str):
    """The error says how one is written."""
    done = cli("flow-run", "ls", env={"PENINSULA_API_URL": url})
    assert (done.code, done.out) == (1, "")
    assert "api_url" in done.err
    assert "u:p" not in done.err


def test_a_key_that_is_wrong_is_an_error_with_the_fix(server: Server, cli: Cli):
    """The server says so."""
    done = cli("flow-run", "ls", env={"PENINSULA_API_URL": server.url, "PENINSULA_API_KEY": "x"})
    assert (done.code, done.out) == (1, "")
    assert "PENINSULA_API_KEY" in done.err


def test_a_run_still_going_is_not_watched_without_a_server(run_script, cli: Cli):
    """Nobody would hear how it goes on; the error says what to do."""
    script = run_script(HANGING)
    script.wait_for_line("ready")
    done = cli("flow-run", "watch", "hanging")
    assert done.code == 1
    assert "hanging" in done.err
