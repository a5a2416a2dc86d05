"""Say what state a run is in, given its state events in any order.

A run's state is the change with the highest key. The key is a total order, so the fold is
commutative, associative and idempotent: late, shuffled and repeated events give the same state.

The order, most significant first:

1. `start`: an event of an older start never changes the state. Who lets a run go on in another
   process, or once more after its end, gives it the next start.
2. rank, from the weakest word to the last one:
   PLANNED  told from outside, and no end: Scheduled, Late, Pending. What was planned for a run
            comes before what it lived, also when a worker's Pending is stamped after its Running
   LIVED    what the engine tells on its way: Running, Paused, AwaitingRetry, Retrying
   ASKED    Cancelling: only an end takes it back; a retry that begins meanwhile does not
   STRUCK   a Crashed that the engine tells of itself: its process got a signal. Who saw from
            outside what that was for knows more
   SEEN     an end seen or ruled from outside; what the engine told before it, of any attempt, may
            come later and changes nothing
   ENDED    the engine's own end, but for a Crashed. A retry begins with AwaitingRetry or
            Retrying, never after an end
3. `attempt`: the next attempt follows the last, whatever the clocks say.
4. the stamp: the later one wins; of ends the earlier, as nothing follows one.
5. emitter and number, so that no two events are equal.

A presumption (a silent process is presumed Crashed) and its taking back are told `upon` the fact
that the server knew last. They lie directly on that fact, in the order of their own stamps: any
later word of the process is above them, also one that was stamped before the presumption and comes
long after it; and a run that was asked to cancel and presumed Crashed is Cancelling again when its
process reappears.
"""

from __future__ import annotations

import struct
from datetime import datetime
from typing import Annotated, Final, NamedTuple

import msgspec
from msgspec import Meta, Struct, structs

from peninsula.core.runs import Birth, Origin, StateChange
from peninsula.core.states import State, StateType

__all__ = [
    "ENDED",
    "Fact",
    "RunFold",
    "birth_key",
    "fold",
    "ground_of",
    "moment_said",
    "stamp_of",
    "state_key",
]

ENDED: Final = "ended"
"""Detail of an end that was seen later from outside: the last sign of life, in ISO 8601."""

_MOMENT: Final = Annotated[datetime, Meta(tz=True)]
_KEY = struct.Struct(">IBIQ16sQ")
_START = struct.Struct(">I")
_RANK = 4
_UPON = struct.Struct(">Q16sQ")
_BIRTH = struct.Struct(">Q16sQ")
_EMITTER = slice(_KEY.size - 24, _KEY.size - 8)
_LATEST = (1 << 64) - 1
_BY_OTHERS = 1 << 63
"""Above all stamps."""

_PLANNED, _LIVED, _ASKED, _STRUCK, _SEEN, _ENDED = range(6)


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
    """The most attempts of one start."""

    @property
    def emitter(self) -> bytes | None:
        """The process that ran it last, 16 bytes, also when a referee has the last word.

        Of a run that was started anew, None until the process of that start tells of it.
        """
        if not self.engine_key or _START.unpack_from(self.engine_key)[0] < self.start:
            return None
        return self.engine_key[_EMITTER]

    @property
    def ended(self) -> datetime | None:
        """When the run ended, if its state is terminal.

        That of a process that is gone was not when somebody looked: who says so from outside adds
        the last sign of life.
        """
        if self.state is None or not self.state.terminal:
            return None
        seen = self.state.timestamp
        said = None if self.origin is Origin.ENGINE else moment_said(self.state.details.get(ENDED))
        return seen if said is None else min(said, seen)


def moment_said(text: object) -> datetime | None:
    """Return the moment that a detail says, None for what is none: anybody may have told it."""
    try:
        said: datetime = msgspec.convert(text, _MOMENT)
    except msgspec.ValidationError:
        return None
    return said


def state_key(fact: Fact) -> bytes:
    """Return what orders the fact among those of its run, as bytes that compare like it."""
    change = fact.change
    ground = _ground(change)
    if ground is not None:
        return ground + _UPON.pack(fact.stamp, fact.emitter, fact.number)
    rank = _rank(change)
    moment = _LATEST - fact.stamp if rank >= _STRUCK else fact.stamp
    return _KEY.pack(change.start, rank, change.attempt, moment, fact.emitter, fact.number)


def _ground(change: StateChange) -> bytes | None:
    """Return what a presumption lies upon. An engine presumes nothing, and no end is taken back."""
    if change.upon is None or change.origin is Origin.ENGINE or change.upon[_RANK] >= _STRUCK:
        return None
    return change.upon


def _rank(change: StateChange) -> int:
    if change.type.terminal and change.origin is not Origin.PRESUMED:
        if change.origin is not Origin.ENGINE:
            return _SEEN
        return _STRUCK if change.type is StateType.CRASHED else _ENDED
    if change.type is StateType.CANCELLING:
        return _ASKED
    return _PLANNED if change.origin is Origin.OBSERVER else _LIVED


def ground_of(key: bytes) -> bytes:
    """Return the state key without what was presumed on top: what the next presumption is upon."""
    return key[: _KEY.size]


def stamp_of(key: bytes) -> int:
    """Return the stamp of the fact that a state key is of; 0 for no key."""
    if not key:
        return 0
    stamp: int
    if len(key) > _KEY.size:
        stamp, _, _ = _UPON.unpack(key[_KEY.size :])
        return stamp
    _, rank, _, stamp, _, _ = _KEY.unpack(key)
    return _LATEST - stamp if rank >= _STRUCK else stamp


def birth_key(fact: Fact) -> bytes:
    """Return what orders births: the earliest counts that an engine told, else the earliest."""
    by_others = 0 if fact.change.origin is Origin.ENGINE else _BY_OTHERS
    return _BIRTH.pack(fact.stamp | by_others, fact.emitter, fact.number)


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
            created = fact.change.born.created or fact.occurred
            changes |= {"born": fact.change.born, "birth_key": birth, "created": created}
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
