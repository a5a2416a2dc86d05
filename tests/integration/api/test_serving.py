"""A server as a process: its home, its port, its signals, and what it does not import."""

from __future__ import annotations

import asyncio
import errno
import gc
import json
import socket
import stat
import subprocess
import sys
import threading
from contextlib import closing
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlsplit
from uuid import uuid4

import httpx
import pytest
from msgspec import structs

from peninsula.core import codec
from peninsula.core.answers import Poll
from peninsula.core.errors import ConflictError
from peninsula.core.home import Home
from peninsula.core.runs import Birth, RunKind
from peninsula.core.settings import Settings
from peninsula.core.states import StateType
from peninsula.server import lock
from peninsula.server.inprocess import open_transport
from peninsula.server.services.reception import Port
from tests.support.make import Teller, change, event, state
from tests.support.processes import python, wait_until

pytestmark = pytest.mark.anyio


def asked(server, **headers: str) -> httpx.Client:
    """A client that has the home's token."""
    token = (server.home / "token").read_text().strip()
    return httpx.Client(
        base_url=server.url, headers={"Authorization": f"Bearer {token}", **headers}, timeout=20
    )


def told() -> Teller:
    """A process with a run that has begun."""
    teller = Teller()
    run = uuid4()
    born = change(StateType.RUNNING, born=Birth(name="r", flow="f"))
    teller.tell(state(run, RunKind.FLOW_RUN, born), run, run)
    return teller


def polls(http: httpx.Client) -> bool:
    """Whether a poll is open."""
    return "peninsula_polls 1" in http.get("/api/metrics").text


# --- a server ------------------------------------------------------------------------------------


def test_a_server_says_where_it_is_and_takes_it_back_when_it_ends(server):
    """server.json names the address, the process and the log, to the owner alone."""
    note = Home(server.home).server_note
    said = json.loads(note.read_bytes())
    assert said["url"] == server.url
    assert said["pid"] == server.program.pid
    assert stat.S_IMODE(note.stat().st_mode) == 0o600
    with asked(server) as http:
        assert http.get("/api/meta").json()["log_id"] == said["log_id"]
    server.stop()
    assert not note.exists()


def test_a_body_that_says_it_is_too_large_is_refused_before_it_is_sent(server):
    """Nothing of it is waited for."""
    address = urlsplit(server.url)
    token = (server.home / "token").read_text().strip()
    http = HTTPConnection(address.hostname, address.port, timeout=20)
    with closing(http):
        http.putrequest("POST", "/api/events")
        http.putheader("Authorization", f"Bearer {token}")
        http.putheader("Content-Length", "99999999999")
        http.endheaders()
        answer = http.getresponse()
        assert answer.status == 413
        assert json.loads(answer.read())["code"] == "too-large"


def test_a_server_keeps_its_log_and_its_token(server):
    """After a stop and after kill -9, what was answered is there."""
    body = codec.encode(told().batch())
    with asked(server) as http:
        assert http.post("/api/intake", content=body).json()["committed"] == 1
    token = (server.home / "token").read_text()
    server.restart()
    server.kill()
    server.start()
    assert (server.home / "token").read_text() == token
    with asked(server) as http:
        assert http.get("/api/flow-runs/counts").json()["total"] == 1


def test_one_server_has_a_home_at_a_time(server):
    """A second one says which process has it, and where that serves."""
    second = python(
        "-m", "peninsula", "server", "start", "--port", "0", env={"PENINSULA_HOME": server.home}
    )
    with second:
        assert second.wait() != 0
        assert str(server.program.pid) in second.output
        assert server.url in second.output


def test_a_request_to_change_the_protocol_is_answered_and_no_news(server):
    """Nobody is told to install what the server does not need."""
    upgrade = {"Connection": "Upgrade", "Upgrade": "websocket"}
    with asked(server, **upgrade) as http:
        assert http.get("/api/health").status_code == 200
    server.program.terminate()
    assert "uvicorn" not in server.program.output
    assert "upgrade" not in server.program.output


@pytest.fixture
def shared(start_server, tmp_path):
    """A server of one home, on a SQLite file that homes share."""
    url = f"sqlite:///{tmp_path / 'shared.db'}"
    return start_server(home=tmp_path / "first", database_url=url)


@pytest.mark.parametrize("way", ["shared.db", "home/../shared.db", "link.db"])
def test_one_server_writes_a_sqlite_file_at_a_time(shared, tmp_path, home, way):
    """Whatever its home and whichever way it names the file: the first one is named."""
    home.mkdir()
    (tmp_path / "link.db").symlink_to("shared.db")
    start = ("server", "start", "--port", "0", "--database", f"sqlite:///{tmp_path / way}")
    with python("-m", "peninsula", *start, env={"PENINSULA_HOME": str(home)}) as second:
        assert second.wait() != 0
        assert str(tmp_path / "shared.db") in second.output
        assert f"process {shared.program.pid} of the home {shared.home}" in second.output
        assert f"PENINSULA_API_URL={shared.url}" in second.output
    with asked(shared) as http:
        assert http.post("/api/events", content=codec.encode(event())).status_code == 201


