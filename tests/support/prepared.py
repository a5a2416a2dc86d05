"""Databases that have their tables: copies of one that was made, in a fraction of the time."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from peninsula.server.storage import engines, schema
from tests.support.postgres import Cluster

__all__ = ["copy_of_sqlite", "postgres_copy", "prepare"]


def prepare(url: str) -> None:
    """Give an empty database its tables, as a server does that starts."""
    asyncio.run(_prepare(url))


async def _prepare(url: str) -> None:
    database = engines.open_database(url)
    database.start()
    try:
        await database.write(schema.prepare)
    finally:
        database.stop()


def copy_of_sqlite(original: Path, to: Path) -> str:
    """Return the URL of a copy of a prepared file. Both are the same log, by name."""
    shutil.copyfile(original, to)
    return f"sqlite:///{to}"


@contextmanager
def postgres_copy(cluster: Cluster) -> Iterator[str]:
    """Yield the URL of a prepared database; whoever opens it names its log anew."""
    with cluster.fresh_database(cluster.template("prepared", prepare)) as url:
        yield url
