"""Answers on their way out: compressed when it pays, and not waited for for ever."""

from __future__ import annotations

import asyncio
import zlib

import pytest

from peninsula.server.api import answered
from peninsula.server.api.answered import Answered

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> str:
    """The one event loop that the server runs on."""
    return "asyncio"


class Wire:
    """What has been sent to a caller, who may stop reading."""

    def __init__(self) -> None:
        self.sent: list[dict] = []
        self.reads = asyncio.Event()
        self.reads.set()

    async def send(self, message: dict) -> None:
        """Take a message, once the caller reads."""
        await self.reads.wait()
        self.sent.append(message)


def scope(**headers: str) -> dict:
    """A request."""
    pairs = [(name.encode(), value.encode()) for name, value in headers.items()]
    return {"type": "http", "headers": pairs}


def saying(*parts: bytes):
    """An app that answers in these parts."""

    async def app(_, __, send) -> None:
        headers = [(b"content-type", b"application/json"), (b"content-length", b"1")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        for place, part in enumerate(parts, 1):
            more = place < len(parts)
            await send({"type": "http.response.body", "body": part, "more_body": more})

    return app


async def test_a_large_answer_is_compressed_for_whoever_takes_that():
    """With its own length; others get it as it is."""
    large = b"x" * 100_000
    for headers, compressed in (({"accept-encoding": "br, gzip"}, True), ({}, False)):
        wire = Wire()
        await Answered(saying(large))(scope(**headers), None, wire.send)
        start, body = wire.sent
        told = dict(start["headers"])
        assert (told.get(b"content-encoding") == b"gzip") is compressed
        content = body["body"]
        if compressed:
            assert int(told[b"content-length"]) == len(content) < 1_000
            content = zlib.decompress(content, 31)
        assert content == large


async def test_a_small_answer_and_one_in_parts_are_sent_as_they_are():
    """Compressing would not pay, or would hold the parts back."""
    for parts in ((b"{}",), (b"x" * 100_000, b"y")):
        wire = Wire()
        await Answered(saying(*parts))(scope(**{"accept-encoding": "gzip"}), None, wire.send)
        assert b"content-encoding" not in dict(wire.sent[0]["headers"])
        assert tuple(message["body"] for message in wire.sent[1:]) == parts


async def test_a_caller_that_does_not_read_is_let_go(monkeypatch):
    """Whoever holds a stream open without taking anything makes room for others."""
    monkeypatch.setattr(answered, "SEND_SECONDS", 0.01)
    wire = Wire()

    async def app(_, __, send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"one", "more_body": True})
        wire.reads.clear()
        while True:
            await send({"type": "http.response.body", "body": b"more", "more_body": True})

    async with asyncio.timeout(10):
        await Answered(app)(scope(), None, wire.send)
    assert [message.get("body") for message in wire.sent] == [None, b"one"]
