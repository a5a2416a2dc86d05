"""Hold what is derived from the log: a rebuild makes it anew."""

from __future__ import annotations

from typing import Final

from sqlalchemy import (
    Boolean,
    Column,
    Index,
    Integer,
    LargeBinary,
    PrimaryKeyConstraint,
    Table,
    Text,
)

from peninsula.server.storage.tables.schema import Big, Uuid, metadata

__all__ = [
    "PROJECTIONS",
    "artifacts",
    "catalogue",
    "descriptions",
    "edges",
    "event_counts",
    "links",
    "runs",
    "tags",
    "touches",
]

runs = Table(
    "runs",
    metadata,
    Column("id", Big, primary_key=True, autoincrement=False, comment="run_ids.id"),
    Column("task", Boolean, nullable=False),
    Column("name", Text, nullable=False),
    Column("flow", Text),
    Column("task_name", Text),
    Column("key", Text),
    Column("parent", Big),
    Column("root", Big, nullable=False),
    Column("tags", Text, nullable=False),
    Column("parameters", Text, nullable=False),
    Column("expected", Big, nullable=False),
    Column("created", Big, nullable=False),
    Column("started", Big),
    Column("ended", Big),
    Column("attempts", Integer, nullable=False),
    Column("retries", Integer, nullable=False),
    Column("version", Text),
    Column("code", Text),
    Column("deployment", Uuid),
    Column("state_type", Text, nullable=False),
    Column("state_name", Text, nullable=False),
    Column("state_message", Text),
    Column("state_at", Big, nullable=False),
    Column("state_details", Text),
    Column("start", Integer, nullable=False),
    Column("attempt", Integer, nullable=False),
    Column("origin", Text, nullable=False),
    Column("emitter", Uuid, comment="Of the process that ran it last."),
    Column("state_key", LargeBinary, nullable=False),
    Column("engine_key", LargeBinary, nullable=False),
    Column("birth_key", LargeBinary),
    Index("runs_root", "root"),
    Index("runs_parent", "parent"),
    Index("runs_recent", "task", "expected", "id"),
    Index("runs_flow", "flow", "expected"),
    Index("runs_state", "task", "state_type", "expected"),
    comment="core.fold of the run's state events.",
)

Index(
    "runs_flow_state",
    runs.c.flow,
    runs.c.state_type,
    runs.c.expected,
    # Task runs have no flow: their many states cost nothing here.
    sqlite_where=runs.c.flow.is_not(None),
    postgresql_where=runs.c.flow.is_not(None),
)

tags = Table(
    "tags",
    metadata,
    Column("tag", Text, nullable=False),
    Column("run", Big, nullable=False),
    PrimaryKeyConstraint("tag", "run"),
    sqlite_with_rowid=False,
)

edges = Table(
    "edges",
    metadata,
    Column("run", Big, nullable=False, comment="The one that depends"),
    Column("upstream", Big, nullable=False, comment="on this one."),
    Column("parameter", Text, nullable=False, comment="Empty when it came by waiting."),
    Column("kind", Text, nullable=False),
    PrimaryKeyConstraint("run", "upstream", "parameter", "kind"),
    Index("edges_upstream", "upstream"),
    sqlite_with_rowid=False,
)

links = Table(
    "links",
    metadata,
    Column("resource", Big, nullable=False),
    Column("position", Big, nullable=False),
    Column("role", Big, nullable=False, comment="A name; 0 when the event is about it."),
    PrimaryKeyConstraint("resource", "position", "role"),
    sqlite_with_rowid=False,
    comment="Which events name a resource. A run named in `related` is its negative id.",
)

touches = Table(
    "touches",
    metadata,
    Column("resource", Big, nullable=False),
    Column("run", Big, nullable=False),
    Column("first", Big, nullable=False, comment="Time of the first event."),
    Column("last", Big, nullable=False),
    Column("events", Big, nullable=False),
    PrimaryKeyConstraint("resource", "run"),
    Index("touches_last", "resource", "last"),
    Index("touches_run", "run"),
    sqlite_with_rowid=False,
    comment="Which runs touched a resource.",
)

catalogue = Table(
    "catalogue",
    metadata,
    Column("resource", Big, primary_key=True, autoincrement=False),
    Column("first", Big, nullable=False, comment="Time of the first event."),
    Column("last", Big, nullable=False),
    Column("events", Big, nullable=False),
    # No index holds `last`: it changes with every event, and an index would change with it.
    comment="Which resources there are. As narrow as can be: every event writes here.",
)

descriptions = Table(
    "descriptions",
    metadata,
    Column("resource", Big, primary_key=True, autoincrement=False),
    Column("told", Big, nullable=False, comment="Stamp of the event that told; the latest counts,"),
    Column("position", Big, nullable=False, comment="of equal ones the last."),
    Column("name", Text),
    Column("labels", Text, nullable=False),
    comment="The name and labels that events give a resource.",
)

event_counts = Table(
    "event_counts",
    metadata,
    Column("bucket", Big, nullable=False, comment="Minute in which they occurred, µs since 1970."),
    Column("name", Big, nullable=False),
    Column("events", Big, nullable=False),
    PrimaryKeyConstraint("bucket", "name"),
    sqlite_with_rowid=False,
)

artifacts = Table(
    "artifacts",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("made", Big, nullable=False, comment="Stamp of the event that created it; else -1,"),
    Column("made_position", Big, nullable=False, comment="with the latest update's."),
    Column("key", Text),
    Column("kind", Text, nullable=False),
    Column("run", Big),
    Column("root", Big),
    Column("created", Big, nullable=False),
    Column("told", Big, nullable=False, comment="Stamp of the event that told the body."),
    Column("told_position", Big, nullable=False),
    Column("body", Text, comment="JSON; null: it is in `blobs`."),
    Column("sha256", Text),
    Column("size", Integer, nullable=False),
    Column("updated", Big, nullable=False),
    Column("described", Big, nullable=False, comment="Stamp; -1: it never was."),
    Column("described_position", Big, nullable=False),
    Column("description", Text),
    Index("artifacts_created", "created", "id"),
    Index("artifacts_key", "key", "created", "id"),
    Index("artifacts_root", "root", "created", "id"),
    Index("artifacts_sha256", "sha256"),
    comment="What runs made for people to look at.",
)

PROJECTIONS: Final = (
    runs,
    tags,
    edges,
    links,
    touches,
    catalogue,
    descriptions,
    event_counts,
    artifacts,
)
"""What `rebuild` makes again from the log and the baseline."""
