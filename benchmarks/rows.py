"""What a figure says: one thing measured, of us and of peers, in the same run."""

from __future__ import annotations

from statistics import median, quantiles
from typing import Final

from msgspec import Struct

__all__ = ["OURS", "Row", "Series", "percentile"]

OURS: Final = "Peninsula"


class Series(Struct, frozen=True, omit_defaults=True):
    """What was measured of one subject, each value from a run of its own."""

    values: tuple[float, ...] = ()
    note: str | None = None
    """What was different for this subject; without values, why there are none."""

    @property
    def median(self) -> float:
        """The middle value."""
        return median(self.values)


class Row(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One thing measured."""

    what: str
    unit: str
    ours: Series
    peers: dict[str, Series] = {}
    goal: float | None = None
    higher: bool = False
    """Whether more is better."""

    @property
    def reached(self) -> bool | None:
        """Whether the median meets the goal; None without one."""
        if self.goal is None or not self.ours.values:
            return None
        middle = self.ours.median
        return middle >= self.goal if self.higher else middle <= self.goal

    def ratio(self, peer: str) -> float | None:
        """Return how many times better we are than a peer; below 1 is worse."""
        theirs = self.peers.get(peer, Series())
        if not theirs.values or not self.ours.values:
            return None
        better, worse = self.ours.median, theirs.median
        if self.higher:
            better, worse = worse, better
        return worse / better if better else None


def percentile(values: list[float], percent: int) -> float:
    """Return the value that so many of a hundred do not exceed."""
    return quantiles(values, n=100, method="inclusive")[percent - 1]
