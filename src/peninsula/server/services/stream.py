"""Show events as they come into the log, to any number of readers that each want some of them.

One look at the log serves all readers: what is new is kept in memory for a while, and each takes
what it wants from there. Whoever is behind reads the database until it has caught up.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, Callable
from contextlib import suppress
from itertools import takewhile
from typing import ClassVar, Final
from uuid import UUID

from msgspec import structs

from peninsula.core.answers import LoggedEvent
from peninsula.core.errors import ConflictError, PeninsulaError
from peninsula.core.filters import EventFilter, matches_event
from peninsula.core.terms import Field
from peninsula.server.services.duty import Duty
from peninsula.server.storage.database import Database
from peninsula.server.storage.read import events, subtree

__all__ = ["Given", "Stream", "TooManyError"]

INTERVAL: Final = 0.25
"""Seconds between looks at the log, while anyone reads."""

KEPT: Final = 5_000
"""Events that are kept for readers."""

KEPT_BYTES: Final = 16 * 1024 * 1024
"""Of their payloads."""

READ: Final = 1_000
"""Events that are read at once."""

PAGE: Final = 200
"""Events that a reader who is behind is given at once."""

READERS: Final = 200
"""Readers at once."""

RESTING: Final = 3600.0
"""Seconds between them while nobody does."""

HEARTBEAT: Final = 15.0
"""Seconds without an event after which a reader is told that all is well."""

Given = tuple[int, tuple[LoggedEvent, ...]]
"""The position up to which a reader has seen the log, and what was new for it; maybe nothing."""


class TooManyError(PeninsulaError):
    """More ask at once than the server serves."""

    code: ClassVar[str] = "too-many"


class Stream(Duty[float]):
    """The tail of the log. It looks only while anyone reads."""

    def __init__(self, database: Database, clock: Callable[[], float]) -> None:
        """Read from that database."""
        super().__init__(clock, RESTING)
        self._database = database
        self._tail: deque[LoggedEvent] = deque()
        self._bytes = 0
        self._from = self._upto = -1
        """The tail holds what lies after `_from`, up to `_upto`."""
        self._new = asyncio.Condition()
        self._closing = False
        self.readers = 0

    async def stop(self) -> None:
        """Let every reader go. Safe twice."""
        self.close()
        await super().stop()

    def close(self) -> None:
        """Have every reader end: the server is stopping."""
        self._closing = True
        self.poke()

    async def tick(self, now: float) -> None:  # noqa: ARG002  what is due has no time
        """Take up what is new, if anyone wants to know."""
        if self.readers and not self._closing:
            await self._take_up()
        async with self._new:
            self._new.notify_all()

    async def _take_up(self) -> None:
        head = await self._database.read(events.head_position)
        if self._upto < 0 or head - self._upto > KEPT:
            # Too much at once to keep: whoever wants it finds it in the database.
            self._begin_at(head)
        while self._upto < head:
            found = await self._database.read(events.events_since, self._upto, READ)
            for event in found:
                self._keep(event)
            self._upto = max(self._upto, found[-1].position if len(found) == READ else head)

    def _begin_at(self, position: int) -> None:
        self._tail.clear()
        self._bytes = 0
        self._from = self._upto = position

    def _keep(self, event: LoggedEvent) -> None:
        self._tail.append(event)
        self._upto = event.position
        self._bytes += len(memoryview(event.payload))
        while len(self._tail) > KEPT or self._bytes > KEPT_BYTES:
            oldest = self._tail.popleft()
            self._from = oldest.position
            self._bytes -= len(memoryview(oldest.payload))

    # --- readers ---------------------------------------------------------------------------------

    async def read(self, wanted: EventFilter, since: int | None) -> AsyncGenerator[Given, None]:
        """Give what is meant after a position, or from now on, and then what comes.

        Raises TooManyError, or ConflictError for a position beyond the end of the log.
        """
        if self.readers >= READERS:
            msg = f"{READERS} streams are open, which is the limit. Close one, or try again later."
            raise TooManyError(msg)
        self.readers += 1
        self._look_every(INTERVAL)
        try:
            if self._upto < 0:
                await self._take_up()
            position = self._upto if since is None else since
            if position > self._upto:
                position = await self._checked(position)
            wanted = structs.replace(wanted, since=None)
            below = _Below(self._database, _tops(wanted))
            yield position, ()
            while not self._closing:
                seen = 0 <= self._from <= position
                position, given = await (
                    self._newer(wanted, position, below) if seen else self._older(wanted, position)
                )
                yield position, given
        finally:
            self.readers -= 1
            if not self.readers:
                # Nobody reads on, and what is kept would soon be old.
                self._begin_at(-1)
                self._look_every(RESTING)

    async def _checked(self, position: int) -> int:
        head = await self._database.read(events.head_position)
        if position > head:
            msg = (
                f"Position {position} is beyond the end of this log, {head}: it is of another log."
                " Leave `since` out to begin with what is new."
            )
            raise ConflictError(msg, head=head)
        return position

    async def _newer(self, wanted: EventFilter, position: int, below: _Below) -> Given:
        """Wait for what is new, at most a heartbeat long, and give what is meant of it."""
        async with self._new:
            with suppress(TimeoutError):
                async with asyncio.timeout(HEARTBEAT):
                    await self._new.wait_for(lambda: self._closing or self._upto > position)
        if self._from > position:
            # So much came at once that some of it is not kept any more: the database has it.
            return position, ()
        fresh = list(takewhile(lambda event: event.position > position, reversed(self._tail)))[::-1]
        upto = max(self._upto, position)
        await below.learn(fresh)
        return upto, tuple(event for event in fresh if matches_event(wanted, event, below.is_below))

    async def _older(self, wanted: EventFilter, position: int) -> Given:
        """Read one page of what is in the database already."""
        head = await self._database.read(events.head_position)
        page, upto = await self._database.read(
            events.next_events, structs.replace(wanted, since=position), PAGE
        )
        return (upto if upto is not None else max(head, position)), page


def _tops(wanted: EventFilter) -> frozenset[UUID]:
    """Return the runs that are asked for with all that happens below them."""
    named = {UUID(term.value) for term in wanted.terms if term.field is Field.RUN}
    return frozenset(named if wanted.run is None else {wanted.run, *named})


class _Below:
    """Know which of some runs others are below."""

    def __init__(self, database: Database, tops: frozenset[UUID]) -> None:
        self._database = database
        self._tops = tops
        self._known: dict[UUID, frozenset[UUID]] = {}

    async def learn(self, events: list[LoggedEvent]) -> None:
        """Look up the runs that events happened in, where it matters."""
        if not self._tops:
            return
        for run in {event.run for event in events if event.run and {event.root} != self._tops}:
            if run not in self._known:
                line = await self._database.read(subtree.ancestors, run)
                if line:
                    self._known[run] = self._tops.intersection(line)

    def is_below(self, run: UUID, top: UUID) -> bool:
        """Tell whether the run is below; `learn` has looked."""
        return top in self._known.get(run, ())
