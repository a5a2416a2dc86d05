"""The app over a real database of each engine, and ways to ask it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from litestar import Litestar
from msgspec import structs

from peninsula.core.records import Batch, Receipt
from peninsula.core.settings import Settings
from peninsula.server import wiring
from peninsula.server.app import create_app
from peninsula.server.config import configure
from peninsula.server.local import _Here


class World:
    """A server without a socket: its services, and the API asked as its owner."""

    def __init__(self, services: wiring.Services, here: _Here) -> None:
        self.services = services
        self.app = here._app
        self.http = httpx.AsyncClient(transport=here, base_url="http://peninsula.local")

    async def take(self, batch: Batch) -> Receipt:
        """Take a batch in as the intake call does."""
        return await self.services.reception.take(batch)

    async def get(self, path: str, **parameters: Any) -> Any:
        """The answer to a GET that must succeed."""
        answer = await self.http.get(f"/api/{path}", params=parameters)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def read(self, unit: Any, *args: Any, **kwargs: Any) -> Any:
        """What a unit reads."""
        return await self.services.database.read(unit, *args, **kwargs)

    async def rows(self, statement: str) -> list[tuple[Any, ...]]:
        """The rows of a statement."""
        found = await self.read(lambda tx: tx.exec_driver_sql(statement).all())
        return [tuple(row) for row in found]

    def remote(self, **headers: str) -> httpx.AsyncClient:
        """A client that comes over a network: what it says of itself is looked at."""
        return httpx.AsyncClient(
            transport=httpx.ASGITransport(self.app, raise_app_exceptions=False),
            base_url="http://127.0.0.1:4747",
            headers=headers,
        )


class Apps:
    """Apps whose servers have ended, for servers to come: making one takes longer than most tests.

    An app knows its services by its state, and which origins may call it.
    """

    def __init__(self) -> None:
        self._idle: defaultdict[frozenset[str], list[Litestar]] = defaultdict(list)

    @contextmanager
    def over(self, services: wiring.Services) -> Iterator[Litestar]:
        """Lend an app over these services."""
        idle = self._idle[services.config.origins]
        app = idle.pop() if idle else create_app(services)
        app.state["services"] = services
        yield app
        idle.append(app)


@pytest.fixture(scope="session")
def apps() -> Apps:
    """The apps of this process."""
    return Apps()


@pytest.fixture
def anyio_backend() -> str:
    """The one event loop that the server runs on."""
    return "asyncio"


@pytest.fixture
async def open_world(home: Path, database_url: str, apps: Apps) -> AsyncIterator[Any]:
    """A way to open servers with settings of their own; they end with the test."""
    async with AsyncExitStack() as stack:

        async def opened(*, trusted: bool = True, **settings: Any) -> World:
            settings = {"home": str(home), "database_url": database_url, **settings}
            config = configure(structs.replace(Settings(), **settings))
            config.home.path.mkdir(exist_ok=True)
            services = await stack.enter_async_context(
                wiring.open_services(config, trusted=trusted)
            )
            app = stack.enter_context(apps.over(services))
            here = await stack.enter_async_context(_Here(services, app))
            return World(services, here)

        yield opened


@pytest.fixture
async def world(open_world) -> World:
    """A server whose caller is the owner."""
    return await open_world()
