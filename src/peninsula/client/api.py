"""Ask the API, and get the structs of `core.answers` or the errors of `core.errors`."""

from __future__ import annotations

import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from importlib.metadata import entry_points
from typing import Any, Final

import httpx

from peninsula.client import own
from peninsula.client.calls.deployments import DeploymentCalls
from peninsula.client.calls.events import EventCalls, Streamed
from peninsula.client.calls.resources import ResourceCalls
from peninsula.client.calls.runs import RunCalls
from peninsula.client.calls.stored import StoredCalls
from peninsula.client.calls.upkeep import UpkeepCalls
from peninsula.client.calls.views import ViewCalls
from peninsula.client.calls.work import WorkCalls
from peninsula.client.configuration import home_of
from peninsula.client.destination import Destination, destination, is_loopback
from peninsula.client.exchange import TIMEOUT, Exchange
from peninsula.core.errors import UnavailableError
from peninsula.core.settings import Settings

__all__ = ["Api", "Streamed", "open_api"]

Adopt = Callable[[Any], object]
"""Takes in the journals of this home: docs/api.md, "Without HTTP"."""

LOCAL: Final = "http://peninsula.local"
"""Base of addresses where there is no server."""


@asynccontextmanager
async def open_api(settings: Settings, adopt: Adopt | None = None) -> AsyncIterator[Api]:
    """Open the API of the server that is set or serves the home, else of the local database.

    Where a server is set, the local database never stands in for it.
    """
    found = destination(settings, home_of(settings))
    with own.traffic():
        if found is None:
            async with (
                _open_local()(settings, adopt) as transport,
                httpx.AsyncClient(transport=transport, base_url=LOCAL) as http,
            ):
                yield Api(Exchange(http, None))
        else:
            async with _connect(found) as http:
                yield Api(Exchange(http, found, lambda: destination(settings, home_of(settings))))


def _open_local() -> Callable[..., AbstractAsyncContextManager[httpx.AsyncBaseTransport]]:
    for point in entry_points(group="peninsula.transports", name="local"):
        opened: Callable[..., AbstractAsyncContextManager[httpx.AsyncBaseTransport]] = point.load()
        return opened
    msg = "This installation cannot open the local database. Install peninsula again."
    raise UnavailableError(msg)


def _connect(found: Destination) -> httpx.AsyncClient:
    # httpx would read a thousand authorities also for an address without TLS, and would send
    # loopback through a proxy.
    secure = found.url.startswith("https:")
    return httpx.AsyncClient(
        base_url=found.url,
        headers={"Authorization": f"Bearer {found.key}"} if found.key else {},
        timeout=TIMEOUT,
        verify=ssl.create_default_context() if secure else False,
        trust_env=not is_loopback(found.url),
    )


class Api(
    EventCalls,
    RunCalls,
    ResourceCalls,
    StoredCalls,
    DeploymentCalls,
    WorkCalls,
    ViewCalls,
    UpkeepCalls,
):
    """The calls of docs/api.md, but for those of emitters and browsers."""

    @property
    def server(self) -> Destination | None:
        """The server that answers; None where it is this process, over the local database."""
        return self._exchange.server
