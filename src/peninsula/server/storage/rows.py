"""What projections are made of: rows of events, what their numbers stand for, and where they go."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

import msgspec
from sqlalchemy import MetaData, Table

from peninsula.server.storage import tables

__all__ = ["BASELINE", "LIVE", "SHADOW", "EventRow", "Related", "Target", "Texts", "related_of"]


class EventRow(NamedTuple):
    """A row of `events`, in the order of its columns."""

    position: int
    id: bytes
    occurred: int
    name: int
    resource: int | None
    run: int | None
    root: int | None
    stamp: int
    emitter: int | None
    number: int | None
    follows: bytes | None
    payload: str
    related: str | None
    extra: str | None
    kept: bool


Related = Sequence[tuple[int, int]]
"""(resource, role) of what took part; a run is its negative number."""

_PAIRS: Final = msgspec.json.Decoder(list[tuple[int, int]])


def related_of(row: EventRow) -> Related:
    """Return what took part in an event."""
    return _PAIRS.decode(row.related) if row.related is not None else ()


class Texts(NamedTuple):
    """What the interned numbers in a batch of rows stand for."""

    names: Mapping[int, str]
    resources: Mapping[int, str]
    systems: Mapping[int, int]
    """The system of each resource; itself when it has no parent."""
    emitters: Mapping[int | None, bytes]


class Target:
    """One set of projection tables: the live ones, a rebuild's, or the baseline's."""

    def __init__(self, prefix: str, metadata: MetaData) -> None:
        """Name the tables `<prefix><name>` in that metadata; the live ones have no prefix."""
        self.prefix = prefix
        self.metadata = metadata
        named = {t.name: _named(t, prefix, metadata) for t in tables.PROJECTIONS}
        self.tables: dict[str, Table] = named
        self.runs = named["runs"]
        self.tags = named["tags"]
        self.edges = named["edges"]
        self.links = named["links"]
        self.touches = named["touches"]
        self.catalogue = named["catalogue"]
        self.descriptions = named["descriptions"]
        self.event_counts = named["event_counts"]
        self.artifacts = named["artifacts"]


def _named(table: Table, prefix: str, metadata: MetaData) -> Table:
    if not prefix:
        return table
    copy = table.to_metadata(metadata, name=prefix + table.name)
    # Index names are one namespace; a shadow gets its indexes when it takes the live one's place.
    copy.indexes.clear()
    return copy


LIVE: Final = Target("", tables.metadata)
BASELINE: Final = Target("baseline_", tables.metadata)
SHADOW: Final = Target("shadow_", MetaData())
