"""How long tests go on, and the seeds they can be repeated with."""

from __future__ import annotations

import os

from hypothesis import HealthCheck, settings

__all__ = ["SEED", "SOAK", "load_profile", "rounds"]

SOAK = os.environ.get("PENINSULA_SOAK", "") not in {"", "0"}
"""Whether this is `make soak`."""

SEED = os.environ.get("PENINSULA_SEED")
"""The seed to repeat a failed round with; unset, each test draws its own and reports it."""


def rounds(usual: int, soak: int) -> int:
    """Return how often to repeat something: `rounds(20, soak=1_000)`."""
    return soak if SOAK else usual


def load_profile() -> None:
    """Make property tests report how to repeat them, and judge no example by its duration."""
    settings.register_profile(
        "peninsula",
        deadline=None,
        derandomize=False,
        max_examples=rounds(100, soak=2_000),
        print_blob=True,
        suppress_health_check=[HealthCheck.too_slow],
    )
    settings.load_profile("peninsula")
