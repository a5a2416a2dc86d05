"""Say what state a run is in, given its state events in any order.

A run's state is the change with the highest key. The key is a total order, so the fold is
commutative, associative and idempotent: late, shuffled and repeated events give the same state.

The order, most significant first:

1. `start`: an event of an older start never changes the state.
2. `attempt`: the next attempt follows the last, whatever the clocks say.
3. rank: 2 for a terminal state told by the engine, 1 for one proven from outside, 0 for the rest;
   a presumed Crashed is of rank 0, so that whatever the process says later settles it.
4. within rank 0 the later stamp wins; among terminal states the earlier, as nothing follows one.
5. emitter and number, so that no two events are equal.
"""

from __future__ import annotations

import struct
from datetime import datetime
from typing import NamedTuple

from msgspec import Struct, structs

from peninsula.core.runs import Birth, Origin, StateChange
from peninsula.core.states import State, StateType

__all__ = ["Fact", "RunFold", "birth_key", "fold", "state_key"]

_KEY = struct.Struct(">IIBQ16sQ")
_BIRTH = struct.Struct(">Q16sQ")
_EMITTER = slice(_KEY.size - 24, _KEY.size - 8)
_LATEST = (1 << 64) - 1
_LAST = (1 << 32) - 1


class Fact(NamedTuple):
    """One state event, with what orders it."""

    change: StateChange
    occurred: datetime
    stamp: int
    emitter: bytes
    """16 bytes."""
    number: int


class RunFold(Struct, frozen=True, kw_only=True):
    """What the state events of one run come to."""

    state: State | None = None
    state_key: bytes = b""
    start: int = 0
    attempt: int = 0
    origin: Origin = Origin.ENGINE
    engine_key: bytes = b""
    """The highest key of what an engine told of itself."""
    born: Birth | None = None
    birth_key: bytes | None = None
    created: datetime | None = None
    """The moment of the birth; while none is known, of the earliest fact."""
    started: datetime | None = None
    """The earliest Running of any attempt."""
    attempts: int = 0

    @property
    def emitter(self) -> bytes | None:
        """The process that ran it last, 16 bytes, also when a referee has the last word."""
        return self.engine_key[_EMITTER] if self.engine_key else None

    @property
    def ended(self) -> datetime | None:
        """When the run ended, if its state is terminal."""
        return self.state.timestamp if self.state is not None and self.state.terminal else None


def state_key(fact: Fact) -> bytes:
    """Return what orders the fact among those of its run, as bytes that compare like it."""
    change = fact.change
    rank = _rank(change)
    moment = _LATEST - fact.stamp if rank else fact.stamp
    return _KEY.pack(
        min(change.start, _LAST),
        min(change.attempt, _LAST),
        rank,
        moment,
        fact.emitter,
        fact.number,
    )


def _rank(change: StateChange) -> int:
    if not change.type.terminal or change.origin is Origin.PRESUMED:
        return 0
    return 2 if change.origin is Origin.ENGINE else 1


def birth_key(fact: Fact) -> bytes:
    """Return what orders births: the earliest is the one that counts."""
    return _BIRTH.pack(fact.stamp, fact.emitter, fact.number)


def fold(run: RunFold, fact: Fact) -> RunFold:
    """Return the run with one more fact taken in."""
    changes: dict[str, object] = {}
    key = state_key(fact)
    if key > run.state_key:
        changes |= _state(fact, key)
    if fact.change.origin is Origin.ENGINE and key > run.engine_key:
        changes["engine_key"] = key
    if run.birth_key is None and (run.created is None or fact.occurred < run.created):
        changes["created"] = fact.occurred
    if fact.change.born is not None:
        birth = birth_key(fact)
        if run.birth_key is None or birth < run.birth_key:
            changes |= {"born": fact.change.born, "birth_key": birth, "created": fact.occurred}
    if fact.change.type is StateType.RUNNING:
        if run.started is None or fact.occurred < run.started:
            changes["started"] = fact.occurred
        if fact.change.attempt + 1 > run.attempts:
            changes["attempts"] = fact.change.attempt + 1
    return structs.replace(run, **changes) if changes else run


def _state(fact: Fact, key: bytes) -> dict[str, object]:
    change = fact.change
    state = State(
        type=change.type,
        name=change.name,
        message=change.message,
        timestamp=fact.occurred,
        details=change.details,
    )
    return {
        "state": state,
        "state_key": key,
        "start": change.start,
        "attempt": change.attempt,
        "origin": change.origin,
    }
