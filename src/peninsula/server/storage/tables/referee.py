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
    false,
)

from peninsula.server.storage.tables.deployments import DEPLOYMENTS
from peninsula.server.storage.tables.schema import Big, Uuid, metadata
from peninsula.server.storage.tables.work import WORK

__all__ = [
    "REFEREE",
    "api_keys",
    "block_documents",
    "block_references",
    "block_schemas",
    "block_types",
    "claims",
    "commands",
    "concurrency_limits",
    "concurrency_slots",
    "dismissals",
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
    Column(
        "begun",
        Boolean,
        nullable=False,
        server_default=false(),
        comment="The process that runs it has said so, and is the emitter.",
    ),
    Column("worker", Uuid, comment="Emitter of the worker that started its process."),
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

block_types = Table(
    "block_types",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("slug", Text, nullable=False, unique=True),
    Column("name", Text, nullable=False),
    Column("description", Text),
    Column("logo_url", Text),
    Column("documentation_url", Text),
    Column("code_example", Text),
    Column("schema", Uuid, nullable=False, comment="The one that was registered last."),
    Column("created", Big, nullable=False),
    Column("updated", Big, nullable=False),
)

block_schemas = Table(
    "block_schemas",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("type", Uuid, nullable=False),
    Column("checksum", Text, nullable=False),
    Column("version", Text, nullable=False),
    Column("capabilities", Text, nullable=False, comment="JSON: a list of texts."),
    Column("fields", Text, nullable=False, comment="JSON schema."),
    Column("created", Big, nullable=False),
    UniqueConstraint("type", "checksum", "version"),
)

block_documents = Table(
    "block_documents",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("type", Uuid, nullable=False),
    Column("schema", Uuid, nullable=False, comment="By which it was saved."),
    Column("name", Text, nullable=False),
    Column("data", Text, nullable=False, comment="JSON; what is secret is masked."),
    Column("secret_fields", Text, nullable=False, comment="JSON: those that are set."),
    Column("secrets", LargeBinary, comment="Encrypted; null: there are none."),
    Column("key", Text, comment="Fingerprint of the key they are encrypted by."),
    Column("credential_version", Text),
    Column("expires", Big),
    Column("created", Big, nullable=False),
    Column("updated", Big, nullable=False),
    UniqueConstraint("type", "name"),
)

block_references = Table(
    "block_references",
    metadata,
    Column("document", Uuid, nullable=False),
    Column("field", Text, nullable=False),
    Column("refers", Uuid, nullable=False, comment="The document that is nested there."),
    PrimaryKeyConstraint("document", "field"),
    Index("block_references_refers", "refers"),
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

dismissals = Table(
    "dismissals",
    metadata,
    Column("root", Uuid, nullable=False, comment="Flow run at the top of the failed run's tree."),
    Column("name", Text, nullable=False, comment="Of the event that is not the cause,"),
    Column("system", Text, nullable=False, comment="and of the system that it happened to."),
    Column("flow", Text, nullable=False, comment="Of the root; empty where that is not known."),
    Column("dismissed", Big, nullable=False),
    PrimaryKeyConstraint("root", "name", "system"),
    Index("dismissals_flow", "flow", "dismissed"),
    comment="Suspects of failures that someone said are not the cause.",
)

REFEREE: Final = (
    leases,
    claims,
    commands,
    api_keys,
    sessions,
    variables,
    block_types,
    block_schemas,
    block_documents,
    block_references,
    concurrency_limits,
    concurrency_slots,
    dismissals,
    *DEPLOYMENTS,
    *WORK,
)
"""What was decided; a rebuild never touches it."""
