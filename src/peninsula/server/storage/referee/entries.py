"""What becomes of something that the server keeps, as an event on its way into the log."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple
from uuid import uuid4

from msgspec import Raw

from peninsula.core import codec
from peninsula.core.events import Event, Related, Resource
from peninsula.core.resources import own
from peninsula.server.storage import log
from peninsula.server.storage.moments import moment
from peninsula.server.storage.referee.moves import Now

__all__ = ["About", "entry"]


class About(NamedTuple):
    """One of our own resources."""

    kind: str
    """`work-pool`, say."""
    id: object
    name: str | None = None


def entry(
    about: About, what: str, payload: object, now: Now, related: Iterable[Related] = ()
) -> log.Entry:
    """Return the entry of `peninsula.<kind>.<what>`."""
    event = Event(
        id=uuid4(),
        occurred=moment(now.at),
        event=own(about.kind, what),
        resource=Resource(id=own(about.kind, about.id), name=about.name),
        related=tuple(related),
        payload=Raw(codec.encode(payload)),
    )
    return log.Entry(event, now.stamp)
