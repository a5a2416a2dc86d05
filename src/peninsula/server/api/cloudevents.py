"""Take in CloudEvents 1.0, in any of their content modes over HTTP."""

from __future__ import annotations

from base64 import b64encode
from datetime import UTC, datetime
from typing import Any, Final
from urllib.parse import unquote

import msgspec
from msgspec import Raw

from peninsula.core import codec, limits
from peninsula.core.answers import Posted, Scope
from peninsula.core.cloudevents import CloudEvent, event_of
from peninsula.core.errors import InvalidError, PeninsulaError
from peninsula.core.events import Event
from peninsula.server.api.calls import call
from peninsula.server.api.posting import post
from peninsula.server.api.request import ApiRequest

__all__ = ["CALLS"]

_SOME: Final[Any] = CloudEvent | tuple[Any, ...]
"""In a list each is looked at by itself, so that one which is no event leaves the others."""

_PREFIX: Final = "ce-"


@call(
    "POST",
    "/cloudevents",
    scope=Scope.EMIT,
    body=_SOME,
    status=201,
    errors=("conflict", "too-large"),
)
async def post_cloudevents(request: ApiRequest) -> Posted:
    """Put CloudEvents 1.0 into the log: structured, in batches, or binary with `ce-` headers.

    What of a batch is no event is refused by itself; texts that are secret by name are masked.
    """
    body = await request.content(limits.BATCH_BYTES)
    now = datetime.now(UTC)
    if f"{_PREFIX}specversion" in request.headers:
        return await post(request, [_event(_from_headers(request, body), now)], single=True)
    if not body:
        msg = "The body is empty. Send JSON, or a CloudEvent in `ce-` headers."
        raise InvalidError(msg)
    if body.lstrip()[:1] == b"[":
        return await post(request, [_tried(each, now) for each in codec.decode(list[Raw], body)])
    return await post(request, [_event(body, now)], single=True)


def _tried(told: Raw, now: datetime) -> Event | PeninsulaError:
    try:
        return _event(told, now)
    except PeninsulaError as problem:
        return problem


def _event(told: bytes | Raw, now: datetime) -> Event:
    codec.check_value(bytes(told), "event")
    return event_of(codec.decode(CloudEvent, told), codec.decode(dict[str, Any], told), now)


def _from_headers(request: ApiRequest, body: bytes) -> bytes:
    """Return the event of the binary mode as JSON: attributes are headers, the body is data."""
    told: dict[str, Any] = {
        name.removeprefix(_PREFIX): unquote(value)
        for name, value in request.headers.items()
        if name.startswith(_PREFIX)
    }
    kind = request.headers.get("content-type")
    if kind:
        told["datacontenttype"] = kind
    if body:
        told |= _data(kind or "", body)
    return codec.encode(told)


def _data(kind: str, body: bytes) -> dict[str, Any]:
    media = kind.partition(";")[0].strip().lower()
    if media == "application/json" or media.endswith("+json"):
        codec.check_value(body, "data")
        return {"data": msgspec.Raw(body)}
    try:
        return {"data": body.decode()}
    except UnicodeDecodeError:
        return {"data_base64": b64encode(body).decode()}


CALLS = (post_cloudevents,)
