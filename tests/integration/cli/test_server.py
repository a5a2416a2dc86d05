"""`peninsula server` and `peninsula key`."""

from __future__ import annotations

import json
import socket
import sqlite3
import time
from contextlib import closing
from datetime import datetime
from pathlib import Path

import pytest

from tests.integration.cli.conftest import Cli
from tests.support.processes import python
from tests.support.server import Server


def start(*options: str):
    """Start a server as a person does."""
    return python("-m", "peninsula", "server", "start", *options)


# --- start, stop, status -------------------------------------------------------------------------


def test_start_says_where_it_serves_and_stop_ends_it(cli: Cli, home: Path):
    """Status is exit code 0 while it serves, and 1 before and after."""
    before = cli("server", "status")
    assert (before.code, before.out.splitlines()[0]) == (1, "○ No server runs here")
    with start("--port", "0") as server:
        line = server.wait_for_line("serves http://127.0.0.1:")
        url = line.split()[2].rstrip(",")
        server.wait_for_line("Ctrl-C ends it")
        status = cli("server", "status", "--json").json
        assert status["url"] == url
        assert status["pid"] == server.pid
        assert status["home"] == str(home)
        stopped = cli("server", "stop")
        assert stopped.code == 0, stopped.err
        assert f"Stopped the server at {url} (process {server.pid})" in stopped.out
        assert server.wait() == 0
    assert cli("server", "status", "--json").code == 1


def test_stop_without_a_server_says_so(cli: Cli):
    """Nothing is ended that is not known."""
    done = cli("server", "stop")
    assert (done.code, done.out) == (1, "")
    assert "No server serves" in done.err


def test_stop_does_not_trust_a_note_that_was_left_behind(server: Server, cli: Cli):
    """After a kill -9 the process id in server.json may be anybody's."""
    server.kill()
    assert (server.home / "server.json").exists()
    done = cli("server", "stop")
    assert (done.code, done.out) == (1, "")
    assert "No server serves" in done.err


def test_a_second_server_on_one_home_is_refused(server: Server):
    """The error names the process that has it."""
    with start("--port", "0") as second:
        assert second.wait() == 1
        assert str(server.program.pid) in second.output
        assert "Traceback" not in second.output


def test_a_port_that_was_asked_for_and_is_busy_is_an_error():
    """Whoever names a port relies on it."""
    with socket.create_server(("127.0.0.1", 0)) as busy:
        port = busy.getsockname()[1]
        with start("--port", str(port)) as server:
            assert server.wait() == 1
            assert f"Port {port} " in server.output


def test_a_port_of_the_settings_that_is_busy_gives_way_to_the_next(
    cli: Cli, monkeypatch: pytest.MonkeyPatch
):
    """The address is said, and found by everyone in this home."""
    with socket.create_server(("127.0.0.1", 0)) as busy:
        port = busy.getsockname()[1]
        monkeypatch.setenv("PENINSULA_SERVER_PORT", str(port))
        with start() as server:
            line = server.wait_for_line("serves http://127.0.0.1:")
            assert f":{port}," not in line
            server.wait_for_line("Ctrl-C ends it")
            assert cli("server", "stop").code == 0
            assert server.wait() == 0


def test_settings_that_do_not_fit_are_refused_at_the_start(monkeypatch: pytest.MonkeyPatch):
    """One line says what, and how to correct it."""
    monkeypatch.setenv("PENINSULA_SERVER_AUTH", "false")
    with start("--host", "0.0.0.0") as server:
        assert server.wait() == 1
        assert "PENINSULA_SERVER_AUTH=true" in server.output
        assert "Traceback" not in server.output


def test_status_of_a_server_that_is_away_says_why(cli: Cli):
    """The exit code is 1, and the address that was asked is named."""
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{unused.getsockname()[1]}"
    done = cli("server", "status", env={"PENINSULA_API_URL": url})
    assert done.code == 1
    assert f"Not serving at {url}" in done.out
    assert "No server answers" in done.err


def test_a_rebuild_that_is_under_way_is_said(server, cli: Cli):
    """By status and doctor; one that a killed server has left is gone when it starts again."""
    now = time.time_ns() // 1000
    left = json.dumps({"token": "killed", "began": now, "seen": now})
    with closing(sqlite3.connect(server.home / "peninsula.db")) as database, database:
        database.execute("INSERT INTO meta VALUES ('rebuild', ?)", (left,))
    assert "rebuild is under way since" in cli("server", "status").err
    assert cli("server", "status", "--json").json["rebuilding_since"]
    assert "under way since" in cli("doctor").out
    server.kill()
    server.start()
    assert "under way" not in cli("server", "status").err
    assert cli("server", "prune").code == 0


