"""A proxy before an API server of Kubernetes, which keeps one kind of request from arriving.

It is a program: `python -m tests.support.kube_proxy TARGET METHOD KIND` says where it listens, and
that it holds a request.
"""

from __future__ import annotations

import asyncio
import sys

import aiohttp
from aiohttp import web

PASSED = {"Accept", "Authorization", "Content-Type"}


def proxy(target: str, method: str, kind: str) -> web.Application:
    """Return what passes on all but requests of a method about a kind: `POST`, `secrets`."""

    async def answer(request: web.Request) -> web.StreamResponse:
        if request.method == method and f"/{kind}" in request.path:
            say("holds a request")
            await asyncio.Event().wait()
        async with (
            aiohttp.ClientSession() as session,
            session.request(
                request.method,
                f"{target}{request.raw_path}",
                headers={name: request.headers[name] for name in PASSED & request.headers.keys()},
                data=await request.read(),
                ssl=False,
            ) as said,
        ):
            passed = web.StreamResponse(
                status=said.status, headers={"Content-Type": said.headers["Content-Type"]}
            )
            await passed.prepare(request)
            async for some in said.content.iter_any():
                await passed.write(some)
            return passed

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", answer)
    return app


def say(line: str) -> None:
    """Say it to whoever started this."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


async def serve(app: web.Application) -> None:
    """Serve on loopback, and say where."""
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    say(f"listens at http://127.0.0.1:{runner.addresses[0][1]}")
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(serve(proxy(*sys.argv[1:])))
