"""Let old events and logs go, once an hour, and make PostgreSQL's next partitions."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

from peninsula.core.settings import Settings
from peninsula.server.services.duty import Duty
from peninsula.server.storage import partitions
from peninsula.server.storage.database import Database
from peninsula.server.storage.dictionary import Dictionary
from peninsula.server.storage.moments import micros
from peninsula.server.storage.prune import Policy, Pruned, prune

__all__ = ["Retention", "policy"]

INTERVAL: Final = 3600.0
"""Seconds from the end of one round to the next."""


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


class Retention(Duty[datetime]):
    """One round an hour. Its clock gives the time of day."""

    def __init__(
        self,
        database: Database,
        dictionary: Dictionary,
        settings: Settings,
        clock: Callable[[], datetime],
    ) -> None:
        """Let go what the settings allow."""
        super().__init__(clock, INTERVAL)
        self._database = database
        self._dictionary = dictionary
        self._settings = settings

    async def start(self) -> None:
        """Begin with a round."""
        self.poke()
        await super().start()

    async def tick(self, now: datetime) -> None:
        """Prune what the settings let go at `now`."""
        await self.prune(now)

    async def prune(self, now: datetime) -> Pruned:
        """Do the same, and say how much of what went. Raises ConflictError during a rebuild."""
        if self._database.dialect == "postgresql":
            await self._database.write(partitions.ahead, now)
        return await prune(self._database, self._dictionary, policy(self._settings, now))
