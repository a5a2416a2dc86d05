"""Make the schema of the first version."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
UUID = sa.LargeBinary(length=16)


def upgrade() -> None:
    """Make every table; PostgreSQL's events are partitioned by the time in their id."""
    _make_tables()
    if op.get_bind().dialect.name == "postgresql":
        _make_partitioned_events()
    else:
        _make_events()
    _make_event_indexes()


def _event_columns() -> list[sa.Column[object]]:
    return [
        sa.Column("position", BIG, autoincrement=False, nullable=False),
        sa.Column("id", UUID, nullable=False),
        sa.Column("occurred", BIG, nullable=False),
        sa.Column("name", BIG, nullable=False),
        sa.Column("resource", BIG, nullable=True, comment="Null when it is about `run` itself."),
        sa.Column(
            "run", BIG, nullable=True, comment="The innermost run it happened in, or is about."
        ),
        sa.Column(
            "root", BIG, nullable=True, comment="The flow run at the top of that run's tree."
        ),
        sa.Column("stamp", BIG, nullable=False),
        sa.Column("emitter", BIG, nullable=True, comment="Null for what was posted without one."),
        sa.Column("number", BIG, nullable=True),
        sa.Column("follows", UUID, nullable=True),
        sa.Column("payload", sa.Text(), nullable=False),
        sa.Column(
            "related",
            sa.Text(),
            nullable=True,
            comment="JSON: [[resource, role], …]; a run is written as its negative id.",
        ),
        sa.Column(
            "extra",
            sa.Text(),
            nullable=True,
            comment='JSON: names and labels by place, {"0": {…}} is its own.',
        ),
        sa.Column("kept", sa.Boolean(), nullable=False, comment="Pinned: retention leaves it."),
    ]


def _make_events() -> None:
    op.create_table("events", *_event_columns(), sa.PrimaryKeyConstraint("position"))


def _make_partitioned_events() -> None:
    op.create_table("events", *_event_columns(), postgresql_partition_by="RANGE (id)")
    op.create_index("events_position", "events", ["position"])
    op.execute("CREATE TABLE events_default PARTITION OF events DEFAULT")


def _make_event_indexes() -> None:
    op.create_index(
        "events_follows",
        "events",
        ["follows"],
        unique=False,
        sqlite_where=sa.text("follows IS NOT NULL"),
        postgresql_where=sa.text("follows IS NOT NULL"),
    )
    op.create_index("events_id", "events", ["id"], unique=True)
    op.create_index("events_name", "events", ["name", "position"], unique=False)
    op.create_index("events_occurred", "events", ["occurred"], unique=False)
    op.create_index(
        "events_root",
        "events",
        ["root", "position"],
        unique=False,
        sqlite_where=sa.text("root IS NOT NULL"),
        postgresql_where=sa.text("root IS NOT NULL"),
    )
    op.create_index(
        "events_run",
        "events",
        ["run", "position"],
        unique=False,
        sqlite_where=sa.text("run IS NOT NULL"),
        postgresql_where=sa.text("run IS NOT NULL"),
    )


