"""An API server of Kubernetes as far as a worker asks it: objects, watches, and their troubles."""

from __future__ import annotations

import asyncio
import json
import re
import ssl
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from functools import partial
from typing import Any
from uuid import uuid4

from aiohttp import web

from peninsula.kube.access import Access

__all__ = ["KubeServer", "kube_server"]


class KubeServer:
    """Objects by their kind, and all that happened to them; every change has a version."""

    def __init__(self) -> None:
        self.version = 1
        self.objects: dict[str, dict[str, Any]] = {}
        self.changes: list[tuple[int, str, str, dict[str, Any]]] = []
        self.oldest = 0
        self.lists = 0
        """How often something was listed."""
        self.watches = 0
        self.deleted: list[str] = []
        """Names of what somebody asked to delete."""
        self.away = False
        self.held: dict[str, asyncio.Event] = {}
        """By request, as "GET pods", what has to happen before it is answered."""
        self.asked: dict[str, asyncio.Event] = defaultdict(asyncio.Event)
        """By request, that it was asked."""
        self.lost: dict[str, bool] = {}
        """By request, after which it is away without an answer: whether it does it before."""
        self._news = asyncio.Condition()
        self._breaks = 0

    async def put(self, kind: str, thing: dict[str, Any]) -> None:
        """Have an object be like this."""
        await self.change(kind, "MODIFIED", thing)
        self.objects.setdefault(kind, {})[thing["metadata"]["uid"]] = thing

    async def remove(self, kind: str, uid: str) -> None:
        """Have it be gone."""
        await self.change(kind, "DELETED", self.objects[kind].pop(uid))

    async def change(self, kind: str, type_: str, thing: dict[str, Any]) -> None:
        """Tell who watches of a change."""
        self.version += 1
        thing["metadata"]["resourceVersion"] = str(self.version)
        self.changes.append((self.version, kind, type_, json.loads(json.dumps(thing))))
        async with self._news:
            self._news.notify_all()

    async def break_off(self, *, forget: bool = False) -> None:
        """End all watches in their middle; `forget`: what was before is 410 Gone from now on."""
        self._breaks += 1
        if forget:
            self.version += 1
            self.oldest = self.version
        async with self._news:
            self._news.notify_all()

    # --- answers ---------------------------------------------------------------------------------

    async def answer(self, request: web.Request) -> web.StreamResponse:
        """Answer one request."""
        if self.away:
            return web.json_response({"message": "starting"}, status=503)
        if request.path.endswith("/namespaces/kube-system"):
            return web.json_response({"metadata": {"uid": "c1"}})
        if request.path.endswith("/selfsubjectaccessreviews"):
            return web.json_response({"status": {"allowed": True}}, status=201)
        kind, name, part = _PLACE.fullmatch(request.path).groups()
        kind = part or kind
        asked = f"{request.method} {kind}"
        self.asked[asked].set()
        if request.query.get("watch"):
            return await self._watch(request, kind)
        if asked in self.held:
            await self.held[asked].wait()
        if asked in self.lost:
            self.away = True
            request.transport.abort()
        if not self.lost.get(asked, True):
            return web.Response()
        status, said = await self._done(request, kind, name)
        return web.json_response(said, status=status)

    async def _done(
        self, request: web.Request, kind: str, name: str | None
    ) -> tuple[int, dict[str, Any]]:
        there = self.objects.setdefault(kind, {})
        if request.method == "POST":
            thing = await request.json()
            name = thing["metadata"]["name"]
        known = next((each for each in there.values() if each["metadata"]["name"] == name), None)
        match request.method:
            case "POST" if known is not None:
                return 409, {"message": f"{name} is there"}
            case "POST":
                thing["metadata"] |= {"uid": str(uuid4()), "creationTimestamp": _now()}
                await self.put(kind, thing)
                return 201, thing
            case "GET" if name is None:
                self.lists += 1
                about = {"resourceVersion": str(self.version)}
                return 200, {"metadata": about, "items": list(there.values())}
            case "DELETE":
                self.deleted.append(name)
        if known is None:
            return 404, {"message": f"{name} is not there"}
        match request.method:
            case "PATCH":
                changes = (await request.json()).items()
                await self.put(kind, known | {key: known[key] | to for key, to in changes})
            case "DELETE":
                await self.remove(kind, known["metadata"]["uid"])
        return 200, known

    def _has_news(self, at: int, breaks: int) -> bool:
        return at < len(self.changes) or self._breaks != breaks

    async def _watch(self, request: web.Request, kind: str) -> web.StreamResponse:
        since, breaks = int(request.query["resourceVersion"]), self._breaks
        self.watches += 1
        answer = web.StreamResponse()
        await answer.prepare(request)
        if since < self.oldest:
            await answer.write(_line("ERROR", {"code": 410, "message": "too old"}))
            return answer
        at = len(self.changes)
        while at and self.changes[at - 1][0] > since:
            at -= 1
        while self._breaks == breaks:
            news, at = self.changes[at:], len(self.changes)
            for _, of, type_, thing in news:
                if of == kind:
                    await answer.write(_line(type_, thing))
            async with self._news:
                await self._news.wait_for(partial(self._has_news, at, breaks))
        request.transport.abort()
        return answer


_PLACE = re.compile(
    r"/apis?/(?:[\w.]+/)?v\d\w*(?:/namespaces/[^/]+)?/(\w+)(?:/([^/]+)(?:/(\w+))?)?"
)
"""Of a kind of objects, of one of them, or of a part of that."""


def _now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _line(type_: str, thing: dict[str, Any]) -> bytes:
    return json.dumps({"type": type_, "object": thing}).encode() + b"\n"


@asynccontextmanager
async def kube_server() -> AsyncIterator[tuple[KubeServer, Access]]:
    """Serve one on loopback; give it with what a client needs to reach it."""
    server = KubeServer()
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", server.answer)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    address = runner.addresses[0]
    access = Access(
        server=f"http://{address[0]}:{address[1]}",
        verify=ssl.create_default_context(),
        namespace="etl",
    )
    try:
        yield server, access
    finally:
        await server.break_off()
        await runner.cleanup()
