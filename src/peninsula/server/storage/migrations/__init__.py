"""Bring an older database to the newest schema, with Alembic."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection

__all__ = ["upgrade"]


def upgrade(tx: Connection, revision: str) -> None:
    """Run the migrations up to a revision in the transaction at hand."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    config.attributes["connection"] = tx
    command.upgrade(config, revision)
