"""Answer the API in this process for a while. Heavy: `inprocess` imports it at once."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any, Final, Self
from urllib.parse import urlsplit

import httpx
from litestar import Litestar

from peninsula.core.errors import UnavailableError
from peninsula.core.home import Home
from peninsula.core.settings import Settings
from peninsula.server import lock, wiring
from peninsula.server.app import create_app
from peninsula.server.config import configure
from peninsula.server.services.adoption import Adopt, Adoption
from peninsula.server.wiring import Services

__all__ = ["open_transport"]

LOCK_SECONDS: Final = 30.0
"""How long to wait for another process that has the home and does not serve it."""


@asynccontextmanager
async def open_transport(
    settings: Settings, adopt: Adopt | None
) -> AsyncIterator[httpx.AsyncBaseTransport]:
    """Open what answers the API for this home: `peninsula.server.inprocess` says more."""
    config = configure(settings)
    async with AsyncExitStack() as stack:
        held = await _hold(config.home)
        if held is None:
            yield await stack.enter_async_context(_Elsewhere(config.home))
            return
        stack.callback(os.close, held)
        services = await stack.enter_async_context(wiring.open_services(config, trusted=True))
        stack.enter_context(lock.noted(config.home, None, services.log_id))
        await _take_in(services, adopt)
        yield await stack.enter_async_context(_Here(services, create_app(services)))


async def _hold(home: Home) -> int | None:
    """Return the locked file; None when the home is served by another process."""
    deadline = time.monotonic() + LOCK_SECONDS
    while (file := lock.try_hold(home)) is None:
        if lock.note_of(home).url is not None:
            return None
        if time.monotonic() >= deadline:
            raise lock.held(home)
        await asyncio.sleep(lock.PAUSE)
    return file


async def _take_in(services: Services, adopt: Adopt | None) -> None:
    await services.leases.learn()
    if adopt is not None:
        adoption = Adoption(adopt, services.reception, time.monotonic)
        await adoption.tick(0.0)
        await adoption.stop()


class _Here(httpx.AsyncBaseTransport):
    """The app in this process. An answer is passed on as it comes, so streams work."""

    def __init__(self, services: Services, app: Litestar) -> None:
        self._services = services
        self._app = app

    async def __aenter__(self) -> Self:
        await self._services.stream.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        self._services.let_go()
        await self._services.stream.stop()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        body = await request.aread()
        answer = _Answer(body)
        answer.begin(self._app, _scope(request))
        status, headers = await answer.head()
        return httpx.Response(status, headers=headers, stream=answer)


def _scope(request: httpx.Request) -> dict[str, Any]:
    path = request.url.raw_path.partition(b"?")[0]
    # The app looks at the name it is called by; here it is this machine's, whatever the base URL.
    headers = [(name.lower(), value) for name, value in request.headers.raw]
    return {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": request.method,
        "headers": [*(pair for pair in headers if pair[0] != b"host"), (b"host", b"localhost")],
        "scheme": "http",
        "path": request.url.path,
        "raw_path": path,
        "query_string": request.url.query,
        "server": ("localhost", 80),
        "client": ("127.0.0.1", 0),
        "root_path": "",
        "extensions": {},
        "state": {},
    }


class _Answer(httpx.AsyncByteStream):
    """One answer of the app, part by part."""

    def __init__(self, body: bytes) -> None:
        self._body: bytes | None = body
        self._parts: asyncio.Queue[dict[str, Any] | None] = asyncio.Queue(maxsize=4)
        self._gone = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def begin(self, app: Any, scope: dict[str, Any]) -> None:
        self._task = asyncio.create_task(self._run(app, scope))

    async def _run(self, app: Any, scope: dict[str, Any]) -> None:
        try:
            await app(scope, self._receive, self._parts.put)
        finally:
            await self._parts.put(None)

    async def _receive(self) -> dict[str, Any]:
        if self._body is not None:
            body, self._body = self._body, None
            return {"type": "http.request", "body": body, "more_body": False}
        await self._gone.wait()
        return {"type": "http.disconnect"}

    async def head(self) -> tuple[int, list[tuple[bytes, bytes]]]:
        """Return status and headers, once the app has said them."""
        part = await self._parts.get()
        if part is None:
            msg = "The local database cannot be asked: the app failed. Its log has the reason."
            raise UnavailableError(msg)
        return part["status"], list(part["headers"])

    async def __aiter__(self) -> AsyncIterator[bytes]:
        while (part := await self._parts.get()) is not None:
            if part["body"]:
                yield part["body"]
            if not part.get("more_body", False):
                return

    async def aclose(self) -> None:
        """Let the app know that nobody reads on."""
        self._gone.set()
        if self._task is not None and not self._task.done():
            self._task.cancel()
            await asyncio.wait([self._task])


class _Elsewhere(httpx.AsyncBaseTransport):
    """Whoever serves the home, at the address that it has now."""

    def __init__(self, home: Home) -> None:
        self._home = home
        self._http = httpx.AsyncHTTPTransport()

    async def __aexit__(self, *_: object) -> None:
        await self._http.aclose()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        url = lock.note_of(self._home).url
        if url is None:
            msg = "The server of this home has just stopped. Try again."
            raise httpx.ConnectError(msg)
        to = urlsplit(url)
        request.url = request.url.copy_with(scheme=to.scheme, host=to.hostname, port=to.port)
        request.headers["Host"] = to.netloc
        request.headers["Authorization"] = f"Bearer {self._token()}"
        return await self._http.handle_async_request(request)

    def _token(self) -> str:
        try:
            return self._home.token.read_text(encoding="ascii").strip()
        except OSError as problem:
            msg = f"Cannot read {self._home.token}: {problem}."
            raise UnavailableError(msg) from problem
