"""What an event is: something that happened, about a resource, with others related to it."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

from msgspec import Raw, Struct

from peninsula.core import limits
from peninsula.core.errors import InvalidError, TooLargeError

__all__ = ["Event", "Related", "Resource", "check_event", "check_moment", "check_text"]

EMPTY: Final = Raw(b"{}")


class Resource(Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """What an event is about."""

    id: str
    """An id of ours (`peninsula.flow-run.<uuid>`), or a URI without credentials: `s3://lake/a.csv`."""
    name: str | None = None
    """What people call it."""
    labels: dict[str, str] = {}
    """What else is known of it, as texts."""


class Related(Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """A resource that took part in an event, in a role."""

    id: str
    """As that of a resource."""
    role: str
    """What it did in the event: `source`, `owner`."""
    name: str | None = None
    """What people call it."""
    labels: dict[str, str] = {}
    """What else is known of it, as texts."""


class Event(Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """Something that happened. The payload is JSON, kept as it was encoded."""

    id: UUID
    """Made by who tells it; the same id is the same event."""
    occurred: datetime
    """When it happened, in UTC."""
    event: str
    """Its name, with dots; the last part is what happened: `orders.delivered`."""
    resource: Resource
    """What it is about."""
    related: tuple[Related, ...] = ()
    """What else took part, at most 100."""
    payload: Raw = EMPTY
    """What is to be known of it, an object of JSON: `json.loads(bytes(event.payload))`."""
    follows: UUID | None = None
    """The id of the event that led to it."""


# Control characters, and halves of a character: no JSON can carry those.
_FORBIDDEN = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]")

_CREDENTIALS = re.compile(r"://[^/?#]*:[^/?#]*@")

_1970: Final = datetime(1970, 1, 1, tzinfo=UTC)
_EARLIEST: Final = _1970 + timedelta(microseconds=limits.EARLIEST)
_LATEST: Final = _1970 + timedelta(microseconds=limits.LATEST)


def check_text(what: str, text: str) -> None:
    """Refuse an empty, overlong or unprintable name, id, role, key or tag."""
    if 0 < len(text) <= limits.NAME_CHARS and text.isascii() and text.isprintable():
        return  # nearly every text; there are ten in an event
    if not text:
        msg = f"The {what} is empty. Give at least one character."
        raise InvalidError(msg)
    if len(text) > limits.NAME_CHARS:
        msg = f"The {what} has {len(text)} characters; the limit is {limits.NAME_CHARS}."
        raise TooLargeError(msg)
    if _FORBIDDEN.search(text):
        msg = f"The {what} {text[:60]!r} has a control character or half a character. Remove it."
        raise InvalidError(msg)
    if len(text.encode()) > limits.NAME_BYTES:
        msg = f"The {what} has {len(text.encode())} bytes; the limit is {limits.NAME_BYTES}."
        raise TooLargeError(msg)


def check_moment(what: str, at: datetime) -> None:
    """Refuse a moment without time zone, or one that no calendar of ours reaches."""
    if at.tzinfo is not None and _EARLIEST <= at < _LATEST:
        return
    if at.tzinfo is None:
        msg = f"The time `{what}` has no time zone. Send UTC, like 2026-01-31T02:13:00Z."
        raise InvalidError(msg)
    msg = f"The time `{what}` is {at}: times are from {_EARLIEST:%Y} on, and before {_LATEST:%Y}."
    raise InvalidError(msg)


def check_event(event: Event) -> None:
    """Refuse an event over a limit or without what every event says; shape is the codec's duty."""
    check_text("event name", event.event)
    check_moment("occurred", event.occurred)
    related = len(event.related)
    if related > limits.RELATED:
        msg = f"Event {event.id} has {related} related resources; the limit is {limits.RELATED}."
        raise TooLargeError(msg)
    labels = _check_resource(event.resource)
    for each in event.related:
        check_text("role", each.role)
        labels += _check_resource(each)
    if labels > limits.LABELS:
        msg = f"Event {event.id} has {labels} labels; the limit is {limits.LABELS}."
        raise TooLargeError(msg)


def _check_resource(resource: Resource | Related) -> int:
    """Refuse a text that does not do. Return how many labels there are."""
    check_text("resource id", resource.id)
    if "@" in resource.id and _CREDENTIALS.search(resource.id):
        msg = "The id of a resource has a user and a password in it. Give it without them."
        raise InvalidError(msg)
    if resource.name is not None:
        check_text("resource name", resource.name)
    for key, value in resource.labels.items():
        check_text("label key", key)
        if value:
            check_text("label value", value)
    return len(resource.labels)
