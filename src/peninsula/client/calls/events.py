"""Ask for events, follow them, tell of them."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from typing import Final, NamedTuple
from uuid import UUID

from peninsula.client.calls.calls import Calls
from peninsula.client.queries import (
    event_parameters,
    parameters,
)
from peninsula.core.answers import (
    EventCounts,
    LoggedEvent,
    Page,
    Posted,
)
from peninsula.core.events import Event
from peninsula.core.filters import EventFilter

__all__ = ["EventCalls", "Streamed"]

EVERY_EVENT: Final = EventFilter()


class Streamed(NamedTuple):
    """What a stream gives at once."""

    position: int
    """All that is meant up to here was given: where to go on."""
    events: tuple[LoggedEvent, ...]


class EventCalls(Calls):
    """Events."""

    async def events(
        self,
        wanted: EventFilter = EVERY_EVENT,
        *,
        order: str = "newest",
        limit: int = 50,
        cursor: str | None = None,
    ) -> Page[LoggedEvent]:
        """Return a page of events, by position."""
        page = parameters(order=order, limit=limit, cursor=cursor)
        return await self._exchange.get(
            Page[LoggedEvent], "events", event_parameters(wanted) + page
        )

    async def event(self, id_: UUID) -> LoggedEvent:
        """Return one event."""
        return await self._exchange.get(LoggedEvent, f"events/{id_}")

    async def event_counts(
        self, wanted: EventFilter = EVERY_EVENT, *, by: str, step: float | None = None
    ) -> EventCounts:
        """Count events by `time`, `name` or `resource`; `step` is the seconds of a span."""
        asked = event_parameters(wanted) + parameters(by=by, step=step)
        return await self._exchange.get(EventCounts, "events/counts", asked)

    async def post_event(self, event: Event) -> None:
        """Put an event into the log, once. Raises what is wrong with it."""
        await self._exchange.post(Posted, "events", event)

    async def post_events(self, events: Sequence[Event]) -> Posted:
        """Put events into the log, each once; what is wrong with one is in `refused`."""
        return await self._exchange.post(Posted, "events", list(events))

    async def stream(
        self, wanted: EventFilter = EVERY_EVENT, *, since: int | None = None
    ) -> AsyncGenerator[Streamed, None]:
        """Give events as they come into the log, after that position or from now on.

        At once, and now and then, it gives none: the stream is open up to that position. It goes on
        until the caller stops. Raises UnavailableError when the connection is lost: go on from the
        last position that was given.
        """
        asked = event_parameters(wanted) + parameters(since=since)
        told = self._exchange.stream(tuple[LoggedEvent, ...], "stream", asked)
        async with aclosing(told):
            async for position, events in told:
                yield Streamed(int(position or 0), events or ())
