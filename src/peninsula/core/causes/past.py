"""Judge by the past: in how many runs of the flow the same happened, and how those ended."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from math import comb
from typing import Final

from msgspec import Struct

from peninsula.core.causes.evidence import WINDOW, Strength

__all__ = ["Occurrence", "PastRun", "Sighting", "occurrence", "recurs"]


class PastRun(Struct, frozen=True, kw_only=True):
    """An earlier run of the same flow, or the failed one itself."""

    run: int
    began: datetime
    ended: datetime
    failed: bool


class Sighting(Struct, frozen=True, kw_only=True):
    """A moment when what is suspected happened to the same system."""

    occurred: datetime
    root: int | None
    """The flow run at the top of the one in which it happened, or whose failure follows it."""


class Occurrence(Struct, frozen=True, kw_only=True):
    """In how many of the flow's last runs the same happened."""

    failures: int
    of_failures: int
    successes: int
    of_successes: int


def occurrence(
    past: Sequence[PastRun], sightings: Sequence[Sighting], strength: Strength
) -> Occurrence:
    """Count the runs in which it happened, or that it preceded.

    A linked one that happened in a run preceded nothing: it is the everyday call of other runs.
    """
    inside = {sighting.root for sighting in sightings}
    moments = [
        one.occurred for one in sightings if one.root is None or strength is not Strength.LINKED
    ]

    def met(run: PastRun) -> bool:
        return run.run in inside or any(run.began - WINDOW <= at <= run.ended for at in moments)

    failed = [met(run) for run in past if run.failed]
    passed = [met(run) for run in past if not run.failed]
    return Occurrence(
        failures=sum(failed),
        of_failures=len(failed),
        successes=sum(passed),
        of_successes=len(passed),
    )


FEWEST: Final = 3
"""Failures that it stood before, of which one can be told."""

CHANCE: Final = 0.05
"""How likely it is at most that chance alone makes as great a difference, or a greater one."""


def recurs(history: Occurrence) -> bool:
    """Tell whether it stood before failures more often than before successes, and not by chance.

    This is Fisher's exact test: of all ways to deal out the runs that it stood before, how many
    have as many failures among them?
    """
    if history.failures < FEWEST:
        return False
    failed, passed = history.of_failures, history.of_successes
    met = history.failures + history.successes
    ways = sum(
        comb(failed, each) * comb(passed, met - each) for each in range(history.failures, met + 1)
    )
    return ways < CHANCE * comb(failed + passed, met)
