"""Keep which suspects of failures someone said are not the cause."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
UUID = sa.LargeBinary(length=16)


def upgrade() -> None:
    """Make their table."""
    op.create_table(
        "dismissals",
        sa.Column(
            "root",
            UUID,
            nullable=False,
            comment="Flow run at the top of the failed run's tree.",
        ),
        sa.Column("name", sa.Text(), nullable=False, comment="Of the event that is not the cause,"),
        sa.Column(
            "system", sa.Text(), nullable=False, comment="and of the system that it happened to."
        ),
        sa.Column(
            "flow",
            sa.Text(),
            nullable=False,
            comment="Of the root; empty where that is not known.",
        ),
        sa.Column("dismissed", BIG, nullable=False),
        sa.PrimaryKeyConstraint("root", "name", "system"),
        comment="Suspects of failures that someone said are not the cause.",
    )
    op.create_index("dismissals_flow", "dismissals", ["flow", "dismissed"], unique=False)
