"""The schema, once for SQLite and PostgreSQL.

Times are integers, µs since 1970 (UTC). UUIDs are 16 bytes. JSON is text as it was sent. Ids of
names, resources, runs and emitters are interned integers: an event refers to them by those.
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Float,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
)

__all__ = ["LOG", "PROJECTIONS", "REFEREE", "metadata"]

metadata = MetaData()

# SQLite makes a row id only of "INTEGER PRIMARY KEY".
Big = BigInteger().with_variant(Integer(), "sqlite")
Uuid = LargeBinary(16)

# --- the log -----------------------------------------------------------------------------------

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

# --- projections -------------------------------------------------------------------------------

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

# --- referee state -----------------------------------------------------------------------------

leases = Table(
    "leases",
    metadata,
    Column("emitter", Uuid, primary_key=True),
    Column("renewed", Big, nullable=False),
    Column("lapsed", Boolean, nullable=False, comment="Its runs were presumed crashed."),
)

claims = Table(
    "claims",
    metadata,
    Column("run", Uuid, primary_key=True),
    Column("start", Integer, nullable=False, comment="Fencing number of the latest start."),
    Column("emitter", Uuid),
    Column("claimed", Big, nullable=False),  # a stamp
)

commands = Table(
    "commands",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("run", Uuid, nullable=False),
    Column("action", Text, nullable=False),
    Column("message", Text),
    Column("asked", Big, nullable=False),
    Column("acknowledged", Big),
    Index("commands_run", "run"),
)

api_keys = Table(
    "api_keys",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("name", Text, nullable=False),
    Column("hash", LargeBinary, nullable=False),
    Column("scopes", Text, nullable=False, comment="JSON: emit, read, work, admin."),
    Column("run", Uuid, comment="Set: the key of one started run, for itself only."),
    Column("created", Big, nullable=False),
    Column("expires", Big),
    Column("last_used", Big),
    UniqueConstraint("hash"),
)

sessions = Table(
    "sessions",
    metadata,
    Column("hash", LargeBinary, primary_key=True),
    Column("key", Uuid, nullable=False),
    Column("csrf", Text, nullable=False),
    Column("created", Big, nullable=False),
    Column("expires", Big, nullable=False),
)

variables = Table(
    "variables",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("name", Text, nullable=False, unique=True),
    Column("value", Text, nullable=False, comment="JSON."),
    Column("tags", Text, nullable=False, comment="A line each; one line break before all."),
    Column("created", Big, nullable=False),
    Column("updated", Big, nullable=False),
)

concurrency_limits = Table(
    "concurrency_limits",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("name", Text, nullable=False, unique=True),
    Column("slots", Integer, nullable=False),
    Column("decay", Float(53), nullable=False, comment="Slots a second."),
    Column("used", Float(53), nullable=False, comment="By rate limits, at `used_at`."),
    Column("used_at", Big, nullable=False),
    Column("created", Big, nullable=False),
    Column("updated", Big, nullable=False),
)

concurrency_slots = Table(
    "concurrency_slots",
    metadata,
    Column("lease", Uuid, nullable=False),
    Column("limit", Uuid, nullable=False),
    Column("slots", Integer, nullable=False),
    Column("emitter", Uuid, comment="Of the process that holds them."),
    Column("run", Text, comment="Resource id of the run that does."),
    Column("expires", Big, nullable=False, comment="Unless renewed before."),
    PrimaryKeyConstraint("lease", "limit"),
    Index("concurrency_slots_limit", "limit"),
)

LOG: Final = (meta, head, emitters, names, resources, run_ids, events, logs, blobs, unknown_records)
"""What happened, as it was told."""

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

REFEREE: Final = (
    leases,
    claims,
    commands,
    api_keys,
    sessions,
    variables,
    concurrency_limits,
    concurrency_slots,
)
"""What was decided; a rebuild never touches it."""
