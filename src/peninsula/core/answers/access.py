"""What the API answers about who may do what."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from peninsula.core.answers.base import Answer

__all__ = [
    "Key",
    "NewKey",
    "Scope",
    "Session",
]


class Scope(StrEnum):
    """What a key may be used for; `admin` includes the others."""

    EMIT = "emit"
    """Send events, logs and control polls."""
    READ = "read"
    """Ask anything."""
    WORK = "work"
    """Steer runs."""
    ADMIN = "admin"
    """Keys, deletion, upkeep."""


class Key(Answer, frozen=True, kw_only=True):
    """An API key without its secret, of which only a hash is kept."""

    id: UUID
    name: str
    scopes: tuple[Scope, ...]
    run: UUID | None
    """Set: it works for this run only."""
    created: datetime
    expires: datetime | None
    last_used: datetime | None


class NewKey(Answer, frozen=True, kw_only=True):
    """A key that was just made: the only time its secret is said."""

    key: Key
    secret: str


class Session(Answer, frozen=True, kw_only=True):
    """Who the caller is."""

    name: str
    scopes: tuple[Scope, ...]
    csrf: str | None = None
    """In a browser's session: send it as `X-CSRF-Token` with everything but GET."""
    expires: datetime | None = None
