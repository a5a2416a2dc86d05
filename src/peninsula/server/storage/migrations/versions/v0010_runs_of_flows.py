"""Find the runs of a flow by state: how many there are, and the newest."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    """Make their index."""
    op.create_index(
        "runs_flow_state",
        "runs",
        ["flow", "state_type", "expected"],
        unique=False,
        sqlite_where=sa.text("flow IS NOT NULL"),
        postgresql_where=sa.text("flow IS NOT NULL"),
    )