def _make_tables() -> None:
    op.create_table(
        "api_keys",
        sa.Column("id", UUID, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("scopes", sa.Text(), nullable=False, comment="JSON: emit, read, work, admin."),
        sa.Column(
            "run", UUID, nullable=True, comment="Set: the key of one started run, for itself only."
        ),
        sa.Column("created", BIG, nullable=False),
        sa.Column("expires", BIG, nullable=True),
        sa.Column("last_used", BIG, nullable=True),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("hash"),
    )
    op.create_table(
        "baseline_catalogue",
        sa.Column("resource", BIG, autoincrement=False, nullable=False),
        sa.Column("first", BIG, nullable=False, comment="Time of the first event."),
        sa.Column("last", BIG, nullable=False),
        sa.Column("events", BIG, nullable=False),
        sa.PrimaryKeyConstraint("resource"),
        comment="Which resources there are. As narrow as can be: every event writes here.",
    )
    op.create_table(
        "baseline_descriptions",
        sa.Column("resource", BIG, autoincrement=False, nullable=False),
        sa.Column(
            "told", BIG, nullable=False, comment="Stamp of the event that told; the latest counts,"
        ),
        sa.Column("position", BIG, nullable=False, comment="of equal ones the last."),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("labels", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("resource"),
        comment="The name and labels that events give a resource.",
    )
    op.create_table(
        "baseline_edges",
        sa.Column("run", BIG, nullable=False, comment="The one that depends"),
        sa.Column("upstream", BIG, nullable=False, comment="on this one."),
        sa.Column("parameter", sa.Text(), nullable=False, comment="Empty when it came by waiting."),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("run", "upstream", "parameter", "kind"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "baseline_event_counts",
        sa.Column(
            "bucket", BIG, nullable=False, comment="Minute in which they occurred, µs since 1970."
        ),
        sa.Column("name", BIG, nullable=False),
        sa.Column("events", BIG, nullable=False),
        sa.PrimaryKeyConstraint("bucket", "name"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "baseline_links",
        sa.Column("resource", BIG, nullable=False),
        sa.Column("position", BIG, nullable=False),
        sa.Column("role", BIG, nullable=False, comment="A name; 0 when the event is about it."),
        sa.PrimaryKeyConstraint("resource", "position", "role"),
        comment="Which events name a resource. A run named in `related` is its negative id.",
        sqlite_with_rowid=False,
    )
    op.create_table(
        "baseline_runs",
        sa.Column("id", BIG, autoincrement=False, nullable=False, comment="run_ids.id"),
        sa.Column("task", sa.Boolean(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("flow", sa.Text(), nullable=True),
        sa.Column("task_name", sa.Text(), nullable=True),
        sa.Column("key", sa.Text(), nullable=True),
        sa.Column("parent", BIG, nullable=True),
        sa.Column("root", BIG, nullable=False),
        sa.Column("tags", sa.Text(), nullable=False),
        sa.Column("parameters", sa.Text(), nullable=False),
        sa.Column("expected", BIG, nullable=False),
        sa.Column("created", BIG, nullable=False),
        sa.Column("started", BIG, nullable=True),
        sa.Column("ended", BIG, nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("retries", sa.Integer(), nullable=False),
        sa.Column("version", sa.Text(), nullable=True),
        sa.Column("code", sa.Text(), nullable=True),
        sa.Column("deployment", UUID, nullable=True),
        sa.Column("state_type", sa.Text(), nullable=False),
        sa.Column("state_name", sa.Text(), nullable=False),
        sa.Column("state_message", sa.Text(), nullable=True),
        sa.Column("state_at", BIG, nullable=False),
        sa.Column("state_details", sa.Text(), nullable=True),
        sa.Column("start", sa.Integer(), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("origin", sa.Text(), nullable=False),
        sa.Column("emitter", UUID, nullable=True, comment="Of the process that ran it last."),
        sa.Column("state_key", sa.LargeBinary(), nullable=False),
        sa.Column("engine_key", sa.LargeBinary(), nullable=False),
        sa.Column("birth_key", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
        comment="core.fold of the run's state events.",
    )
    op.create_table(
        "baseline_tags",
        sa.Column("tag", sa.Text(), nullable=False),
        sa.Column("run", BIG, nullable=False),
        sa.PrimaryKeyConstraint("tag", "run"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "baseline_touches",
        sa.Column("resource", BIG, nullable=False),
        sa.Column("run", BIG, nullable=False),
        sa.Column("first", BIG, nullable=False, comment="Time of the first event."),
        sa.Column("last", BIG, nullable=False),
        sa.Column("events", BIG, nullable=False),
        sa.PrimaryKeyConstraint("resource", "run"),
        comment="Which runs touched a resource.",
        sqlite_with_rowid=False,
    )
    op.create_table(
        "blobs",
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("start", sa.Integer(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("sha256", "start"),
    )
    op.create_table(
        "catalogue",
        sa.Column("resource", BIG, autoincrement=False, nullable=False),
        sa.Column("first", BIG, nullable=False, comment="Time of the first event."),
        sa.Column("last", BIG, nullable=False),
        sa.Column("events", BIG, nullable=False),
        sa.PrimaryKeyConstraint("resource"),
        comment="Which resources there are. As narrow as can be: every event writes here.",
    )
    op.create_table(
        "claims",
        sa.Column("run", UUID, nullable=False),
        sa.Column(
            "start", sa.Integer(), nullable=False, comment="Fencing number of the latest start."
        ),
        sa.Column("emitter", UUID, nullable=True),
        sa.Column("claimed", BIG, nullable=False),
        sa.PrimaryKeyConstraint("run"),
    )
    op.create_table(
        "commands",
        sa.Column("id", UUID, nullable=False),
        sa.Column("run", UUID, nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("message", sa.Text(), nullable=True),
        sa.Column("asked", BIG, nullable=False),
        sa.Column("acknowledged", BIG, nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("commands_run", "commands", ["run"], unique=False)
    op.create_table(
        "descriptions",
        sa.Column("resource", BIG, autoincrement=False, nullable=False),
        sa.Column(
            "told", BIG, nullable=False, comment="Stamp of the event that told; the latest counts,"
        ),
        sa.Column("position", BIG, nullable=False, comment="of equal ones the last."),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("labels", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("resource"),
        comment="The name and labels that events give a resource.",
    )
    op.create_table(
        "edges",
        sa.Column("run", BIG, nullable=False, comment="The one that depends"),
        sa.Column("upstream", BIG, nullable=False, comment="on this one."),
        sa.Column("parameter", sa.Text(), nullable=False, comment="Empty when it came by waiting."),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("run", "upstream", "parameter", "kind"),
        sqlite_with_rowid=False,
    )
    op.create_index("edges_upstream", "edges", ["upstream"], unique=False)
    op.create_table(
        "emitters",
        sa.Column("id", BIG, nullable=False),
        sa.Column("uuid", UUID, nullable=False),
        sa.Column("committed", BIG, nullable=False, comment="Highest record number in the log."),
        sa.Column("process", sa.Text(), nullable=False, comment="core.records.Process as JSON."),
        sa.Column("first_seen", BIG, nullable=False),
        sa.Column("last_seen", BIG, nullable=False),
        sa.Column("closed", sa.Boolean(), nullable=False, comment="It said that nothing follows."),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("uuid"),
    )
    op.create_table(
        "event_counts",
        sa.Column(
            "bucket", BIG, nullable=False, comment="Minute in which they occurred, µs since 1970."
        ),
        sa.Column("name", BIG, nullable=False),
        sa.Column("events", BIG, nullable=False),
        sa.PrimaryKeyConstraint("bucket", "name"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "head",
        sa.Column("one", sa.SmallInteger(), nullable=False),
        sa.Column("position", BIG, nullable=False),
        sa.Column(
            "dictionary", BIG, nullable=False, comment="Grows when interned entries are removed."
        ),
        sa.PrimaryKeyConstraint("one"),
        comment="One row: the last position given. Its lock orders everyone who appends.",
    )
    op.create_table(
        "leases",
        sa.Column("emitter", UUID, nullable=False),
        sa.Column("renewed", BIG, nullable=False),
        sa.Column(
            "lapsed", sa.Boolean(), nullable=False, comment="Its runs were presumed crashed."
        ),
        sa.PrimaryKeyConstraint("emitter"),
    )
    op.create_table(
        "links",
        sa.Column("resource", BIG, nullable=False),
        sa.Column("position", BIG, nullable=False),
        sa.Column("role", BIG, nullable=False, comment="A name; 0 when the event is about it."),
        sa.PrimaryKeyConstraint("resource", "position", "role"),
        comment="Which events name a resource. A run named in `related` is its negative id.",
        sqlite_with_rowid=False,
    )
    op.create_table(
        "logs",
        sa.Column("root", BIG, nullable=False),
        sa.Column("time", BIG, nullable=False),
        sa.Column("emitter", BIG, nullable=False),
        sa.Column("number", BIG, nullable=False),
        sa.Column("line", sa.Integer(), nullable=False, comment="Within its record."),
        sa.Column("run", BIG, nullable=False),
        sa.Column("level", sa.SmallInteger(), nullable=False),
        sa.Column("logger", sa.Text(), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("root", "time", "emitter", "number", "line"),
        sqlite_with_rowid=False,
    )
    op.create_index("logs_run", "logs", ["run", "time"], unique=False)
    op.create_index("logs_time", "logs", ["time"], unique=False)
    op.create_table(
        "meta",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("key"),
        comment="`log_id`: the name of this log, new in every copy; `place`; `created`.",
    )
    op.create_table(
        "names",
        sa.Column("id", BIG, nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("text"),
        comment="Event names and roles, interned.",
    )
    op.create_table(
        "resources",
        sa.Column("id", BIG, nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column(
            "system",
            sa.Text(),
            nullable=False,
            comment="Id of its parent; its own when it has none.",
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("text"),
        comment="Resource ids, interned, but for runs, which are in run_ids.",
    )
    op.create_index("resources_kind", "resources", ["kind"], unique=False)
    op.create_index("resources_system", "resources", ["system"], unique=False)
    op.create_table(
        "run_ids",
        sa.Column("id", BIG, nullable=False),
        sa.Column("uuid", UUID, nullable=False),
        sa.Column("task", sa.Boolean(), nullable=False, comment="A task run, else a flow run."),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("uuid"),
    )
    op.create_table(
        "runs",
        sa.Column("id", BIG, autoincrement=False, nullable=False, comment="run_ids.id"),
        sa.Column("task", sa.Boolean(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("flow", sa.Text(), nullable=True),
        sa.Column("task_name", sa.Text(), nullable=True),
        sa.Column("key", sa.Text(), nullable=True),
        sa.Column("parent", BIG, nullable=True),
        sa.Column("root", BIG, nullable=False),
        sa.Column("tags", sa.Text(), nullable=False),
        sa.Column("parameters", sa.Text(), nullable=False),
        sa.Column("expected", BIG, nullable=False),
        sa.Column("created", BIG, nullable=False),
        sa.Column("started", BIG, nullable=True),
        sa.Column("ended", BIG, nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("retries", sa.Integer(), nullable=False),
        sa.Column("version", sa.Text(), nullable=True),
        sa.Column("code", sa.Text(), nullable=True),
        sa.Column("deployment", UUID, nullable=True),
        sa.Column("state_type", sa.Text(), nullable=False),
        sa.Column("state_name", sa.Text(), nullable=False),
        sa.Column("state_message", sa.Text(), nullable=True),
        sa.Column("state_at", BIG, nullable=False),
        sa.Column("state_details", sa.Text(), nullable=True),
        sa.Column("start", sa.Integer(), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("origin", sa.Text(), nullable=False),
        sa.Column("emitter", UUID, nullable=True, comment="Of the process that ran it last."),
        sa.Column("state_key", sa.LargeBinary(), nullable=False),
        sa.Column("engine_key", sa.LargeBinary(), nullable=False),
        sa.Column("birth_key", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
        comment="core.fold of the run's state events.",
    )
    op.create_index("runs_flow", "runs", ["flow", "expected"], unique=False)
    op.create_index("runs_parent", "runs", ["parent"], unique=False)
    op.create_index("runs_recent", "runs", ["task", "expected", "id"], unique=False)
    op.create_index("runs_root", "runs", ["root"], unique=False)
    op.create_index("runs_state", "runs", ["task", "state_type", "expected"], unique=False)
    op.create_table(
        "sessions",
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("key", UUID, nullable=False),
        sa.Column("csrf", sa.Text(), nullable=False),
        sa.Column("created", BIG, nullable=False),
        sa.Column("expires", BIG, nullable=False),
        sa.PrimaryKeyConstraint("hash"),
    )
    op.create_table(
        "tags",
        sa.Column("tag", sa.Text(), nullable=False),
        sa.Column("run", BIG, nullable=False),
        sa.PrimaryKeyConstraint("tag", "run"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "touches",
        sa.Column("resource", BIG, nullable=False),
        sa.Column("run", BIG, nullable=False),
        sa.Column("first", BIG, nullable=False, comment="Time of the first event."),
        sa.Column("last", BIG, nullable=False),
        sa.Column("events", BIG, nullable=False),
        sa.PrimaryKeyConstraint("resource", "run"),
        comment="Which runs touched a resource.",
        sqlite_with_rowid=False,
    )
    op.create_index("touches_last", "touches", ["resource", "last"], unique=False)
    op.create_index("touches_run", "touches", ["run"], unique=False)
    op.create_table(
        "unknown_records",
        sa.Column("emitter", BIG, nullable=False),
        sa.Column("number", BIG, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("raw", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("emitter", "number"),
        comment="Kinds this server does not know yet, kept for one that does.",
    )
