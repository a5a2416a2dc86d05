"""`peninsula event` over a history, and over a log of its own."""

from __future__ import annotations

import json
import os
import signal
from pathlib import Path

import pytest

from tests.integration.cli.conftest import Cli, Told, at
from tests.support.processes import Program, peninsula, wait_until
from tests.support.server import Server

# --- ls ------------------------------------------------------------------------------------------


def test_ls_calls_runs_by_their_names(told: Told):
    """Only the first event of a run tells its name; the others are looked up."""
    lines = told.cli("event", "ls", "-n", "3").out.splitlines()
    assert lines[0].split() == ["POSITION", "OCCURRED", "EVENT", "RESOURCE"]
    assert [line.split()[-2:] for line in lines[1:]] == [
        ["flow-run", "brisk-harbour"],
        ["orders.loaded", "s3://lake/raw/orders.parquet"],
        ["task-run", "check"],
    ]


def test_ls_as_json_is_what_the_api_answers(told: Told):
    """An array of events with their positions, payload included."""
    events = told.cli("event", "ls", "--json", "--name", "orders.loaded").json
    assert len(events) == 1
    assert events[0]["payload"] == {"rows": 336776}
    assert events[0]["run"] == str(told.ids["check"])
    assert isinstance(events[0]["position"], int)


@pytest.mark.parametrize(
    ("options", "count"),
    [
        (["--name", "peninsula.task-run.*"], 14),
        (["--name", "peninsula.task-run.failed", "--name", "orders.loaded"], 2),
        (["--resource", "s3://lake"], 1),
        (["--related", "postgresql://db.internal/warehouse", "--role", "uses"], 1),
        (["--involves", "postgresql://db.internal/warehouse"], 1),
        (["--run", "by-carrier"], 14),
        (["--text", "landing ZONE"], 1),
        (["--since", at(5.9)], 5),
        (["--until", at(0.5), "--name", "peninsula.flow-run.*"], 2),
    ],
)
def test_ls_shows_the_events_that_are_meant(told: Told, options: list[str], count: int):
    """Each option narrows the list."""
    assert len(told.cli("event", "ls", "--json", "-n", "200", *options).json) == count


@pytest.mark.parametrize("command", ["ls", "tail"])
def test_a_pattern_that_would_find_nothing_is_refused(told: Told, command: str):
    """The error says which ones there are."""
    done = told.cli("event", command, "--name", "peninsula.task-run.c*")
    assert (done.code, done.out) == (1, "")
    assert "'peninsula.task-run.c*' is no filter of event names" in done.err
    assert "'peninsula.task-run.*'" in done.err


def test_ls_can_begin_with_the_oldest(told: Told):
    """Positions then go up."""
    events = told.cli("event", "ls", "--json", "--oldest", "-n", "3").json
    assert [event["position"] for event in events] == [1, 2, 3]


# --- inspect -------------------------------------------------------------------------------------


def test_an_event_is_known_by_position_by_id_and_by_how_the_id_begins(cli: Cli):
    """`ls` shows the position, other events and programs tell the id."""
    cli("event", "emit", "orders.loaded", "--resource", "s3://lake")
    (event,) = cli("event", "ls", "--json", "--name", "orders.loaded").json
    by_position = cli("event", "inspect", event["position"], "--json").json
    by_id = cli("event", "inspect", event["id"], "--json").json
    by_prefix = cli("event", "inspect", event["id"][:23], "--json").json
    assert by_position == by_id == by_prefix == event


def test_inspect_says_all(told: Told):
    """What it is about, what took part, and the payload as readable JSON."""
    out = told.cli("event", "inspect", _position(told, "orders.loaded")).out
    assert "about     s3://lake/raw/orders.parquet\n" in out
    assert "related   uses: postgresql://db.internal/warehouse\n" in out
    assert f"run       {told.ids['check']} (check)\n" in out
    assert out.endswith('{\n  "rows": 336776\n}\n')


def _position(told: Told, name: str) -> int:
    return told.cli("event", "ls", "--json", "--name", name).json[0]["position"]


@pytest.mark.parametrize(
    ("said", "what"),
    [
        ("0", "No event is at position 0"),
        ("99999999", "No event is at position 99999999"),
        ("ffffffff-ffff-4fff-bfff-ffffffffffff", "ffffffff-ffff-4fff-bfff-ffffffffffff"),
        ("orders.loaded", "'orders.loaded' is no event"),
        ("abcdef", "'abcdef' is no event"),
        ("01020304ab", "No event has an id that begins with '01020304ab'"),
        ("ffffffffff", "No event has an id that begins with 'ffffffffff'"),
    ],
)
def test_an_unknown_event_is_an_error(told: Told, said: str, what: str):
    """It names what was asked for."""
    done = told.cli("event", "inspect", said)
    assert (done.code, done.out) == (1, "")
    assert what in done.err


# --- emit ----------------------------------------------------------------------------------------


