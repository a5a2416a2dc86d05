"""Order what happened in several processes: a hybrid logical clock.

A stamp is an integer, µs since 1970 while clocks behave. It never goes back in one emitter, and
is above every stamp the emitter has seen from others. Source: Kulkarni and others, "Logical
Physical Clocks", 2014, with the counter folded into the microseconds.
"""

from __future__ import annotations

__all__ = ["DRIFT", "next_stamp"]

DRIFT = 24 * 3600 * 1_000_000
"""A received stamp further ahead of the wall clock than this (µs) is not taken over: one broken
clock must not drag every other one along."""


def next_stamp(last: int, wall: int, received: int = 0) -> int:
    """Return the stamp after `last`, at wall clock `wall`, having seen `received` (all in µs)."""
    if received > wall + DRIFT:
        received = 0
    return max(wall, last + 1, received + 1 if received else 0)
