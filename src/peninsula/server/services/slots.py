"""Give out slots of concurrency limits in the name of whoever asks."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta
from uuid import UUID

from peninsula.core.concurrency import MOST_LIMITS, ConcurrencyLimit, Taken
from peninsula.core.errors import InvalidError
from peninsula.core.events import Related
from peninsula.core.resources import own
from peninsula.core.variables import check_name
from peninsula.server.services.access import Caller
from peninsula.server.services.control import actor_of
from peninsula.server.services.intake import Stamps
from peninsula.server.storage.database import Database
from peninsula.server.storage.dictionary import Dictionary
from peninsula.server.storage.referee import slots
from peninsula.server.storage.referee.moves import Now

__all__ = ["Slots"]


class Slots:
    """The concurrency limits of one database. The clock gives µs since 1970."""

    def __init__(
        self,
        database: Database,
        dictionary: Dictionary,
        stamps: Stamps,
        clock: Callable[[], int],
        lease: timedelta,
    ) -> None:
        """Hold slots for so long without a word from their holder."""
        self._database = database
        self._dictionary = dictionary
        self._stamps = stamps
        self._clock = clock
        self._lease = lease.total_seconds()

    async def set(
        self, name: str, limit: int, decay: float | None, caller: Caller
    ) -> ConcurrencyLimit:
        """Make a limit, or change it; None leaves its decay.

        Raises InvalidError for what is no name.
        """
        check_name(name, "concurrency limit")
        return await self._database.write(
            slots.set_limit, self._dictionary, name, limit, decay, actor_of(caller), self._now()
        )

    async def delete(self, name: str, caller: Caller) -> None:
        """Remove a limit. Raises NotFoundError."""
        check_name(name, "concurrency limit")
        await self._database.write(
            slots.delete_limit, self._dictionary, name, actor_of(caller), self._now()
        )

    async def get(self, name: str) -> ConcurrencyLimit:
        """Return a limit. Raises NotFoundError."""
        check_name(name, "concurrency limit")
        return await self._database.read(slots.limit_by_name, name, self._clock())

    async def list(self) -> list[ConcurrencyLimit]:
        """Return all limits, by name."""
        return await self._database.read(slots.limits, self._clock())

    async def take(
        self,
        names: Sequence[str],
        count: int,
        emitter: UUID | None,
        run: UUID | None,
        *,
        rate: bool,
        strict: bool,
    ) -> Taken:
        """Take slots of all the limits, or of none. Raises InvalidError or NotFoundError."""
        if not 1 <= len(names) <= MOST_LIMITS:
            msg = f"{len(names)} limits are named; give 1 to {MOST_LIMITS}."
            raise InvalidError(msg)
        for name in names:
            check_name(name, "concurrency limit")
        wanted = slots.Wanted(
            names=names,
            slots=count,
            emitter=None if emitter is None else emitter.bytes,
            run=None if run is None else Related(id=own("flow-run", run), role="holder"),
            rate=rate,
            strict=strict,
            seconds=self._lease,
        )
        return await self._database.write(slots.take, self._dictionary, wanted, self._now())

    async def renew(self, lease: UUID) -> None:
        """Hold slots for longer. Raises NotFoundError."""
        await self._database.write(slots.renew, lease.bytes, self._lease, self._now())

    async def give_back(self, lease: UUID) -> None:
        """Give slots back. Raises NotFoundError."""
        await self._database.write(slots.give_back, self._dictionary, lease.bytes, self._now())

    def _now(self) -> Now:
        return Now(self._clock(), self._stamps.next())
