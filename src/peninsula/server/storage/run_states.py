"""Read the state of a run from its row."""

from __future__ import annotations

from typing import Any

from peninsula.core import codec
from peninsula.core.states import State, StateType
from peninsula.server.storage.moments import moment

__all__ = ["details_of", "state_of"]


def state_of(row: Any) -> State:
    """Return the state that a run is in."""
    return State(
        type=StateType(row.state_type),
        name=row.state_name,
        message=row.state_message,
        timestamp=moment(row.state_at),
        details=details_of(row),
    )


def details_of(row: Any) -> dict[str, Any]:
    """Return what the state of a run says beside its name."""
    stored: str | None = row.state_details
    return codec.decode(dict[str, Any], stored.encode()) if stored else {}
