"""Keep artifacts, and what they are by events that retention has removed."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
UUID = sa.LargeBinary(length=16)


def upgrade() -> None:
    """Make the table, its indexes, and its twin in the baseline, which has none."""
    _make("artifacts")
    _make("baseline_artifacts")
    op.create_index("artifacts_created", "artifacts", ["created", "id"])
    op.create_index("artifacts_key", "artifacts", ["key", "created", "id"])
    op.create_index("artifacts_root", "artifacts", ["root", "created", "id"])
    op.create_index("artifacts_sha256", "artifacts", ["sha256"])


def _make(name: str) -> None:
    op.create_table(
        name,
        sa.Column("id", UUID, nullable=False),
        sa.Column(
            "made", BIG, nullable=False, comment="Stamp of the event that created it; else -1,"
        ),
        sa.Column("made_position", BIG, nullable=False, comment="with the latest update's."),
        sa.Column("key", sa.Text(), nullable=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("run", BIG, nullable=True),
        sa.Column("root", BIG, nullable=True),
        sa.Column("created", BIG, nullable=False),
        sa.Column("told", BIG, nullable=False, comment="Stamp of the event that told the body."),
        sa.Column("told_position", BIG, nullable=False),
        sa.Column("body", sa.Text(), nullable=True, comment="JSON; null: it is in `blobs`."),
        sa.Column("sha256", sa.Text(), nullable=True),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("updated", BIG, nullable=False),
        sa.Column("described", BIG, nullable=False, comment="Stamp; -1: it never was."),
        sa.Column("described_position", BIG, nullable=False),
        sa.Column("description", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
        comment="What runs made for people to look at.",
    )
