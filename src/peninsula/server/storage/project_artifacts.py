"""Derive artifacts: what each is by its events, the latest of which counts, part by part.

A part is kept with the stamp and the position of the event that told it, so that events may come in
any order, and the baseline and what comes after it add up.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final

from sqlalchemy import Connection

from peninsula.core import codec
from peninsula.core.artifacts import CREATED, ArtifactChange, artifact_id, is_artifact_event
from peninsula.server.storage import bulk
from peninsula.server.storage.rows import EventRow, Target, Texts

__all__ = ["project_artifacts"]

_PARTS: Final = (
    ("made", "made_position", "key", "kind", "run", "root", "created"),
    ("told", "told_position", "body", "sha256", "size", "updated"),
    ("described", "described_position", "description"),
)
"""Columns that change together; the first two of each say by which event."""

_COLUMNS: Final = ("id", *(column for part in _PARTS for column in part))

_UNTOLD: Final = -1
"""The stamp of a part that no event has told; any event counts more."""

_Parts = tuple[tuple[Any, ...], ...]


def project_artifacts(
    tx: Connection, target: Target, rows: Sequence[EventRow], texts: Texts
) -> None:
    """Fold the events of artifacts among the rows into their artifacts."""
    artifacts: dict[bytes, _Parts] = {}
    for row in rows:
        if row.resource is not None and is_artifact_event(texts.names[row.name]):
            id_ = artifact_id(texts.resources[row.resource]).bytes
            told = _told(row, texts.names[row.name])
            artifacts[id_] = _latest(artifacts.get(id_, told), told)
    bulk.insert(
        tx,
        target.artifacts,
        _COLUMNS,
        [(id_, *_flat(parts)) for id_, parts in sorted(artifacts.items())],
        _merge(target.artifacts.name),
    )


def _told(row: EventRow, name: str) -> _Parts:
    change = codec.decode(ArtifactChange, row.payload.encode())
    # An update says where it was made only for want of the event that created it.
    made = row.stamp if name == CREATED else _UNTOLD
    described = row.stamp if change.description is not None else _UNTOLD
    # PostgreSQL's text cannot hold NUL. In the body, which is JSON, it is escaped.
    description = change.description and change.description.replace("\x00", "␀")
    body = bytes(change.body).decode() or None
    return (
        (made, row.position, change.key, change.kind.value, row.run, row.root, row.occurred),
        (row.stamp, row.position, body, change.sha256, change.size, row.occurred),
        (described, row.position, description),
    )


def _latest(one: _Parts, other: _Parts) -> _Parts:
    return tuple(max(pair, key=lambda part: part[:2]) for pair in zip(one, other, strict=True))


def _flat(parts: _Parts) -> Iterable[Any]:
    return (value for part in parts for value in part)


def _merge(table: str) -> str:
    """Say in SQL what `_latest` does."""
    columns = (
        f'"{column}" = CASE WHEN (excluded.{stamp}, excluded.{position}) >'
        f" ({table}.{stamp}, {table}.{position})"
        f' THEN excluded."{column}" ELSE {table}."{column}" END'
        for stamp, position, *rest in _PARTS
        for column in (stamp, position, *rest)
    )
    return f"ON CONFLICT (id) DO UPDATE SET {', '.join(columns)}"
