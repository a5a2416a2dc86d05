"""Make things for people to look at: reports, tables, links, images, progress.

An artifact is told to the journal, as events are: making one never waits for a server, and is never
lost. The functions whose names begin with `a` are for `await`, and do the same.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from msgspec import Raw

from peninsula.core import artifacts, codec, limits
from peninsula.core.artifacts import ArtifactChange, ArtifactKind
from peninsula.core.errors import InvalidError
from peninsula.core.events import Event, Resource
from peninsula.core.resources import own
from peninsula.journal import emitter
from peninsula.sdk.interrupting.interrupts import Shielded
from peninsula.sdk.masks import hide_within
from peninsula.sdk.runs import current_run
from peninsula.sdk.telling import reports

__all__ = [
    "acreate_image_artifact",
    "acreate_link_artifact",
    "acreate_markdown_artifact",
    "acreate_progress_artifact",
    "acreate_table_artifact",
    "aupdate_progress_artifact",
    "create_image_artifact",
    "create_link_artifact",
    "create_markdown_artifact",
    "create_progress_artifact",
    "create_table_artifact",
    "update_progress_artifact",
]

Table = Mapping[str, Sequence[Any]] | Sequence[Mapping[str, Any]] | Sequence[Sequence[Any]]
"""Columns by name, or rows."""


def create_markdown_artifact(
    markdown: str, key: str | None = None, description: str | None = None
) -> UUID:
    """Make an artifact of a text in Markdown, and return its id.

    Args:
        markdown: The text; at most 16 MiB.
        key: What its versions have in common: lower-case letters, digits and dashes.
        description: What it is, in Markdown; at most 4,096 characters.

    Raises:
        InvalidError: The key is none, or the body cannot be written as JSON.
        TooLargeError: The body or the description is over its limit.
    """
    return _create(ArtifactKind.MARKDOWN, _text("markdown", markdown), key, description)


def create_table_artifact(
    table: Table, key: str | None = None, description: str | None = None
) -> UUID:
    """Make an artifact of a table: rows (dicts or lists), or a dict of columns."""
    if isinstance(table, str) or not isinstance(table, Mapping | Sequence):
        msg = f"The table is {type(table).__name__}. Give a list of rows, or a dict of columns."
        raise InvalidError(msg)
    return _create(ArtifactKind.TABLE, table, key, description)


def create_link_artifact(
    link: str,
    link_text: str | None = None,
    key: str | None = None,
    description: str | None = None,
) -> UUID:
    """Make an artifact of a link; it shows the text, else the address itself."""
    shown = None if link_text is None else _text("link_text", link_text)
    body = {"link": _address("link", link, ArtifactKind.LINK), "link_text": shown}
    return _create(ArtifactKind.LINK, body, key, description)


def create_image_artifact(
    image_url: str, key: str | None = None, description: str | None = None
) -> UUID:
    """Make an artifact of an image that is at that address."""
    address = _address("image_url", image_url, ArtifactKind.IMAGE)
    return _create(ArtifactKind.IMAGE, address, key, description)


def create_progress_artifact(
    progress: float, key: str | None = None, description: str | None = None
) -> UUID:
    """Make an artifact that says how far something is, in percent."""
    return _create(ArtifactKind.PROGRESS, _percent(progress), key, description)


def update_progress_artifact(
    artifact_id: UUID, progress: float, description: str | None = None
) -> UUID:
    """Say how far it is now; a description takes the place of the one before."""
    artifact_id = _id(artifact_id)
    about = Resource(id=own("artifact", artifact_id))
    _tell(artifacts.UPDATED, about, ArtifactKind.PROGRESS, _percent(progress), None, description)
    return artifact_id


async def acreate_markdown_artifact(
    markdown: str, key: str | None = None, description: str | None = None
) -> UUID:
    """Make an artifact of a text in Markdown."""
    return create_markdown_artifact(markdown, key, description)


async def acreate_table_artifact(
    table: Table, key: str | None = None, description: str | None = None
) -> UUID:
    """Make an artifact of a table."""
    return create_table_artifact(table, key, description)


async def acreate_link_artifact(
    link: str,
    link_text: str | None = None,
    key: str | None = None,
    description: str | None = None,
) -> UUID:
    """Make an artifact of a link."""
    return create_link_artifact(link, link_text, key, description)


async def acreate_image_artifact(
    image_url: str, key: str | None = None, description: str | None = None
) -> UUID:
    """Make an artifact of an image."""
    return create_image_artifact(image_url, key, description)


async def acreate_progress_artifact(
    progress: float, key: str | None = None, description: str | None = None
) -> UUID:
    """Make an artifact of progress."""
    return create_progress_artifact(progress, key, description)


async def aupdate_progress_artifact(
    artifact_id: UUID, progress: float, description: str | None = None
) -> UUID:
    """Say how far it is now."""
    return update_progress_artifact(artifact_id, progress, description)


# --- telling -------------------------------------------------------------------------------------


def _text(what: str, given: Any) -> str:
    if not isinstance(given, str):
        msg = f"The artifact was given {what}={given!r}. Give a text."
        raise InvalidError(msg)
    return given


def _address(what: str, given: Any, kind: ArtifactKind) -> str:
    address = _text(what, given)
    artifacts.check_address(address, kind)
    return address


def _id(given: Any) -> UUID:
    try:
        return given if isinstance(given, UUID) else UUID(given)
    except (ValueError, TypeError, AttributeError):
        msg = (
            f"{given!r} is no id of an artifact. Give what create_progress_artifact returned;"
            ' Artifact.get("key").id is the one with that key.'
        )
        raise InvalidError(msg) from None


def _percent(progress: float) -> float:
    try:
        number = float(progress)
    except (TypeError, ValueError):
        number = math.nan
    if not 0 <= number <= 100:  # noqa: PLR2004  percent
        msg = f"The progress is {progress!r}. Give a number from 0 to 100."
        raise InvalidError(msg)
    return number


def _create(kind: ArtifactKind, body: Any, key: str | None, description: str | None) -> UUID:
    if key is not None:
        artifacts.check_key(key)
    id_ = reports.new_id()
    about = Resource(id=own("artifact", id_), name=key)
    _tell(artifacts.CREATED, about, kind, body, key, description)
    return id_


def _tell(
    name: str,
    about: Resource,
    kind: ArtifactKind,
    body: Any,
    key: str | None,
    description: str | None,
) -> None:
    if description is not None:
        description = hide_within(str(description))
        artifacts.check_description(description)
    encoded = _encoded(body)
    journal, run = emitter.current(), current_run()
    with Shielded():
        small = len(encoded) <= limits.INLINE_BYTES
        change = ArtifactChange(
            kind=kind,
            key=key,
            description=description,
            # The body first: whoever knows of the artifact can read it.
            **({"body": Raw(encoded)} if small else {"sha256": journal.blob(encoded)}),
            size=len(encoded),
        )
        event = Event(
            id=reports.new_id(),
            occurred=journal.now(),
            event=name,
            resource=about,
            payload=Raw(codec.encode(change)),
        )
        journal.emit(event, run=run.id if run else None, root=run.root.id if run else None)


def _encoded(body: Any) -> bytes:
    try:
        encoded = codec.encode(hide_within(body))
    except Exception as problem:  # noqa: BLE001  objects of the user's are asked for their text
        reason = "it is nested too deep" if isinstance(problem, RecursionError) else repr(problem)
        msg = f"The body of the artifact is no JSON: {reason}."
        raise InvalidError(msg) from None
    codec.check_value(encoded, "body")
    return encoded
