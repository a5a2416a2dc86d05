"""Read CloudEvents 1.0, by which other systems tell what happened to them."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Final, Literal
from uuid import UUID

from msgspec import Meta, Raw, Struct

from peninsula.core import codec
from peninsula.core.addresses import hide_in_addresses
from peninsula.core.events import Event, Resource
from peninsula.core.harmless import harmless
from peninsula.core.ids import uuid7

__all__ = ["CloudEvent", "event_of", "foreign_id"]

Name = Annotated[str, Meta(min_length=1)]


class CloudEvent(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One event as CloudEvents 1.0 writes it in JSON. Further attributes become labels."""

    specversion: Literal["1.0"]
    id: Name
    """With the source, and the time it has, it is one event, however often it comes."""
    source: Name
    type: Name
    """Becomes the event's name."""
    subject: Name | None = None
    """What of the source it is about."""
    time: datetime | None = None
    datacontenttype: str | None = None
    dataschema: str | None = None
    data: Any = None
    data_base64: str | None = None


_ATTRIBUTES: Final = frozenset(CloudEvent.__struct_fields__)


def event_of(told: CloudEvent, attributes: Mapping[str, Any], now: datetime) -> Event:
    """Return the event; `attributes` are all that were given, `now` is for one without a time.

    Trace ids of W3C are among the labels. Its payload has what has no place elsewhere, and
    nothing that is secret by its name.
    """
    body = {
        "id": told.id,
        "source": hide_in_addresses(told.source),
        "subject": told.subject and hide_in_addresses(told.subject),
        "datacontenttype": told.datacontenttype,
        "dataschema": told.dataschema and hide_in_addresses(told.dataschema),
        "data": harmless(told.data),
        "data_base64": told.data_base64,
    }
    labels = {
        name: _text(value)
        for name, value in harmless(attributes).items()
        if name not in _ATTRIBUTES and value is not None
    }
    return Event(
        id=foreign_id(told.time, told.source, told.id),
        occurred=told.time or now,
        event=told.type,
        resource=Resource(id=_about(told), labels=labels),
        payload=Raw(
            codec.encode({name: value for name, value in body.items() if value is not None})
        ),
    )


def foreign_id(at: datetime | None, *parts: str) -> UUID:
    """Return the id of what others name by these parts: the same for the same, each time.

    The log is kept by time, which ids begin with; what has no time gets the first of all. So the
    same at another time is another: nobody could find it by its parts alone.
    """
    digest = hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).digest()
    micros = 0 if at is None or at.tzinfo is None else int(at.timestamp() * 1e6)
    return uuid7(max(0, micros), digest)


def _about(told: CloudEvent) -> str:
    if told.subject is None:
        return told.source
    place = told.source.partition("?")[0].partition("#")[0]
    return f"{place.rstrip('/')}/{told.subject.lstrip('/')}"


def _text(value: Any) -> str:
    return value if isinstance(value, str) else codec.encode(value).decode()
