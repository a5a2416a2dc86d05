"""Read from payloads how long something took, and how many calls a roll-up is of."""

from __future__ import annotations

import math
from datetime import datetime
from typing import Any, Final, NamedTuple

import msgspec
from msgspec import Struct

from peninsula.server.storage.moments import micros

__all__ = ["Said", "said"]

LONGEST: Final = 366 * 86_400
"""Seconds: a number beyond is none of seconds."""


class Said(NamedTuple):
    """What a payload says of time, µs."""

    lasted: int | None = None
    many: tuple[int, int, int] | None = None
    """How many calls ended, how many failed, and what 95 % of them took at most."""


class _Told(Struct):
    """What it may say; whoever emits events may say anything."""

    seconds: Any = None
    started: Any = None
    calls: Any = None
    failures: Any = 0
    p95: Any = 0.0


_TOLD: Final = msgspec.json.Decoder(_Told)
_MAY: Final = ('"seconds"', '"started"')
NOTHING: Final = Said()


def said(occurred: int, payload: str) -> Said:
    """Return what a payload says of an event that occurred then (µs)."""
    if not any(name in payload for name in _MAY):
        return NOTHING
    try:
        told = _TOLD.decode(payload)
    except msgspec.ValidationError:
        return NOTHING  # a number beyond all that is one
    lasted = _micros(told.seconds)
    if lasted is None:
        lasted = _since(told.started, occurred)
    return Said(lasted, _many(told))


def _since(started: Any, occurred: int) -> int | None:
    try:
        at = msgspec.convert(started, datetime)
    except msgspec.ValidationError:
        return None
    if at.tzinfo is None or not 0 <= occurred - micros(at) <= LONGEST * 1_000_000:
        return None
    return occurred - micros(at)


def _many(told: _Told) -> tuple[int, int, int] | None:
    counts = (told.calls, told.failures)
    if not all(type(count) is int and 0 <= count < 2**53 for count in counts):
        return None
    return told.calls, told.failures, _micros(told.p95) or 0


def _micros(seconds: Any) -> int | None:
    if type(seconds) not in {int, float} or not math.isfinite(seconds):
        return None
    return round(seconds * 1_000_000) if 0 <= seconds <= LONGEST else None
