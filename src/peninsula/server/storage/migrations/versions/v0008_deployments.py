"""Keep deployments, their schedules, and what the runs that they lead to are asked to do."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
UUID = sa.LargeBinary(length=16)


def upgrade() -> None:
    """Make their tables."""
    op.create_table(
        "deployments",
        sa.Column("id", UUID, nullable=False),
        sa.Column("flow", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("version", sa.Text()),
        sa.Column("description", sa.Text()),
        sa.Column(
            "tags", sa.Text(), nullable=False, comment="A line each; one line break before all."
        ),
        sa.Column(
            "entrypoint", sa.Text(), comment="flows/etl.py:nightly, or package.module:nightly."
        ),
        sa.Column("path", sa.Text(), comment="Folder that the entrypoint is looked for in."),
        sa.Column("pull_steps", sa.Text(), nullable=False, comment="JSON: a list of steps."),
        sa.Column("parameters", sa.Text(), nullable=False, comment="JSON."),
        sa.Column("parameter_schema", sa.Text(), nullable=False, comment="JSON schema."),
        sa.Column("enforce_parameter_schema", sa.Boolean(), nullable=False),
        sa.Column("work_pool", UUID, comment="Null: a process serves it."),
        sa.Column("work_queue", sa.Text()),
        sa.Column("job_variables", sa.Text(), nullable=False, comment="JSON."),
        sa.Column("paused", sa.Boolean(), nullable=False),
        sa.Column("concurrency_limit", sa.Integer()),
        sa.Column("collision_strategy", sa.Text(), nullable=False),
        sa.Column("created", BIG, nullable=False),
        sa.Column("updated", BIG, nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("flow", "name"),
    )
    op.create_index("deployments_pool", "deployments", ["work_pool"], unique=False)
    op.create_table(
        "schedules",
        sa.Column("id", UUID, nullable=False),
        sa.Column("deployment", UUID, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("spec", sa.Text(), nullable=False, comment="JSON: the rule."),
        sa.Column("timezone", sa.Text(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("parameters", sa.Text(), nullable=False, comment="JSON."),
        sa.Column("catchup", sa.Text(), nullable=False),
        sa.Column("jitter", sa.Float(precision=53), nullable=False, comment="Seconds."),
        sa.Column("slug", sa.Text()),
        sa.Column(
            "next", BIG, comment="The moment whose run exists, or is made next; null: no more."
        ),
        sa.Column("anchor", BIG, nullable=False, comment="What intervals are counted from."),
        sa.Column("created", BIG, nullable=False),
        sa.Column("updated", BIG, nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("deployment", "slug"),
    )
    op.create_index("schedules_next", "schedules", ["active", "next"], unique=False)
    op.create_table(
        "submissions",
        sa.Column("run", UUID, nullable=False),
        sa.Column("deployment", UUID),
        sa.Column("schedule", UUID, comment="Null: someone asked for the run."),
        sa.Column("due", BIG, nullable=False, comment="When it is to start."),
        sa.Column("pool", UUID),
        sa.Column("queue", sa.Text()),
        sa.Column(
            "priority", sa.Integer(), nullable=False, comment="Smaller ones first, within a queue."
        ),
        sa.Column("parameters", sa.Text(), nullable=False, comment="JSON, as the flow gets them."),
        sa.Column("job_variables", sa.Text(), nullable=False, comment="JSON."),
        sa.Column("entrypoint", sa.Text()),
        sa.Column("path", sa.Text()),
        sa.Column("pull_steps", sa.Text(), nullable=False, comment="JSON: a list of steps."),
        sa.Column("key", sa.Text(), comment="Asked with it again, it is the same run."),
        sa.Column(
            "retry",
            sa.Boolean(),
            nullable=False,
            comment="It goes on where an earlier start failed.",
        ),
        sa.Column("created", BIG, nullable=False),
        sa.PrimaryKeyConstraint("run"),
        sa.UniqueConstraint("deployment", "key"),
        sa.UniqueConstraint("schedule", "due"),
        comment="What starts a run from outside: as its deployment was when it was made.",
    )
    op.create_index("submissions_pool", "submissions", ["pool", "due"], unique=False)
