"""Take a batch in, and what it says of its process: that it lives, or has ended."""

from __future__ import annotations

import asyncio
from asyncio import AbstractEventLoop
from collections.abc import Coroutine, Sequence
from typing import Any, TypeVar
from uuid import UUID

from peninsula.core import codec
from peninsula.core.answers import Offers
from peninsula.core.errors import UnavailableError
from peninsula.core.records import Batch, Receipt
from peninsula.server.services.intake import Intake
from peninsula.server.services.leases import Leases

__all__ = ["Port", "Reception"]

T = TypeVar("T")


class Reception:
    """Where batches arrive, over HTTP or from a journal of this home."""

    def __init__(self, intake: Intake, leases: Leases, log_id: UUID) -> None:
        """Pass batches on to the intake, and tell the leases."""
        self._intake = intake
        self._leases = leases
        self._log_id = log_id

    async def take(self, batch: Batch, run: UUID | None = None) -> Receipt:
        """Store what is new of a batch; `run`: it came with a key for that run, and was checked.

        Raises what the intake raises.
        """
        emitter = batch.process.emitter
        if not batch.adopted:
            await self._leases.heard(emitter)
        receipt = await self._intake.take(batch, run)
        if batch.closing:
            await self._leases.ended(emitter)
        return receipt

    async def offers(self, emitters: Sequence[UUID]) -> Offers:
        """Say what the log has of these emitters."""
        committed = await self._intake.offers(emitters)
        return Offers(
            log_id=self._log_id,
            committed={emitter: committed.get(emitter, 0) for emitter in emitters},
        )


class Port:
    """The reception, for a thread that brings journals: docs/api.md, "Without HTTP"."""

    def __init__(self, reception: Reception, loop: AbstractEventLoop) -> None:
        """Stand in the thread, and call what runs on the loop."""
        self._reception = reception
        self._loop = loop
        self._closed = False

    def take(self, body: bytes) -> Receipt:
        """Store what is new of an encoded batch."""
        return self._call(self._reception.take(codec.decode(Batch, body)))

    def offers(self, emitters: Sequence[UUID]) -> Offers:
        """Say what the log has of these emitters."""
        return self._call(self._reception.offers(emitters))

    def close(self) -> None:
        """Refuse whatever is still to come: the server is stopping."""
        self._closed = True

    def _call(self, work: Coroutine[Any, Any, T]) -> T:
        if self._closed:
            work.close()
            msg = "The server is stopping. What is left is taken in next time."
            raise UnavailableError(msg)
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()
