"""Give out slots of concurrency limits."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
UUID = sa.LargeBinary(length=16)


def upgrade() -> None:
    """Make the tables of limits and of who holds their slots."""
    op.create_table(
        "concurrency_limits",
        sa.Column("id", UUID, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("slots", sa.Integer(), nullable=False),
        sa.Column("decay", sa.Float(53), nullable=False, comment="Slots a second."),
        sa.Column("used", sa.Float(53), nullable=False, comment="By rate limits, at `used_at`."),
        sa.Column("used_at", BIG, nullable=False),
        sa.Column("created", BIG, nullable=False),
        sa.Column("updated", BIG, nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("name"),
    )
    op.create_table(
        "concurrency_slots",
        sa.Column("lease", UUID, nullable=False),
        sa.Column("limit", UUID, nullable=False),
        sa.Column("slots", sa.Integer(), nullable=False),
        sa.Column("emitter", UUID, comment="Of the process that holds them."),
        sa.Column("run", sa.Text(), comment="Resource id of the run that does."),
        sa.Column("expires", BIG, nullable=False, comment="Unless renewed before."),
        sa.PrimaryKeyConstraint("lease", "limit"),
    )
    op.create_index("concurrency_slots_limit", "concurrency_slots", ["limit"], unique=False)
