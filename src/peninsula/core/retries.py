"""Say how long a run waits before each of its retries."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Final

from peninsula.core.errors import InvalidError

__all__ = [
    "MOST_DELAYS",
    "Delays",
    "check_jitter",
    "check_seconds",
    "delay_before",
    "delays_of",
    "exponential_backoff",
]

MOST_DELAYS: Final = 50
"""Delays that one task may list; more is a mistake in a backoff function."""

Delays = float | Sequence[float] | Callable[[int], Sequence[float]]
"""Seconds before every retry, before each one, or a function from the number of retries to them."""


def exponential_backoff(backoff_factor: float) -> Callable[[int], list[float]]:
    """Return the delays factor, 2 x factor, 4 x factor, …, for `retry_delay_seconds`."""

    def delays(retries: int) -> list[float]:
        return [backoff_factor * 2**retry for retry in range(retries)]

    return delays


def delays_of(retries: int, given: Delays | None, owner: str) -> tuple[float, ...]:
    """Return the seconds before each retry; the last one stands for all that follow.

    Raises InvalidError for what is no delay; `owner` names whose it is: `task "clean"`.
    """
    if given is None:
        return ()
    if callable(given):
        given = given(retries)
    listed = tuple(given) if isinstance(given, Sequence) else (given,)
    if len(listed) > MOST_DELAYS:
        msg = f"The {owner} lists {len(listed)} retry_delay_seconds; the limit is {MOST_DELAYS}."
        raise InvalidError(msg)
    for delay in listed:
        check_seconds(owner, "retry_delay_seconds", delay)
    return listed


def check_seconds(owner: str, option: str, seconds: object) -> None:
    """Refuse what is no number of seconds from 0 on."""
    if not _is_from_zero(seconds):
        msg = f"The {owner} has {option}={seconds!r}; give a finite number of seconds from 0 on."
        raise InvalidError(msg)


def check_jitter(owner: str, factor: object) -> None:
    """Refuse what is no share of a delay."""
    if not _is_from_zero(factor):
        msg = (
            f"The {owner} has retry_jitter_factor={factor!r};"
            " give a share of the delay from 0 on, such as 0.5."
        )
        raise InvalidError(msg)


def _is_from_zero(given: object) -> bool:
    if isinstance(given, bool) or not isinstance(given, int | float):
        return False
    return math.isfinite(given) and given >= 0


def delay_before(
    retry: int, delays: Sequence[float], jitter: float, chance: Callable[[], float]
) -> float:
    """Return the seconds to wait before a retry, counted from 1.

    Jitter moves a delay by up to that share of it, both ways, so that its mean stays the same and
    runs that failed together do not come back together. `chance` gives numbers in [0, 1).
    """
    if not delays:
        return 0.0
    delay = delays[min(retry, len(delays)) - 1]
    if not jitter:
        return delay
    return max(0.0, delay * (1 + jitter * (2 * chance() - 1)))
