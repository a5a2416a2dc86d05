"""Events: put some in, find, count and follow them."""

from __future__ import annotations

import os
import time
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

from litestar.response import Stream
from msgspec import field

from peninsula.core import codec, ids, limits
from peninsula.core.answers import (
    Error,
    EventCounts,
    LoggedEvent,
    Page,
    Posted,
    Scope,
)
from peninsula.core.errors import ForbiddenError, InvalidError, PeninsulaError
from peninsula.core.events import Event
from peninsula.server.api.calls import RunKey, call
from peninsula.server.api.doorway import identify
from peninsula.server.api.event_queries import EventCountsQuery, EventPageQuery, EventQuery
from peninsula.server.api.posting import post
from peninsula.server.api.queries import NoQuery
from peninsula.server.api.request import ApiRequest
from peninsula.server.services import own_run
from peninsula.server.services.stream import Given
from peninsula.server.storage.read import event_counts, events

__all__ = ["CALLS"]


def _new_id() -> UUID:
    return ids.uuid7(time.time_ns() // 1000, os.urandom(8))


def _now() -> datetime:
    return datetime.now(UTC)


class PostedEvent(Event, frozen=True, kw_only=True, gc=False):
    """An event as it is posted: without an id it is a new one each time, without a time of now."""

    id: UUID = field(default_factory=_new_id)
    occurred: datetime = field(default_factory=_now)


_SOME: Final[Any] = PostedEvent | tuple[PostedEvent, ...]


@call(
    "POST",
    "/events",
    scope=Scope.EMIT,
    body=_SOME,
    status=201,
    errors=("conflict", "too-large"),
)
async def post_events(request: ApiRequest) -> Posted:
    """Put one event or a list of them into the log. The same id again changes nothing."""
    told: PostedEvent | tuple[PostedEvent, ...] = await request.told(_SOME, limits.BATCH_BYTES)
    if isinstance(told, PostedEvent):
        return await post(request, [told], single=True)
    return await post(request, told)


@call("GET", "/events", scope=Scope.READ, query=EventPageQuery)
async def list_events(request: ApiRequest) -> Page[LoggedEvent]:
    """Find events: by position, or by the time they occurred when a time is asked for."""
    asked = request.asked(EventPageQuery)
    return await request.services.database.read(
        events.find_events,
        asked.wanted(),
        newest_first=asked.order == "newest",
        limit=asked.limit,
        cursor=asked.cursor,
    )


@call("GET", "/events/counts", scope=Scope.READ, query=EventCountsQuery)
async def count_events(request: ApiRequest) -> EventCounts:
    """Count events by time, name or resource."""
    asked = request.asked(EventCountsQuery)
    read, wanted = request.services.database.read, asked.wanted()
    match asked.by:
        case "time":
            span = asked.span(datetime.now(UTC))
            return await read(event_counts.count_by_time, wanted, *span)
        case "name":
            return await read(event_counts.count_by_name, wanted)
        case "resource":
            return await read(event_counts.count_by_resource, wanted)


@call("GET", "/events/{id:str}", scope=Scope.READ, query=NoQuery, errors=("not-found",))
async def get_event(request: ApiRequest) -> LoggedEvent:
    """Return one event."""
    request.asked(NoQuery)
    return await request.services.database.read(events.event_by_id, request.id("event"))


@call(
    "GET",
    "/stream",
    scope=Scope.READ,
    run_key=RunKey.CHECKED,
    query=EventQuery,
    answer=tuple[LoggedEvent, ...],
    media="text/event-stream",
    errors=("too-many", "conflict"),
)
async def stream_events(request: ApiRequest) -> Any:
    """Follow the log: server-sent events whose ids are positions, to resume after."""
    asked = request.asked(EventQuery)
    if request.caller.run is not None:
        await _check_run(request, request.caller.run, asked.run)
    since = _last_event_id(request)
    given = request.services.stream.read(asked.wanted(), asked.since if since is None else since)
    first = await anext(given)
    return Stream(
        _messages(request, first, given),
        media_type="text/event-stream",
        headers={"X-Accel-Buffering": "no", "Cache-Control": "no-store"},
    )


async def _check_run(request: ApiRequest, own: UUID, run: UUID | None) -> None:
    """Let the key of one run follow what happens in it, and below it, only."""
    if run is None:
        msg = f"This key is for flow run {own} alone: give the run that is followed, as `run`."
        raise ForbiddenError(msg, run=str(own))
    if not await own_run.is_below(request.services.database, run, own):
        msg = f"This key is for flow run {own} alone, and {run} is not below it."
        raise ForbiddenError(msg, run=str(own))


def _last_event_id(request: ApiRequest) -> int | None:
    text = request.headers.get("last-event-id")
    if text is None:
        return None
    if not text.isascii() or not text.isdigit() or len(text) > 18:  # noqa: PLR2004  below 2**62
        msg = f"Last-Event-ID is {text[:60]!r}. It must be the id of the last message, a position."
        raise InvalidError(msg)
    return int(text)


async def _messages(
    request: ApiRequest, first: Given, given: AsyncGenerator[Given, None]
) -> AsyncIterator[bytes]:
    """Write what is new as messages; a message without events is a heartbeat."""
    yield b": the log is open\n" + _message(first)
    async with aclosing(given):
        try:
            async for position, events_ in given:
                # A key may have been removed or have expired meanwhile.
                await identify(request)
                yield _message((position, events_))
        except PeninsulaError as problem:
            yield _error(Error(code=problem.code, message=problem.message))
            return
    yield _error(Error(code="unavailable", message="The server is stopping. Connect again."))


def _message(given: Given) -> bytes:
    position, events_ = given
    if not events_:
        # An id without data moves what `Last-Event-ID` will say, and is no message.
        return b": still here\nid: %d\n\n" % position
    # A payload is as it was sent and may have line ends between its parts, which a message may not.
    data = codec.encode(events_).replace(b"\n", b" ").replace(b"\r", b" ")
    return b"event: events\nid: %d\ndata: %s\n\n" % (position, data)


def _error(error: Error) -> bytes:
    return b"event: error\ndata: %s\n\n" % codec.encode(error)


CALLS = (post_events, list_events, count_events, get_event, stream_events)
