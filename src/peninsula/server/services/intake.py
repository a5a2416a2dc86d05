"""Take batches and single events in, and answer after the commit."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from uuid import UUID

from peninsula.core.events import Event
from peninsula.core.records import Batch, Receipt, Refusal
from peninsula.core.stamps import next_stamp
from peninsula.server.storage import intake, log
from peninsula.server.storage.database import Database
from peninsula.server.storage.dictionary import Dictionary

__all__ = ["Intake", "Stamps"]

OFF_THE_LOOP = 100
"""Batches of more records than this are decoded in a thread, so that the loop stays free."""


class Stamps:
    """The server's hybrid logical clock. Source of time: µs since 1970, injected."""

    def __init__(self, wall: Callable[[], int]) -> None:
        """Begin at the wall clock."""
        self.wall = wall
        self._last = 0

    def next(self, received: int = 0) -> int:
        """Return a stamp after all that were given or received."""
        self._last = next_stamp(self._last, self.wall(), received)
        return self._last


class Intake:
    """The way into the log."""

    def __init__(
        self,
        database: Database,
        dictionary: Dictionary,
        stamps: Stamps,
        log_id: UUID,
        appended: Callable[[int], None],
    ) -> None:
        """Call `appended(position)` after each commit that made the log longer."""
        self._database = database
        self._dictionary = dictionary
        self._stamps = stamps
        self._log_id = log_id
        self._appended = appended

    async def take(self, batch: Batch, run: UUID | None = None) -> Receipt:
        """Store what of the batch is new; `run`: it came with a key for that run.

        Raises ConflictError when earlier records are missing.
        """
        if len(batch.records) > OFF_THE_LOOP:
            checked = await asyncio.to_thread(intake.check, batch)
        else:
            checked = intake.check(batch)
        newest = max((record.stamp for record in checked.records), default=0)
        stamp = self._stamps.next(newest)
        taken = await self._database.write_patiently(
            intake.take, self._dictionary, checked, self._stamps.wall(), run
        )
        if taken.appended:
            self._appended(taken.position)
        return Receipt(
            log_id=self._log_id, committed=taken.committed, stamp=stamp, refused=taken.refused
        )

    async def post(self, events: Sequence[Event]) -> tuple[Refusal, ...]:
        """Store events that came without an emitter; a refusal's number is the event's place."""
        entries = [log.Entry(event, self._stamps.next()) for event in events]
        position, refused = await self._database.write_patiently(
            intake.post, self._dictionary, entries
        )
        self._appended(position)
        return refused

    async def offers(self, emitters: Sequence[UUID]) -> dict[UUID, int]:
        """Return the highest number in the log of each emitter that is known."""
        return await self._database.read(intake.committed, emitters)
