"""Make events of what objects of Kubernetes tell; the same fact is the same event, whoever sees it.

A worker that starts anew lists everything again. What it tells again has the same id, and the log
passes over an id that it has. So an id is made of the fact alone (object, name, payload), and a
payload says nothing that a later look at the same fact would say differently.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any, Final

from msgspec import Raw, Struct, field

from peninsula.core import codec
from peninsula.core.events import Event, Related, Resource
from peninsula.core.ids import uuid7
from peninsula.core.resources import own
from peninsula.kube import resources
from peninsula.kube.cluster import Object
from peninsula.workers.kubernetes.belonging import Belonging

__all__ = ["Story", "event_of", "image_address", "moment"]

_1970: Final = datetime(1970, 1, 1, tzinfo=UTC)
_LONGEST: Final = 4_000
"""Characters of a message: a container may leave more than an event should carry."""

_KINDS: Final = {
    each.kind: each for each in (resources.PODS, resources.JOBS, resources.NODES)
}  # fmt: skip


class Story(Struct, frozen=True, kw_only=True):
    """One thing that happened to an object."""

    what: str
    """Last part of the event's name: `oom-killed`."""
    kind: str
    """Of the object: `Pod`."""
    name: str
    uid: str
    since: datetime
    """Of the fact, else when the object was made: the same at each look."""
    namespace: str | None = None
    at: datetime | None = None
    """When it happened, where Kubernetes says so."""
    payload: Mapping[str, Any] = {}
    node: str | None = None
    image: str | None = None
    belonging: Belonging | None = field(default=None)

    @property
    def event(self) -> str:
        """Name of its event."""
        return own("kubernetes", f"{self.kind.lower()}.{self.what}")

    @classmethod
    def of(
        cls,
        what: str,
        thing: Object,
        kind: str,
        *,
        at: datetime | None = None,
        since: datetime | None = None,
        node: str | None = None,
        image: str | None = None,
        **payload: Any,
    ) -> Story:
        """Tell something of an object, without what is None of the payload."""
        about = thing["metadata"]
        return cls(
            what=what,
            kind=kind,
            name=about["name"],
            uid=about["uid"],
            namespace=about.get("namespace"),
            since=since or at or moment(about["creationTimestamp"]) or _1970,
            at=at,
            payload={key: _short(value) for key, value in payload.items() if value is not None},
            node=node,
            image=image,
            belonging=Belonging.of(thing),
        )


def event_of(story: Story, cluster: str, now: datetime) -> Event:
    """Return the event by which a story is told."""
    payload = codec.encode({"uid": story.uid, **story.payload})
    fact = b"\n".join((story.uid.encode(), story.event.encode(), payload))
    return Event(
        id=uuid7((story.since - _1970) // timedelta(microseconds=1), sha256(fact).digest()),
        occurred=story.at or now,
        event=story.event,
        resource=Resource(
            id=resources.address_of(cluster, _KINDS[story.kind], story.namespace, story.name),
            name=story.name,
        ),
        related=(*_places(story, cluster), *(story.belonging.related() if story.belonging else ())),
        payload=Raw(payload),
    )


def _places(story: Story, cluster: str) -> list[Related]:
    found = []
    if story.node is not None and story.kind != "Node":
        id_ = resources.address_of(cluster, resources.NODES, None, story.node)
        found.append(Related(id=id_, role="node", name=story.node))
    if story.image is not None:
        found.append(Related(id=image_address(story.image), role="image", name=story.image))
    return found


def image_address(image: str) -> str:
    """Return the address of an image, with the registry that a short name leaves out."""
    host, slash, _ = image.partition("/")
    if slash and ("." in host or ":" in host or host == "localhost"):
        return f"oci://{image}"
    return f"oci://docker.io/{image}" if slash else f"oci://docker.io/library/{image}"


def moment(text: str | None) -> datetime | None:
    """Return a time of Kubernetes; None for none, which is the year 1970 for some."""
    if not text:
        return None
    found = datetime.fromisoformat(text)
    return found if found > _1970 else None


def _short(value: Any) -> Any:
    if isinstance(value, str) and len(value) > _LONGEST:
        return f"{value[:_LONGEST]}…"
    return value
