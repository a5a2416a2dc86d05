"""Let old events and logs go, once an hour, and make PostgreSQL's next partitions."""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Final

from peninsula.core.errors import PeninsulaError
from peninsula.core.settings import Settings
from peninsula.server.storage import partitions
from peninsula.server.storage.database import Database
from peninsula.server.storage.dictionary import Dictionary
from peninsula.server.storage.moments import micros
from peninsula.server.storage.prune import Policy, Pruned, prune

__all__ = ["Retention", "policy"]

INTERVAL: Final = 3600.0
"""Seconds from the end of one round to the next."""

_log = logging.getLogger(__name__)


def policy(settings: Settings, now: datetime) -> Policy:
    """Return what the settings allow to go at a moment."""

    def before(days: float | None) -> int | None:
        return micros(now - timedelta(days=days)) if days is not None else None

    logs = (
        settings.retain_logs_days if settings.retain_logs_days is not None else settings.retain_days
    )
    kinds = {pattern: before(days) for pattern, days in settings.retain_kinds.items()}
    return Policy(
        events_before=before(settings.retain_days),
        logs_before=before(logs),
        kinds_before={pattern: limit for pattern, limit in kinds.items() if limit is not None},
        pin_failed=settings.pin_failed,
    )


class Retention:
    """The duty: `tick` does one round."""

    def __init__(self, database: Database, dictionary: Dictionary, settings: Settings) -> None:
        """Do nothing until started."""
        self._database = database
        self._dictionary = dictionary
        self._settings = settings
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Begin the rounds in the background."""
        if self._task is None:
            self._task = asyncio.create_task(self._rounds())

    async def stop(self) -> None:
        """End the rounds. Safe twice."""
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task
            self._task = None

    async def tick(self, now: datetime) -> Pruned:
        """Prune what the settings let go at `now`."""
        if self._database.dialect == "postgresql":
            await self._database.write(partitions.ahead, now)
        return await prune(self._database, self._dictionary, policy(self._settings, now))

    async def _rounds(self) -> None:
        while True:
            try:
                await self.tick(datetime.now(UTC))
            except PeninsulaError as problem:
                # The next round tries again; a database that is away is not this duty's to mend.
                _log.warning("Retention stopped early: %s", problem.message)
            except Exception:  # noqa: BLE001  it is logged whole, and a duty outlives it
                _log.exception("Retention failed and will be tried again")
            await asyncio.sleep(INTERVAL)
