"""Keep work pools, their queues and workers, who watches over runs, and what people answer them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
UUID = sa.LargeBinary(length=16)


def upgrade() -> None:
    """Make their tables, and say of claims whether their process has begun."""
    op.create_table(
        "work_pools",
        sa.Column("id", UUID, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("description", sa.Text()),
        sa.Column("base_job_template", sa.Text(), nullable=False, comment="JSON."),
        sa.Column("paused", sa.Boolean(), nullable=False),
        sa.Column("concurrency_limit", sa.Integer()),
        sa.Column("created", BIG, nullable=False),
        sa.Column("updated", BIG, nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("name"),
    )
    op.create_table(
        "work_queues",
        sa.Column("id", UUID, nullable=False),
        sa.Column("pool", UUID, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("priority", sa.Integer(), nullable=False, comment="1 is taken from first."),
        sa.Column("concurrency_limit", sa.Integer()),
        sa.Column("paused", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("pool", "name"),
    )
    op.create_table(
        "workers",
        sa.Column("id", UUID, nullable=False),
        sa.Column("pool", UUID, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("emitter", UUID, nullable=False, comment="Of its present process."),
        sa.Column("host", sa.Text(), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("limit", sa.Integer()),
        sa.Column("last_heartbeat", BIG, nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("created", BIG, nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("pool", "name"),
    )
    op.create_table(
        "run_inputs",
        sa.Column("run", UUID, nullable=False),
        sa.Column("key", sa.Text(), nullable=False, comment="Of the pause that it answers."),
        sa.Column("value", sa.Text(), nullable=False, comment="JSON."),
        sa.Column("given", BIG, nullable=False),
        sa.PrimaryKeyConstraint("run", "key"),
        comment="What people answered to paused runs.",
    )
    op.add_column(
        "claims",
        sa.Column(
            "begun",
            sa.Boolean(),
            nullable=False,
            server_default=sa.false(),
            comment="The process that runs it has said so, and is the emitter.",
        ),
    )
    op.add_column(
        "claims",
        sa.Column("worker", UUID, comment="Emitter of the worker that started its process."),
    )