def test_a_sqlite_file_of_several_names_is_not_served(tmp_path, home):
    """Writers by two hard links would not see each other's log; the error says how to find them."""
    (tmp_path / "one.db").touch()
    (tmp_path / "two.db").hardlink_to(tmp_path / "one.db")
    start = ("server", "start", "--port", "0", "--database", f"sqlite:///{tmp_path / 'two.db'}")
    with python("-m", "peninsula", *start, env={"PENINSULA_HOME": str(home)}) as program:
        assert program.wait() != 0
        assert f"find -samefile {tmp_path / 'two.db'}" in program.output


async def test_a_sqlite_file_that_another_home_serves_is_not_opened(shared, settings, tmp_path):
    """Nor by a command; when its server has ended, it is."""
    settings = structs.replace(settings, database_url=f"sqlite:///{tmp_path / 'shared.db'}")
    with pytest.raises(ConflictError, match="in use by process"):
        await open_transport(settings).__aenter__()
    shared.kill()
    async with open_transport(settings):
        pass


async def test_a_file_system_without_locks_is_said_and_used(settings, monkeypatch, caplog):
    """Nobody is locked out there; a person has to see to it."""

    def unsupported(*_: object) -> None:
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr("peninsula.server.lock.fcntl.flock", unsupported)
    async with open_transport(settings):
        assert "peninsula.db.lock cannot be locked (No locks available)" in caplog.text


def test_a_busy_port_is_an_error_where_it_was_asked_for(home):
    """Asked for by name, another one will not do."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        env = {"PENINSULA_HOME": str(home)}
        with python("-m", "peninsula", "server", "start", "--port", str(port), env=env) as program:
            assert program.wait() != 0
            assert f"Port {port}" in program.output
            assert "--port" in program.output


def test_a_busy_port_gives_the_next_one_where_it_was_not(home):
    """The port of the settings is where to begin."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        env = {"PENINSULA_HOME": str(home), "PENINSULA_SERVER_PORT": str(port)}
        with python("-m", "peninsula", "server", "start", env=env) as program:
            line = program.wait_for_line("http://127.0.0.1:")
            assert f":{port}," not in line
            assert program.terminate() == 0


def test_a_server_that_is_told_to_end_finishes_what_it_has_begun(server):
    """Long polls and streams are answered, so that it does not wait for them."""
    teller = told()
    with asked(server) as http:
        http.post("/api/intake", content=codec.encode(teller.batch()))
        answers: list[int] = []
        poll = codec.encode(Poll(emitter=teller.process.emitter, wait=30.0))
        waiting = threading.Thread(
            target=lambda: answers.append(http.post("/api/control", content=poll).status_code)
        )
        with asked(server) as other, other.stream("GET", "/api/stream") as stream:
            lines = stream.iter_lines()
            assert next(lines).startswith(":")
            waiting.start()
            wait_until(lambda: polls(other), what="the poll to be open")
            server.stop()
            assert '"unavailable"' in "".join(lines)
        waiting.join()
        assert answers == [200]


def test_a_poll_ends_with_the_process_that_made_it(server):
    """Nobody waits for an answer that nobody will read."""
    teller = told()
    with asked(server) as http:
        http.post("/api/intake", content=codec.encode(teller.batch()))
        poll = codec.encode(Poll(emitter=teller.process.emitter, wait=30.0))
        with asked(server) as other:
            request = other.build_request("POST", "/api/control", content=poll)
            line = b"POST /api/control HTTP/1.1\r\n"
            lines = [b"%s: %s\r\n" % pair for pair in request.headers.raw]
            address = (request.url.host, request.url.port)
            with socket.create_connection(address) as caller:
                caller.sendall(line + b"".join(lines) + b"\r\n" + poll)
                wait_until(lambda: polls(http), what="the poll to be open")
        wait_until(lambda: "peninsula_polls 0" in http.get("/api/metrics").text, timeout=10)


