"""Give each state an icon and a colour; the word always stands beside them."""

from __future__ import annotations

from typing import Final, NamedTuple

from peninsula.core.states import State, StateType

__all__ = ["Face", "face", "type_face"]


class Face(NamedTuple):
    """How a state looks."""

    icon: str
    """One cell wide."""
    style: str
    """Of rich."""


_BY_NAME: Final = {
    "Late": Face("!", "yellow"),
    "AwaitingRetry": Face("↻", "yellow"),
    "Retrying": Face("↻", "blue"),
    "NotReady": Face("⊘", "yellow"),
}

_BY_TYPE: Final = {
    StateType.SCHEDULED: Face("◷", "cyan"),
    StateType.PENDING: Face("○", "cyan"),
    StateType.RUNNING: Face("●", "blue"),
    StateType.COMPLETED: Face("✓", "green"),
    StateType.FAILED: Face("✕", "red"),
    StateType.CANCELLED: Face("⊘", "yellow"),
    StateType.CRASHED: Face("✕", "red"),
    StateType.PAUSED: Face("‖", "yellow"),
    StateType.CANCELLING: Face("⊘", "yellow"),
}


def face(state: State) -> Face:
    """Return how the state looks."""
    return _BY_NAME.get(state.name) or _BY_TYPE[state.type]


def type_face(type_: StateType) -> Face:
    """Return how states of that type look."""
    return _BY_TYPE[type_]
