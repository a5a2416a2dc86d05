"""Hold work pools, their queues, and the workers that take from them."""

from __future__ import annotations

from typing import Final

from sqlalchemy import Boolean, Column, Integer, Table, Text, UniqueConstraint

from peninsula.server.storage.tables.schema import Big, Uuid, metadata

__all__ = ["WORK", "run_inputs", "work_pools", "work_queues", "workers"]

work_pools = Table(
    "work_pools",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("name", Text, nullable=False, unique=True),
    Column("type", Text, nullable=False),
    Column("description", Text),
    Column("base_job_template", Text, nullable=False, comment="JSON."),
    Column("paused", Boolean, nullable=False),
    Column("concurrency_limit", Integer),
    Column("created", Big, nullable=False),
    Column("updated", Big, nullable=False),
)

work_queues = Table(
    "work_queues",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("pool", Uuid, nullable=False),
    Column("name", Text, nullable=False),
    Column("priority", Integer, nullable=False, comment="1 is taken from first."),
    Column("concurrency_limit", Integer),
    Column("paused", Boolean, nullable=False),
    UniqueConstraint("pool", "name"),
)

workers = Table(
    "workers",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("pool", Uuid, nullable=False),
    Column("name", Text, nullable=False),
    Column("type", Text, nullable=False),
    Column("emitter", Uuid, nullable=False, comment="Of its present process."),
    Column("host", Text, nullable=False),
    Column("version", Text, nullable=False),
    Column("limit", Integer),
    Column("last_heartbeat", Big, nullable=False),
    Column("status", Text, nullable=False),
    Column("created", Big, nullable=False),
    UniqueConstraint("pool", "name"),
)

run_inputs = Table(
    "run_inputs",
    metadata,
    Column("run", Uuid, primary_key=True),
    Column("key", Text, primary_key=True, comment="Of the pause that it answers."),
    Column("value", Text, nullable=False, comment="JSON."),
    Column("given", Big, nullable=False),
    comment="What people answered to paused runs.",
)

WORK: Final = (work_pools, work_queues, workers, run_inputs)
"""All of them are referee state."""
