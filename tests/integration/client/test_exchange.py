"""What the client makes of answers, good and bad, over a real socket."""

from __future__ import annotations

import asyncio
import json
import socket
import threading
from collections.abc import Awaitable, Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple, TypeVar

import pytest

from peninsula.client.api import Api, open_api
from peninsula.core import errors
from peninsula.core.errors import PeninsulaError, UnavailableError
from peninsula.core.settings import Settings

T = TypeVar("T")


class Said(NamedTuple):
    """What the server answers to everything."""

    status: int
    body: str
    kind: str = "application/json"


class Talker(ThreadingHTTPServer):
    """A server that says what it is told to, and keeps what it was asked."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.said = Said(200, "{}")
        self.asked: list[tuple[str, str, dict[str, str], bytes]] = []

    @property
    def url(self) -> str:
        """Its address."""
        return f"http://127.0.0.1:{self.server_port}"


class _Handler(BaseHTTPRequestHandler):
    server: Talker

    def _answer(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.server.asked.append((self.command, self.path, dict(self.headers), body))
        said = self.server.said
        self.send_response(said.status)
        self.send_header("Content-Type", said.kind)
        self.end_headers()
        self.wfile.write(said.body.encode())

    do_GET = do_POST = do_DELETE = _answer  # noqa: N815  the base class asks for these names

    def log_message(self, *_: object) -> None:
        """Keep quiet."""


@pytest.fixture
def talker() -> Iterator[Talker]:
    """A server that can be told what to say."""
    with Talker() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def ask(settings: Settings, question: Callable[[Api], Awaitable[T]]) -> T:
    """Open the API, ask, and return the answer."""

    async def opened() -> T:
        async with open_api(settings) as api:
            return await question(api)

    return asyncio.run(opened())


def to(talker: Talker, **more: Any) -> Settings:
    """Settings that name the server."""
    return Settings(api_url=talker.url, **more)


@pytest.mark.parametrize(
    ("code", "status", "kind"),
    [
        ("invalid", 422, errors.InvalidError),
        ("unauthenticated", 401, errors.UnauthenticatedError),
        ("forbidden", 403, errors.ForbiddenError),
        ("not-found", 404, errors.NotFoundError),
        ("method-not-allowed", 405, errors.InvalidError),
        ("conflict", 409, errors.ConflictError),
        ("gap", 409, errors.ConflictError),
        ("too-large", 413, errors.TooLargeError),
        ("too-many", 429, errors.UnavailableError),
        ("internal", 500, PeninsulaError),
        ("unavailable", 503, errors.UnavailableError),
        ("of-tomorrow", 418, PeninsulaError),
    ],
)
def test_errors_of_the_server_are_errors_again(
    talker: Talker, code: str, status: int, kind: type[PeninsulaError]
):
    """Each code has its class; message and details arrive."""
    told = {"code": code, "message": "No. Do this.", "details": {"limit": 3}}
    talker.said = Said(status, json.dumps(told))
    with pytest.raises(kind) as caught:
        ask(to(talker), lambda api: api.meta())
    assert type(caught.value) is kind
    assert caught.value.message == "No. Do this."
    assert caught.value.details == {"limit": 3}


def test_what_a_proxy_says_is_not_taken_for_an_answer(talker: Talker):
    """An error page names the address and how to correct it."""
    talker.said = Said(502, "<html>Bad Gateway</html>", "text/html")
    with pytest.raises(UnavailableError, match=rf"{talker.url} answers 502 .*api_url"):
        ask(to(talker), lambda api: api.meta())


@pytest.mark.parametrize("body", ["<html>hello</html>", "{}", '{"version": 3}', ""])
def test_an_answer_of_something_else_is_an_error(talker: Talker, body: str):
    """A page, or JSON of another version, is not passed on as if it were an answer."""
    talker.said = Said(200, body)
    with pytest.raises(PeninsulaError, match="does not understand"):
        ask(to(talker), lambda api: api.meta())


def test_a_server_that_is_not_there_is_named_with_the_fix():
    """The address that was set is the one that is meant; nothing else answers for it."""
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{unused.getsockname()[1]}"
    with pytest.raises(UnavailableError, match=rf"No server answers at {url}: .*server start"):
        ask(Settings(api_url=url), lambda api: api.meta())


def test_the_key_is_sent(talker: Talker):
    """Who has a key set is known by it."""
    talker.said = Said(204, "")
    ask(to(talker, api_key="pen_1"), lambda api: api.delete(_ID))
    method, path, headers, _ = talker.asked[0]
    assert (method, path) == ("DELETE", f"/api/flow-runs/{_ID}")
    assert headers["Authorization"] == "Bearer pen_1"


def test_loopback_is_asked_without_a_proxy(talker: Talker, monkeypatch: pytest.MonkeyPatch):
    """A proxy of the company cannot reach this machine's own address."""
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    talker.said = Said(200, '{"status": "ok"}')
    assert ask(to(talker), lambda api: api.health()).status == "ok"


# --- streams -------------------------------------------------------------------------------------

_ID = "0192f3c4-7a1b-7c3d-9e8f-0123456789ab"
EVENT = {
    "position": 7,
    "id": _ID,
    "occurred": "2026-01-31T02:13:00Z",
    "event": "orders.loaded",
    "resource": {"id": "s3://lake"},
    "payload": {},
}


def read_stream(settings: Settings, heard: list[Any]) -> None:
    """Keep what a stream gives until it ends."""

    async def question(api: Api) -> None:
        async for told in api.stream():
            heard.append(told)  # noqa: PERF401  what came before the error is what counts

    ask(settings, question)


def stream(*messages: str) -> Said:
    """An answer of server-sent events."""
    return Said(200, "".join(f"{message}\n\n" for message in messages), "text/event-stream")


def test_a_stream_gives_events_and_the_position_to_go_on_from(talker: Talker):
    """Its end is an error that says so: nobody may think that all is told."""
    talker.said = stream(
        ": hello",
        ": open\nid: 5",
        f"event: events\nid: 7\ndata: {json.dumps([EVENT])}",
        "id: 9\ndata: []",
    )
    heard: list[Any] = []
    with pytest.raises(UnavailableError, match="ended the stream"):
        read_stream(to(talker), heard)
    assert [(told.position, len(told.events)) for told in heard] == [(5, 0), (7, 1), (9, 0)]
    assert heard[1].events[0].event == "orders.loaded"


def test_an_error_in_a_stream_is_that_error(talker: Talker):
    """The server says why it ends."""
    talker.said = stream('event: error\ndata: {"code": "too-many", "message": "Too many."}')
    with pytest.raises(UnavailableError, match="Too many"):
        read_stream(to(talker), [])


def test_a_refused_stream_is_that_error(talker: Talker):
    """What is refused before it begins is refused as any call."""
    talker.said = Said(422, '{"code": "invalid", "message": "No such name."}')
    with pytest.raises(errors.InvalidError, match="No such name"):
        read_stream(to(talker), [])
