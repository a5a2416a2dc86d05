"""Fill a database with events through the units that the server itself uses."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Iterator
from typing import Final

from benchmarks import load
from peninsula.core import codec
from peninsula.core.records import Batch
from peninsula.server.storage import intake, schema
from peninsula.server.storage.database import Database
from peninsula.server.storage.dictionary import Dictionary
from peninsula.server.storage.engines import open_database

__all__ = ["fill"]

AT_ONCE: Final = 4
"""Batches that wait for a commit together."""


def fill(url: str, events: int) -> None:
    """Make the tables in an empty database, and store that many events in them."""
    asyncio.run(_fill(url, events))


async def _fill(url: str, events: int) -> None:
    database = open_database(url)
    database.start()
    try:
        await database.write(schema.prepare)
        emitters = [load.Emitter(seed) for seed in range(AT_ONCE)]
        await asyncio.gather(*_takers(database, emitters, events))
    finally:
        database.stop()


def _takers(
    database: Database, emitters: list[load.Emitter], events: int
) -> Iterator[Awaitable[None]]:
    dictionary = Dictionary()
    for place, emitter in enumerate(emitters):
        share = events // len(emitters) + (place < events % len(emitters))
        yield _take(database, dictionary, emitter.batches(share, load.BATCH))


async def _take(database: Database, dictionary: Dictionary, batches: Iterator[bytes]) -> None:
    for body in batches:
        checked = intake.check(codec.decode(Batch, body))
        await database.write_patiently(intake.take, dictionary, checked, time.time_ns() // 1000)