def test_what_is_not_needed_is_not_imported(home):
    """Neither Alembic nor pydantic nor the SDK are in a server's start, which is to be quick."""
    code = (
        "import sys; from peninsula.server import imports\n"
        "with imports.at_once():\n    import peninsula.server.http\n"
        "import asyncio, tempfile\n"
        "from peninsula.core.settings import Settings\n"
        "from peninsula.server import config, wiring\n"
        "from peninsula.server.app import create_app\n"
        "async def main():\n"
        "    settings = Settings(home=tempfile.mkdtemp())\n"
        "    async with wiring.open_services(config.configure(settings)) as services:\n"
        "        create_app(services)\n"
        "asyncio.run(main())\n"
        "unwanted = ('alembic', 'pydantic', 'typer', 'rich', 'psycopg', 'peninsula.sdk',"
        " 'peninsula.journal', 'peninsula.client', 'httpx')\n"
        "print(sorted(name for name in unwanted if name in sys.modules))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout.strip() == "[]"


# --- without a server ----------------------------------------------------------------------------


@pytest.fixture
def settings(home) -> Settings:
    """A home of one's own."""
    return structs.replace(Settings(), home=str(home))


async def test_the_local_database_is_opened_again_and_again_without_a_growth_of_memory(settings):
    """A paused run asks it every few seconds, for hours maybe."""
    counts = []
    for _ in range(4):
        async with open_transport(settings):
            counts.append(gc.get_freeze_count())
    # What is frozen still ends when nothing holds it any more: fewer is no growth.
    assert counts == sorted(counts, reverse=True)


async def test_the_local_database_answers_without_a_server(settings, home):
    """The same API; afterwards the home is free, and the next one finds what was written."""
    async with (
        open_transport(settings) as transport,
        httpx.AsyncClient(transport=transport, base_url="http://peninsula.local") as http,
    ):
        assert lock.try_hold(Home(home)) is None
        answer = await http.post("/api/events", content=codec.encode(event()))
        assert answer.status_code == 201
    assert not Home(home).server_note.exists()
    async with (
        open_transport(settings) as transport,
        httpx.AsyncClient(transport=transport, base_url="http://peninsula.local") as http,
    ):
        assert len((await http.get("/api/events")).json()["items"]) == 1


async def test_journals_are_taken_in_before_anything_is_answered(settings):
    """By whatever is given for it, in a thread."""
    teller = told()

    def adopt(port: Port) -> None:
        assert threading.current_thread() is not threading.main_thread()
        emitter = teller.process.emitter
        assert port.offers([emitter]).committed == {emitter: 0}
        port.take(codec.encode(teller.batch(adopted=True, closing=True)))

    async with (
        open_transport(settings, adopt) as transport,
        httpx.AsyncClient(transport=transport, base_url="http://peninsula.local") as http,
    ):
        (run,) = (await http.get("/api/flow-runs")).json()["items"]
        assert run["state"]["type"] == "CRASHED"


async def test_whoever_serves_the_home_is_asked_instead(settings, server):
    """Through the same transport, with the token of the home."""
    with asked(server) as http:
        http.post("/api/intake", content=codec.encode(told().batch()))
    async with (
        open_transport(settings, lambda _: pytest.fail("the server takes journals in")) as here,
        httpx.AsyncClient(transport=here, base_url="http://peninsula.local") as http,
    ):
        assert (await http.get("/api/flow-runs/counts")).json()["total"] == 1


async def test_two_commands_at_once_wait_for_each_other(settings):
    """Each holds the home for a moment; nobody fails."""

    async def once() -> int:
        async with (
            open_transport(settings) as transport,
            httpx.AsyncClient(transport=transport, base_url="http://peninsula.local") as http,
        ):
            return (await http.post("/api/events", content=codec.encode(event()))).status_code

    assert await asyncio.gather(*(once() for _ in range(5))) == [201] * 5


async def test_a_home_that_stays_taken_is_said_to_be(settings, home, monkeypatch):
    """With the process that has it, if it has said so."""
    monkeypatch.setattr("peninsula.server.local.LOCK_SECONDS", 0.0)
    with lock.hold(Home(home), 0.0):
        with pytest.raises(ConflictError, match="in use by another process"):
            await open_transport(settings).__aenter__()
        noted = lock.noted(Home(home), None, uuid4())
        with noted, pytest.raises(ConflictError, match=r"in use by process \d+"):
            await open_transport(settings).__aenter__()


async def test_a_stream_works_without_a_server(settings):
    """Its answer has no end, and is passed on as it comes."""
    async with (
        open_transport(settings) as transport,
        httpx.AsyncClient(transport=transport, base_url="http://peninsula.local") as http,
        http.stream("GET", "/api/stream?since=0") as answer,
    ):
        lines = answer.aiter_lines()
        assert (await anext(lines)).startswith(":")
        await http.post("/api/events", content=codec.encode(event("seen")))
        async for line in lines:
            if line.startswith("data:"):
                assert '"seen"' in line
                break


def test_a_home_that_cannot_be_written_is_named(tmp_path):
    """With the fix."""
    (tmp_path / "file").touch()
    env = {"PENINSULA_HOME": str(tmp_path / "file")}
    with python("-m", "peninsula", "server", "start", "--port", "0", env=env) as program:
        assert program.wait() != 0
        assert str(Path("file")) in program.output
        assert "Traceback" not in program.output
