"""What an artifact is: something a run made for people to look at."""

from __future__ import annotations

import re
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Final
from uuid import UUID

from msgspec import Meta, Raw, Struct

from peninsula.core import codec, limits
from peninsula.core.errors import InvalidError, TooLargeError
from peninsula.core.events import Event
from peninsula.core.resources import OWN, own

__all__ = [
    "CREATED",
    "KEY",
    "UPDATED",
    "Artifact",
    "ArtifactChange",
    "ArtifactKind",
    "artifact_id",
    "change_of",
    "check_address",
    "check_description",
    "check_key",
    "is_artifact_event",
]

CREATED: Final = own("artifact", "created")
UPDATED: Final = own("artifact", "updated")

KEY: Final = "^[a-z0-9-]{1,255}$"
"""The form of a key, as in Prefect."""

_KEY: Final = re.compile(KEY)
_ADDRESS: Final = re.compile(
    r"(?!javascript|vbscript|data)[a-z][a-z0-9+.-]*://[^\s]|mailto:[^\s]|[/.?#]", re.IGNORECASE
)
_PICTURE: Final = re.compile("data:image/", re.IGNORECASE)
_NONE: Final = Raw(b"")


class ArtifactKind(StrEnum):
    """What an artifact is, and what its body is as JSON."""

    MARKDOWN = "markdown"
    """A text."""
    TABLE = "table"
    """A list of rows (objects or lists), or an object of columns."""
    LINK = "link"
    """`{"link": …, "link_text": …}`; the text may be null."""
    IMAGE = "image"
    """Its address."""
    PROGRESS = "progress"
    """A number from 0 to 100."""


class ArtifactChange(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The payload of an artifact's events: what it is from then on."""

    kind: ArtifactKind
    key: str | None = None
    """What its versions have in common. Said when it is made."""
    description: str | None = None
    """Markdown; None leaves it as it is."""
    body: Raw = _NONE
    """JSON; a large one is told in blob records, and is not here."""
    sha256: Annotated[str, Meta(pattern="^[0-9a-f]{64}$")] | None = None
    """Of a body that is told in blob records, in hex."""
    size: Annotated[int, Meta(ge=0, le=limits.BLOB_BYTES)]
    """Of the body, in bytes."""


class Artifact(Struct, frozen=True, kw_only=True):
    """An artifact as it is now."""

    id: UUID
    key: str | None
    kind: ArtifactKind
    description: str | None
    body: Raw
    """JSON, as its kind says; null where it is too large to be here: ask for it by itself."""
    size: int
    """Of the body, in bytes."""
    run: UUID | None
    """The run it was made in."""
    root: UUID | None
    """The flow run at the top."""
    created: datetime
    updated: datetime


def check_key(key: object) -> None:
    """Refuse what is no key of artifacts."""
    if not isinstance(key, str) or not _KEY.fullmatch(key):
        shown = key[:60] if isinstance(key, str) else key
        msg = (
            f"{shown!r} is no key of an artifact. Use lower-case letters, digits and -,"
            " 255 at most."
        )
        raise InvalidError(msg)


def check_address(address: str, kind: ArtifactKind) -> None:
    """Refuse what leads nowhere, and what would be run where it is followed."""
    if not (_ADDRESS.match(address) or (kind is ArtifactKind.IMAGE and _PICTURE.match(address))):
        msg = (
            f"The {kind.value} has no address (its text is not repeated, it may hold a password)."
            " Give one like https://example.com/report, or /report for one of this server."
        )
        raise InvalidError(msg)


def check_description(description: str) -> None:
    """Refuse a description that belongs into a body."""
    if len(description) > limits.DESCRIPTION_CHARS:
        msg = (
            f"The description has {len(description)} characters; the limit is"
            f" {limits.DESCRIPTION_CHARS}. Make it a markdown artifact."
        )
        raise TooLargeError(msg, limit=limits.DESCRIPTION_CHARS)


def is_artifact_event(name: str) -> bool:
    """Tell whether events of that name are about artifacts."""
    return name in {CREATED, UPDATED}


def artifact_id(resource: str) -> UUID:
    """Return the artifact that a resource id names. Raises InvalidError for any other id."""
    return codec.id_of(resource.removeprefix(f"{OWN}artifact."), "artifact id")


def change_of(event: Event) -> ArtifactChange:
    """Return what an artifact's event says. Raises InvalidError or TooLargeError."""
    artifact_id(event.resource.id)
    change = codec.decode(ArtifactChange, event.payload)
    if change.key is not None:
        check_key(change.key)
    if change.description is not None:
        check_description(change.description)
    if not bytes(change.body) and change.sha256 is None:
        msg = f"Event {event.id} has neither `body` nor `sha256`. Say what the artifact holds."
        raise InvalidError(msg)
    return change
