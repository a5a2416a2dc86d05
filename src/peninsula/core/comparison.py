"""Decide what is different between two sets of events, and what of it matters most."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from math import log2
from typing import Final

from msgspec import Struct

__all__ = ["Change", "Compared", "compare"]

_TELLING: Final = 1.05
"""A lift nearer to 1 is no difference."""


class Change(StrEnum):
    """What became of something from what is compared with to the selection."""

    NEW = "new"
    MORE = "more"
    SAME = "same"
    LESS = "less"
    GONE = "gone"


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
    change: Change
    """What the lift tells; where one of the two sets is empty, all is new, or gone."""


def compare(
    selected: Mapping[str, int], total: int, base: Mapping[str, int], base_total: int
) -> tuple[Compared, ...]:
    """Return all that is in either, what matters most first.

    Ranked by difference of shares times logarithm of the lift, as the population stability index
    adds them up: rare things need a great lift, common ones a small one. Beside an empty set no
    lift says anything, and the largest share comes first.
    """
    is_one_empty = total == 0 or base_total == 0
    found = [
        _compared(key, selected.get(key, 0), total, base.get(key, 0), base_total)
        for key in {**selected, **base}
    ]
    weight = _share if is_one_empty else _weight
    return tuple(sorted(found, key=lambda one: (-weight(one), one.key)))


def _compared(key: str, events: int, total: int, base: int, base_total: int) -> Compared:
    share = events / total if total else 0.0
    base_share = base / base_total if base_total else 0.0
    lift = ((events + 0.5) / (total + 1)) / ((base + 0.5) / (base_total + 1))
    is_more = base_total == 0 or (lift >= _TELLING and share > base_share)
    is_less = total == 0 or (lift <= 1 / _TELLING and share < base_share)
    if is_more:
        change = Change.MORE if base else Change.NEW
    elif is_less:
        change = Change.LESS if events else Change.GONE
    else:
        change = Change.SAME
    return Compared(
        key=key,
        events=events,
        share=share,
        base_events=base,
        base_share=base_share,
        lift=lift,
        change=change,
    )


def _share(one: Compared) -> float:
    return max(one.share, one.base_share)


def _weight(one: Compared) -> float:
    return (one.share - one.base_share) * log2(one.lift)
