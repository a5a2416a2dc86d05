"""Decide what goes first when room is short, and count what went."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from msgspec import Struct

from peninsula.core.calls import CALL, ROLLED_UP
from peninsula.core.resources import OWN
from peninsula.core.runs import RunKind, is_state_event
from peninsula.core.states import NAMES, event_part

__all__ = ["Gap", "Kind", "counted", "kind_of_event", "shares"]


class Kind(StrEnum):
    """What a record is, as a gap counts it. In the order in which it is dropped."""

    DEBUG_LOG = "debug-log"
    CALL = "call"
    LOG = "log"
    BLOB = "blob"
    EVENT = "event"
    STATE = "state"
    END = "end"
    """How a flow run ended: without it the run would seem to have crashed."""


_ENDS: Final = frozenset(
    f"{OWN}{RunKind.FLOW_RUN.value}.{event_part(type_, name)}"
    for name, type_ in NAMES.items()
    if type_.terminal
)

_SHARES: Final = {
    Kind.DEBUG_LOG: 0.70,
    Kind.CALL: 0.80,
    Kind.LOG: 0.85,
    Kind.BLOB: 0.90,
    Kind.EVENT: 0.95,
    Kind.STATE: 1.0,
    Kind.END: 1.1,
}
"""How full it may be for each kind still to be taken: what is left is for those after it. The ends
of flow runs are few and small; they may go a tenth beyond the limit."""


def shares(limit: float) -> dict[Kind, float]:
    """Return up to which size each kind is taken, given the size that is full."""
    return {kind: limit * share for kind, share in _SHARES.items()}


def kind_of_event(name: str) -> Kind:
    """Return the kind of an event by its name."""
    if not name.startswith(OWN):
        return Kind.EVENT
    if is_state_event(name):
        return Kind.END if name in _ENDS else Kind.STATE
    # One that stands for many is kept as long as other events.
    is_single = name.startswith(CALL) and not name.endswith(ROLLED_UP)
    return Kind.CALL if is_single else Kind.EVENT


class Gap(Struct, frozen=True):
    """What was dropped and not yet told."""

    reason: str
    since: int
    """µs since 1970."""
    dropped: dict[str, int]


def counted(gap: Gap | None, name: str, count: int, *, reason: str, now: int) -> Gap:
    """Return the gap with so many more in it. The first reason stands for all of it."""
    if gap is None:
        return Gap(reason, now, {name: count})
    return Gap(gap.reason, gap.since, {**gap.dropped, name: gap.dropped.get(name, 0) + count})
