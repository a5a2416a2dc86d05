"""What the API answers about the server itself."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from peninsula.core.answers.base import Answer

__all__ = [
    "Health",
    "Meta",
]


class Meta(Answer, frozen=True, kw_only=True):
    """What this server is."""

    version: str
    log_id: UUID
    protocol: int
    capabilities: tuple[str, ...]
    rebuilding_since: datetime | None = None
    """While a rebuild is under way, nothing is pruned or deleted."""
    position: int | None = None
    """Where the log ends, to follow it from there on. None while the database is away."""


class Health(Answer, frozen=True, kw_only=True):
    """Whether it serves."""

    status: str
