"""Hold deployments, their schedules, and what the runs that they led to were asked to do."""

from __future__ import annotations

from typing import Final

from sqlalchemy import Boolean, Column, Float, Index, Integer, Table, Text, UniqueConstraint

from peninsula.server.storage.tables.schema import Big, Uuid, metadata

__all__ = ["DEPLOYMENTS", "deployments", "schedules", "submissions"]

deployments = Table(
    "deployments",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("flow", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("version", Text),
    Column("description", Text),
    Column("tags", Text, nullable=False, comment="A line each; one line break before all."),
    Column("entrypoint", Text, comment="flows/etl.py:nightly, or package.module:nightly."),
    Column("path", Text, comment="Folder that the entrypoint is looked for in."),
    Column("pull_steps", Text, nullable=False, comment="JSON: a list of steps."),
    Column("parameters", Text, nullable=False, comment="JSON."),
    Column("parameter_schema", Text, nullable=False, comment="JSON schema."),
    Column("enforce_parameter_schema", Boolean, nullable=False),
    Column("work_pool", Uuid, comment="Null: a process serves it."),
    Column("work_queue", Text),
    Column("job_variables", Text, nullable=False, comment="JSON."),
    Column("paused", Boolean, nullable=False),
    Column("concurrency_limit", Integer),
    Column("collision_strategy", Text, nullable=False),
    Column("created", Big, nullable=False),
    Column("updated", Big, nullable=False),
    UniqueConstraint("flow", "name"),
    Index("deployments_pool", "work_pool"),
)

schedules = Table(
    "schedules",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("deployment", Uuid, nullable=False),
    Column("kind", Text, nullable=False),
    Column("spec", Text, nullable=False, comment="JSON: the rule."),
    Column("timezone", Text, nullable=False),
    Column("active", Boolean, nullable=False),
    Column("parameters", Text, nullable=False, comment="JSON."),
    Column("catchup", Text, nullable=False),
    Column("jitter", Float(53), nullable=False, comment="Seconds."),
    Column("slug", Text),
    Column("next", Big, comment="The moment whose run exists, or is made next; null: no more."),
    Column("anchor", Big, nullable=False, comment="What intervals are counted from."),
    Column("created", Big, nullable=False),
    Column("updated", Big, nullable=False),
    UniqueConstraint("deployment", "slug"),
    Index("schedules_next", "active", "next"),
)

submissions = Table(
    "submissions",
    metadata,
    Column("run", Uuid, primary_key=True),
    Column("deployment", Uuid),
    Column("schedule", Uuid, comment="Null: someone asked for the run."),
    Column("due", Big, nullable=False, comment="When it is to start."),
    Column("pool", Uuid),
    Column("queue", Text),
    Column("priority", Integer, nullable=False, comment="Smaller ones first, within a queue."),
    Column("parameters", Text, nullable=False, comment="JSON, as the flow gets them."),
    Column("job_variables", Text, nullable=False, comment="JSON."),
    Column("entrypoint", Text),
    Column("path", Text),
    Column("pull_steps", Text, nullable=False, comment="JSON: a list of steps."),
    Column("key", Text, comment="Asked with it again, it is the same run."),
    Column("retry", Boolean, nullable=False, comment="It goes on where an earlier start failed."),
    Column("created", Big, nullable=False),
    UniqueConstraint("schedule", "due"),
    UniqueConstraint("deployment", "key"),
    Index("submissions_pool", "pool", "due"),
    comment="What starts a run from outside: as its deployment was when it was made.",
)

DEPLOYMENTS: Final = (deployments, schedules, submissions)
"""All of them are referee state."""
