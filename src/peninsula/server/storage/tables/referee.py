"""Hold what was decided: a rebuild never touches it."""

from __future__ import annotations

from typing import Final

from sqlalchemy import (
    Boolean,
    Column,
    Float,
    Index,
    Integer,
    LargeBinary,
    PrimaryKeyConstraint,
    Table,
    Text,
    UniqueConstraint,
)

from peninsula.server.storage.tables.schema import Big, Uuid, metadata

__all__ = [
    "REFEREE",
    "api_keys",
    "claims",
    "commands",
    "concurrency_limits",
    "concurrency_slots",
    "leases",
    "sessions",
    "variables",
]

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
