"""Hold what happened, as it was told."""

from __future__ import annotations

from typing import Final

from sqlalchemy import (
    Boolean,
    Column,
    Index,
    Integer,
    LargeBinary,
    PrimaryKeyConstraint,
    SmallInteger,
    Table,
    Text,
)

from peninsula.server.storage.tables.schema import Big, Uuid, metadata

__all__ = [
    "LOG",
    "blobs",
    "emitters",
    "events",
    "head",
    "logs",
    "meta",
    "names",
    "resources",
    "run_ids",
    "unknown_records",
]

meta = Table(
    "meta",
    metadata,
    Column("key", Text, primary_key=True),
    Column("value", Text, nullable=False),
    comment="`log_id`: the name of this log, new in every copy; `place`; `created`.",
)

head = Table(
    "head",
    metadata,
    Column("one", SmallInteger, primary_key=True),
    Column("position", Big, nullable=False),
    Column("dictionary", Big, nullable=False, comment="Grows when interned entries are removed."),
    comment="One row: the last position given. Its lock orders everyone who appends.",
)

emitters = Table(
    "emitters",
    metadata,
    Column("id", Big, primary_key=True),
    Column("uuid", Uuid, nullable=False, unique=True),
    Column("committed", Big, nullable=False, comment="Highest record number in the log."),
    Column("process", Text, nullable=False, comment="core.records.Process as JSON."),
    Column("first_seen", Big, nullable=False),
    Column("last_seen", Big, nullable=False),
    Column("closed", Boolean, nullable=False, comment="It said that nothing follows."),
    Column("run", Uuid, comment="Set: a key for this run began it, and of such keys no other."),
)

names = Table(
    "names",
    metadata,
    Column("id", Big, primary_key=True),
    Column("text", Text, nullable=False, unique=True),
    comment="Event names and roles, interned.",
)

resources = Table(
    "resources",
    metadata,
    Column("id", Big, primary_key=True),
    Column("text", Text, nullable=False, unique=True),
    Column("kind", Text, nullable=False),
    Column("system", Text, nullable=False, comment="Id of its parent; its own when it has none."),
    Index("resources_kind", "kind"),
    Index("resources_system", "system"),
    comment="Resource ids, interned, but for runs, which are in run_ids.",
)

run_ids = Table(
    "run_ids",
    metadata,
    Column("id", Big, primary_key=True),
    Column("uuid", Uuid, nullable=False, unique=True),
    Column("task", Boolean, nullable=False, comment="A task run, else a flow run."),
)

events = Table(
    "events",
    metadata,
    Column("position", Big, primary_key=True, autoincrement=False),
    Column("id", Uuid, nullable=False),
    Column("occurred", Big, nullable=False),
    Column("name", Big, nullable=False),
    Column("resource", Big, comment="Null when it is about `run` itself."),
    Column("run", Big, comment="The innermost run it happened in, or is about."),
    Column("root", Big, comment="The flow run at the top of that run's tree."),
    Column("stamp", Big, nullable=False),
    Column("emitter", Big, comment="Null for what was posted without one."),
    Column("number", Big),
    Column("follows", Uuid),
    Column("payload", Text, nullable=False),
    Column(
        "related", Text, comment="JSON: [[resource, role], …]; a run is written as its negative id."
    ),
    Column("extra", Text, comment='JSON: names and labels by place, {"0": {…}} is its own.'),
    Column("kept", Boolean, nullable=False, comment="Pinned: retention leaves it."),
    Index("events_id", "id", unique=True),
    Index("events_name", "name", "position"),
    Index("events_occurred", "occurred"),
)
Index(
    "events_run",
    events.c.run,
    events.c.position,
    sqlite_where=events.c.run.is_not(None),
    postgresql_where=events.c.run.is_not(None),
)
Index(
    "events_root",
    events.c.root,
    events.c.position,
    sqlite_where=events.c.root.is_not(None),
    postgresql_where=events.c.root.is_not(None),
)
Index(
    "events_follows",
    events.c.follows,
    sqlite_where=events.c.follows.is_not(None),
    postgresql_where=events.c.follows.is_not(None),
)

logs = Table(
    "logs",
    metadata,
    Column("root", Big, nullable=False),
    Column("time", Big, nullable=False),
    Column("emitter", Big, nullable=False),
    Column("number", Big, nullable=False),
    Column("line", Integer, nullable=False, comment="Within its record."),
    Column("run", Big, nullable=False),
    Column("level", SmallInteger, nullable=False),
    Column("logger", Text, nullable=False),
    Column("message", Text, nullable=False),
    PrimaryKeyConstraint("root", "time", "emitter", "number", "line"),
    Index("logs_run", "run", "time"),
    Index("logs_time", "time"),
    sqlite_with_rowid=False,
)

blobs = Table(
    "blobs",
    metadata,
    Column("sha256", Text, nullable=False),
    Column("start", Integer, nullable=False),
    Column("size", Integer, nullable=False),
    Column("data", LargeBinary, nullable=False),
    PrimaryKeyConstraint("sha256", "start"),
)

unknown_records = Table(
    "unknown_records",
    metadata,
    Column("emitter", Big, nullable=False),
    Column("number", Big, nullable=False),
    Column("kind", Text, nullable=False),
    Column("raw", LargeBinary, nullable=False),
    PrimaryKeyConstraint("emitter", "number"),
    comment="Kinds this server does not know yet, kept for one that does.",
)

LOG: Final = (meta, head, emitters, names, resources, run_ids, events, logs, blobs, unknown_records)
"""What happened, as it was told."""
