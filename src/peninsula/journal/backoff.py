"""Say how long to wait after a failure: twice as long each time, up to a bound, never in step."""

from __future__ import annotations

import os
import time
from typing import Final

__all__ = ["LONGEST", "MANY", "SHORTEST", "pause_after", "pause_until"]

SHORTEST: Final = 0.1
LONGEST: Final = 30.0
"""Seconds until the next attempt, before chance takes up to half of it."""

MANY: Final = 7
"""Failures after which one who has nothing to do without a server waits no longer: 6.4 s."""

_DOUBLINGS: Final = 9


def pause_after(failures: int) -> float:
    """Return how long to wait after so many failures in a row, in s."""
    pause = min(SHORTEST * 2.0 ** min(failures - 1, _DOUBLINGS), LONGEST)
    # `random` would be imported for this alone, at the start of every flow.
    return pause * (0.5 + int.from_bytes(os.urandom(2), "big") / (2 << 16))


def pause_until(deadline: float, failures: int) -> float | None:
    """Return how long to wait for the next attempt; the last one is at the deadline.

    None: it has passed, on the clock of `time.monotonic`.
    """
    left = deadline - time.monotonic()
    return min(pause_after(failures), left) if left > 0 else None
