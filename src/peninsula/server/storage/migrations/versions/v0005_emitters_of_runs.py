"""Know which emitters are those of one run's key."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

UUID = sa.LargeBinary(length=16)


def upgrade() -> None:
    """Add the run whose key began an emitter."""
    about = "Set: a key for this run began it, and of such keys no other."
    op.add_column("emitters", sa.Column("run", UUID, comment=about))
