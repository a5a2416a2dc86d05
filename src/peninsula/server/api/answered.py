"""What happens to every answer on its way out: counted, compressed, and not waited for for ever."""

from __future__ import annotations

import asyncio
import time
import zlib
from typing import Any, Final

from litestar.enums import ScopeType
from litestar.types import ASGIApp, Message, Receive, Scope, Send

from peninsula.server.api.calls import CALL
from peninsula.server.services.metrics import Metrics

__all__ = ["Answered"]

COMPRESSED_FROM: Final = 2_048
"""Bytes of an answer below which compressing does not pay."""

IN_A_THREAD_FROM: Final = 65_536
"""Bytes above which it would hold up the others."""

LEVEL: Final = 5

SEND_SECONDS: Final = 30.0
"""A reader that takes nothing for so long is let go."""


class Answered:
    """Middleware around each call."""

    def __init__(self, app: ASGIApp) -> None:
        """Stand around an app."""
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer."""
        if scope["type"] != ScopeType.HTTP:
            await self._app(scope, receive, send)
            return
        answer = _Answer(scope, send)
        try:
            await self._app(scope, receive, answer.send)
        except TimeoutError:
            # The connection is closed, as the answer is not complete.
            answer.status = 499
        finally:
            answer.count()


class _Answer:
    """One answer."""

    def __init__(self, scope: Any, send: Send) -> None:
        self._scope = scope
        self._send = send
        self._started = time.perf_counter()
        self._start: Message | None = None
        self.status = 500

    async def send(self, message: Message) -> None:
        """Hold the head back until it is known whether there is one body, then pass on."""
        if message["type"] == "http.response.start":
            self.status = message["status"]
            self._start = message
            return
        if self._start is not None:
            head, self._start = self._start, None
            if message["type"] == "http.response.body" and not message.get("more_body", False):
                await self._send_whole(head, message)
                return
            await self._send(head)
        async with asyncio.timeout(SEND_SECONDS):
            await self._send(message)

    async def _send_whole(self, head: Any, body: Any) -> None:
        content: bytes = body["body"]
        if len(content) >= COMPRESSED_FROM and self._takes_gzip() and _pays(head["headers"]):
            if len(content) >= IN_A_THREAD_FROM:
                content = await asyncio.to_thread(_gzip, content)
            else:
                content = _gzip(content)
            kept = [pair for pair in head["headers"] if pair[0].lower() != b"content-length"]
            head["headers"] = [
                *kept,
                (b"content-encoding", b"gzip"),
                (b"vary", b"Accept-Encoding"),
                (b"content-length", str(len(content)).encode()),
            ]
        async with asyncio.timeout(SEND_SECONDS):
            await self._send(head)
            await self._send({"type": "http.response.body", "body": content, "more_body": False})

    def _takes_gzip(self) -> bool:
        return any(
            name == b"accept-encoding" and b"gzip" in value
            for name, value in self._scope["headers"]
        )

    def count(self) -> None:
        """Count the answer."""
        handler = self._scope.get("route_handler")
        call = handler.opt.get(CALL) if handler is not None else None
        if call is not None:
            metrics: Metrics = self._scope["litestar_app"].state["services"].metrics
            metrics.answered(call.name, self.status, time.perf_counter() - self._started)


def _pays(headers: Any) -> bool:
    given = {name.lower(): value for name, value in headers}
    return b"content-encoding" not in given and not given.get(b"content-type", b"").startswith(
        (b"font/", b"image/")
    )


def _gzip(content: bytes) -> bytes:
    squeeze = zlib.compressobj(LEVEL, zlib.DEFLATED, 31)
    return squeeze.compress(content) + squeeze.flush()
