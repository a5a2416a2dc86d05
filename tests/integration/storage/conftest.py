"""A database of each engine, with its schema, for the units of work."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from peninsula.core.records import Batch
from peninsula.server.storage import engines, intake, schema
from peninsula.server.storage.database import Database
from peninsula.server.storage.dictionary import Dictionary
from peninsula.server.storage.rows import LIVE


class Store:
    """A started database and what a server keeps beside it."""

    def __init__(self, url: str) -> None:
        self.database: Database = engines.open_database(url)
        self.dictionary = Dictionary()

    async def take(self, batch: Batch, now: int = 1) -> intake.Taken:
        """Take a batch in as the server does."""
        return await self.database.write_patiently(
            intake.take, self.dictionary, intake.check(batch), now
        )

    async def rows(self, statement: str) -> list[tuple[Any, ...]]:
        """The rows of a query."""
        found = await self.database.read(lambda tx: tx.exec_driver_sql(statement).all())
        return [tuple(_plain(value) for value in row) for row in found]

    async def projections(self) -> dict[str, list[tuple[Any, ...]]]:
        """Every row of every projection."""
        return {
            name: sorted(await self.rows(f"SELECT * FROM {name}"), key=repr) for name in LIVE.tables
        }


def _plain(value: Any) -> Any:
    return bytes(value) if isinstance(value, memoryview) else value


@pytest.fixture
def anyio_backend() -> str:
    """The one event loop that the server runs on."""
    return "asyncio"


@pytest.fixture
async def store(database_url: str) -> AsyncIterator[Store]:
    """An empty log."""
    store = Store(database_url)
    store.database.start()
    await store.database.write(schema.prepare)
    yield store
    store.database.stop()