# --- upkeep --------------------------------------------------------------------------------------


@pytest.mark.parametrize("serving", [True, False])
def test_upkeep_works_with_and_without_a_server(
    start_server, cli: Cli, tmp_path: Path, serving: bool
):
    """Rebuild, prune and backup ask whoever has the database."""
    if serving:
        start_server()
    cli("event", "emit", "a.b", "--resource", "x")
    assert cli("server", "rebuild", "--json").json == {"events": 1}
    assert cli("server", "prune", "--json").json["events"] == 0
    copy = tmp_path / "copy.db"
    made = cli("server", "backup", "copy.db", "--json", cwd=tmp_path).json
    assert made == {"path": str(copy), "bytes": copy.stat().st_size}
    with sqlite3.connect(copy) as database:
        assert database.execute("SELECT count(*) FROM events").fetchone() == (1,)
    database.close()
    again = cli("server", "backup", str(copy))
    assert again.code == 1
    assert "is there already" in again.err


def test_a_relative_path_means_nothing_to_a_server_elsewhere(cli: Cli):
    """The file would be on another machine."""
    done = cli("server", "backup", "copy.db", env={"PENINSULA_API_URL": "http://10.0.0.1:4747"})
    assert done.code == 1
    assert "Give the path from / on" in done.err


# --- keys ----------------------------------------------------------------------------------------


def test_a_key_is_made_used_listed_and_revoked(server: Server, cli: Cli):
    """Its secret is all of stdout; it works as PENINSULA_API_KEY until it is revoked."""
    made = cli("key", "create", "dashboard", "--scope", "read", "--expires", "90d")
    secret = made.out.strip()
    assert "dashboard" in made.err
    env = {"PENINSULA_API_URL": server.url, "PENINSULA_API_KEY": secret}
    assert cli("flow-run", "ls", env=env).code == 0
    refused = cli("event", "emit", "a.b", "--resource", "x", env=env)
    assert refused.code == 1
    assert "emit" in refused.err
    (key,) = cli("key", "ls", "--json").json
    assert (key["name"], key["scopes"]) == ("dashboard", ["read"])
    assert (_time(key["expires"]) - _time(key["created"])).days == 90
    assert secret not in cli("key", "ls").out
    assert cli("key", "revoke", key["id"][:13], "--json").json == {"revoked": key["id"]}
    assert cli("key", "revoke", "dashboard").code == 1
    assert cli("key", "ls", "--json").json == []


def _time(text: str) -> datetime:
    return datetime.fromisoformat(text)


def test_a_name_of_several_keys_is_refused(cli: Cli):
    """The ids are in the error."""
    for _ in range(2):
        cli("key", "create", "ci", "--scope", "emit", "--scope", "work")
    done = cli("key", "revoke", "ci")
    assert done.code == 1
    assert all(key["id"] in done.err for key in cli("key", "ls", "--json").json)


@pytest.mark.parametrize(
    ("options", "code", "what"),
    [
        (["--scope", "everything"], 2, "is none of emit, read, work, admin"),
        ([], 2, "--scope"),
        (["--scope", "read", "--expires", "soon"], 1, "90s, 15m, 2h, 7d"),
    ],
)
def test_a_key_that_cannot_be_is_refused(cli: Cli, options: list[str], code: int, what: str):
    """The error names what there is."""
    done = cli("key", "create", "x", *options)
    assert (done.code, done.out) == (code, "")
    assert what in done.err


# --- open ----------------------------------------------------------------------------------------


def test_open_writes_a_way_in_that_only_the_owner_can_read(server: Server, cli: Cli):
    """It leads to the login page, with the key where no request carries it."""
    done = cli("server", "open", "--no-browser")
    assert done.code == 0, done.err
    way_in = Path(done.out.strip())
    token = (server.home / "token").read_text().strip()
    assert f"{server.url}/login#key={token}" in way_in.read_text()
    assert way_in.stat().st_mode & 0o777 == 0o600
    assert token not in done.out


def test_open_without_a_server_says_how_to_start_one(cli: Cli):
    """There is nothing to open."""
    done = cli("server", "open")
    assert (done.code, done.out) == (1, "")
    assert "peninsula server start" in done.err
