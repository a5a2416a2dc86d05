"""Tell the journal something from the middle of the user's code, and not be interrupted there."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from peninsula.core.events import Event
from peninsula.core.records import LogLine
from peninsula.journal import emitter
from peninsula.sdk.interrupts import Shielded

__all__ = ["emit", "log"]


def emit(event: Event, run: UUID | None, root: UUID | None) -> None:
    """Emit an event."""
    with Shielded():
        emitter.current().emit(event, run=run, root=root)


def log(run: UUID, root: UUID, lines: Sequence[LogLine]) -> None:
    """Add lines to a run's log."""
    with Shielded():
        emitter.current().log(run, root, lines)
