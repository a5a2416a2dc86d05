"""Decide what is different between two sets of events, and what of it matters most."""

from __future__ import annotations

from collections.abc import Mapping
from math import log2

from msgspec import Struct

__all__ = ["Compared", "compare"]


class Compared(Struct, frozen=True, kw_only=True):
    """How often something is in a selection, and how often in what it is compared with."""

    key: str
    events: int
    share: float
    """Of all events of the selection."""
    base_events: int
    base_share: float
    lift: float
    """How many times as large the share is; 1 is no difference. Both counts have half an event
    more, so that what is in one only has a lift, too."""


def compare(
    selected: Mapping[str, int], total: int, base: Mapping[str, int], base_total: int
) -> tuple[Compared, ...]:
    """Return all that is in either, what matters most first.

    Ranked by difference of shares times logarithm of the lift, as the population stability index
    adds them up: rare things need a great lift, common ones a small one.
    """
    found = [
        _compared(key, selected.get(key, 0), total, base.get(key, 0), base_total)
        for key in {**selected, **base}
    ]
    return tuple(sorted(found, key=lambda one: (-_weight(one), one.key)))


def _compared(key: str, events: int, total: int, base: int, base_total: int) -> Compared:
    return Compared(
        key=key,
        events=events,
        share=events / total if total else 0.0,
        base_events=base,
        base_share=base / base_total if base_total else 0.0,
        lift=((events + 0.5) / (total + 1)) / ((base + 0.5) / (base_total + 1)),
    )


def _weight(one: Compared) -> float:
    return (one.share - one.base_share) * log2(one.lift)
