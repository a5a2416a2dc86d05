"""What the API answers to emitters, and what they ask."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from msgspec import Meta

from peninsula.core.answers.base import Answer

__all__ = [
    "Emitters",
    "Offers",
    "Poll",
]


class Emitters(Answer, frozen=True, kw_only=True):
    """The emitters whose journals someone holds."""

    emitters: tuple[UUID, ...]


class Offers(Answer, frozen=True, kw_only=True):
    """What the log has of them: the highest number, 0 for none."""

    log_id: UUID
    committed: dict[UUID, int]


class Poll(Answer, frozen=True, kw_only=True):
    """A process asks what it is told to do, and says what it has heard."""

    emitter: UUID
    wait: Annotated[float, Meta(ge=0, le=60)] = 0.0
    """Seconds to wait for a command when there is none."""
    acknowledged: tuple[UUID, ...] = ()
    """Commands that need not be said again."""
