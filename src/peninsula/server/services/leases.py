"""Notice processes that fell silent, ended or came back, and say what that means for their runs."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Final
from uuid import UUID

from peninsula.server.services.duty import Duty
from peninsula.server.services.intake import Stamps
from peninsula.server.storage.database import Database
from peninsula.server.storage.dictionary import Dictionary
from peninsula.server.storage.referee import leases
from peninsula.server.storage.referee.leases import Watched
from peninsula.server.storage.referee.moves import Now

__all__ = ["Leases"]

KEPT: Final = timedelta(days=30)
"""How long a silent process is remembered: one that comes back later is not said to reappear."""

FORGETTING: Final = 3600.0
"""Seconds between removals of those that are not."""


class Leases(Duty[float]):
    """Leases of processes. Its clock gives the server's own uptime, in seconds.

    A process is silent for as long as this server has seen its lease unchanged: neither a clock
    that steps, nor a machine that slept, nor a server that was away makes anyone late.
    """

    def __init__(
        self,
        database: Database,
        dictionary: Dictionary,
        stamps: Stamps,
        timeout: timedelta,
        uptime: Callable[[], float],
    ) -> None:
        """Presume crashed what ran in a process that is silent for the timeout."""
        super().__init__(uptime, min(5.0, timeout.total_seconds() / 4))
        self._database = database
        self._dictionary = dictionary
        self._stamps = stamps
        self._timeout = timeout
        self._heard: dict[bytes, int] = {}
        self._seen: dict[bytes, tuple[int, float]] = {}
        self._lapsed: set[bytes] = set()
        self._forgot = uptime()

    async def start(self) -> None:
        """Watch, knowing what was known before."""
        await self.learn()
        await super().start()

    async def learn(self) -> None:
        """Learn who was presumed crashed before this server started."""
        self._lapsed = await self._database.read(leases.lapsed)

    async def heard(self, emitter: UUID) -> None:
        """Renew the lease of a process that reports; void a presumption about it first."""
        self._heard[emitter.bytes] = self._stamps.wall()
        if emitter.bytes in self._lapsed:
            self._lapsed.discard(emitter.bytes)
            await self._database.write(leases.restore, self._dictionary, emitter.bytes, self._now())

    async def ended(self, emitter: UUID) -> None:
        """Say Crashed of the runs that a process left unfinished when it ended."""
        self._heard.pop(emitter.bytes, None)
        self._lapsed.discard(emitter.bytes)
        await self._end([emitter.bytes])

    async def tick(self, now: float) -> None:
        """Renew who was heard, then look for who ended or fell silent."""
        heard, self._heard = self._heard, {}
        if heard:
            await self._database.write(leases.renew, heard)
        watched = await self._database.read(leases.watched)
        gone = [process.emitter for process in watched if process.closed]
        if gone:
            await self._end(gone)
        silent = self._silent([process for process in watched if not process.closed], now)
        if silent:
            await self._database.write(
                leases.lapse, self._dictionary, silent, self._timeout, self._now()
            )
        self._lapsed = await self._database.read(leases.lapsed)
        if now - self._forgot >= FORGETTING:
            self._forgot = now
            await self._database.write(leases.forget, self._stamps.wall() - _micros(KEPT))

    def _silent(self, watched: list[Watched], now: float) -> dict[bytes, int]:
        """Return who has had the same lease for too long, with that lease."""
        seen = {}
        for process in watched:
            renewed, since = self._seen.get(process.emitter, (-1, now))
            seen[process.emitter] = (
                process.renewed,
                since if renewed == process.renewed else now,
            )
        self._seen = seen
        timeout = self._timeout.total_seconds()
        return {
            emitter: renewed
            for emitter, (renewed, since) in seen.items()
            if now - since >= timeout and emitter not in self._heard
        }

    async def _end(self, emitters: list[bytes]) -> None:
        await self._database.write(leases.end, self._dictionary, emitters, self._now())

    def _now(self) -> Now:
        return Now(self._stamps.wall(), self._stamps.next())


def _micros(time: timedelta) -> int:
    return time // timedelta(microseconds=1)