def test_emit_without_a_server_puts_the_event_into_the_local_log(cli: Cli):
    """With resource, labels, related resources and what it follows."""
    first = cli("event", "emit", "deploy.done", "--resource", "app.shop", "--json").json
    options = ["--resource", "s3://lake", "--label", "env=prod", "--label", "empty="]
    options += ["--related", "owner=team.data", "--follows", "1", "--payload", '{"rows": 3}']
    cli("event", "emit", "orders.loaded", *options)
    told = cli("event", "ls", "--json").json[0]
    assert told["event"] == "orders.loaded"
    assert told["resource"] == {"id": "s3://lake", "labels": {"env": "prod", "empty": ""}}
    assert told["related"] == [{"id": "team.data", "role": "owner"}]
    assert told["payload"] == {"rows": 3}
    assert told["follows"] == first["id"]


def test_a_payload_comes_from_a_file_or_from_stdin(cli: Cli, tmp_path: Path):
    """@FILE and -, as with curl."""
    (tmp_path / "a.json").write_text('{"from": "file"}\n')
    cli("event", "emit", "a.b", "--resource", "x", "--payload", f"@{tmp_path}/a.json")
    cli("event", "emit", "a.b", "--resource", "x", "--payload", "-", stdin='{"from": "stdin"}')
    payloads = [event["payload"] for event in cli("event", "ls", "--json").json]
    assert payloads == [{"from": "stdin"}, {"from": "file"}]


@pytest.mark.parametrize(
    ("options", "what"),
    [
        (["--payload", "[1]"], "The payload is no JSON object"),
        (["--payload", "{"], "The payload is no JSON object"),
        (["--payload", '{"a": nope}'], "The payload is no JSON object"),
        (["--payload", "@/no/such/file"], "/no/such/file cannot be read"),
        (["--label", "env"], "--label 'env' has no name and value"),
        (["--related", "=team"], "--related '=team' has no name and value"),
        (["--label", "a\nb=c"], "control character"),
    ],
)
def test_what_cannot_be_emitted_is_refused_before_anything_is_opened(
    cli: Cli, home: Path, options: list[str], what: str
):
    """The error says what is wrong and how it would be right; nothing is made."""
    done = cli("event", "emit", "a.b", "--resource", "x", *options)
    assert (done.code, done.out) == (1, "")
    assert what in done.err
    assert not home.exists()


def test_names_of_ours_are_refused(cli: Cli):
    """The server says so, and the CLI passes it on."""
    done = cli("event", "emit", "peninsula.flow-run.failed", "--resource", "x")
    assert done.code == 1
    assert "are ours" in done.err


# --- tail ----------------------------------------------------------------------------------------


def start_tail(*options: str) -> Program:
    """Follow the log, in JSON."""
    return peninsula("event", "tail", "--json", *options)


def emit(cli: Cli, *names: str) -> None:
    """Emit events of these names."""
    for name in names:
        assert cli("event", "emit", name, "--resource", "s3://lake").code == 0


def test_tail_prints_events_as_they_come(server: Server, cli: Cli):
    """From a position on, and then what is new, of what is meant; Ctrl-C ends it."""
    assert server.url
    emit(cli, "before.it", "orders.loaded")
    with start_tail("--after", "1", "--name", "orders.*") as tail:
        first = json.loads(tail.wait_for_line("orders.loaded"))
        assert first["position"] == 2
        emit(cli, "something.else", "orders.shipped")
        assert json.loads(tail.wait_for_line("orders.shipped"))["position"] == 4
        tail.signal(signal.SIGINT)
        assert tail.wait() == 130
        assert len(tail.lines) == 2


def test_tail_finds_a_server_of_this_home_that_has_moved(server: Server, cli: Cli):
    """A server that is back at another port is followed there."""
    emit(cli, "first.one")
    with start_tail("--after", "0") as tail:
        tail.wait_for_line("first.one")
        server.stop()
        tail.wait_for_line("No server answers at ")
        with Server(server.home) as moved:
            assert moved.url != server.url
            emit(cli, "back.again")
            tail.wait_for_line("back.again")


def test_tail_goes_on_where_it_was_after_a_restart(server: Server, cli: Cli):
    """What came meanwhile is not lost, nothing comes twice, and the gap is said on stderr."""
    emit(cli, "first.one")
    with start_tail("--after", "0") as tail:
        tail.wait_for_line("first.one")
        server.stop()
        tail.wait_for_line("Going on after position 1")
        emit(cli, "while.away")  # into the local database
        server.start()
        emit(cli, "back.again")
        tail.wait_for_line("back.again")
        told = [json.loads(line)["event"] for line in tail.lines if line.startswith("{")]
        assert told == ["first.one", "while.away", "back.again"]


def test_tail_without_a_server_says_that_nothing_will_come(cli: Cli):
    """It does not wait for good."""
    done = cli("event", "tail")
    assert (done.code, done.out) == (1, "")
    assert "No server is running" in done.err


def test_tail_of_another_log_says_so(server: Server, cli: Cli):
    """A position beyond the end is not waited for."""
    assert server.url
    done = cli("event", "tail", "--after", "4711")
    assert done.code == 1
    assert "beyond the end" in done.err


def test_a_reader_that_ends_early_is_no_error(told: Told, tmp_path: Path):
    """`event ls | head -1` leaves no traceback."""
    script = tmp_path / "pipe.sh"
    script.write_text(f"{os.sys.executable} -m peninsula event ls -n 200 --json | head -1\n")
    with Program(["sh", script], env={"PENINSULA_HOME": str(told.server.home)}) as pipe:
        assert wait_until(lambda: pipe.returncode == 0)
        pipe.wait()
        assert pipe.output.strip() == "["
