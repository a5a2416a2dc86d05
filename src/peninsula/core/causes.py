"""Decide what may have led to a failure, and how much is known of it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final
from uuid import UUID

from msgspec import Struct

from peninsula.core.outcomes import Outcome, outcome_of
from peninsula.core.resources import system_of

__all__ = [
    "WINDOW",
    "Occurrence",
    "PastRun",
    "Seen",
    "Sighting",
    "Strength",
    "Suspicion",
    "error_type",
    "occurrence",
    "speaks",
    "suspects",
]

WINDOW: Final = timedelta(minutes=10)
"""How long before a failure an event may have something to do with it."""

MOST: Final = 10
"""Suspects of one failure."""


class Strength(StrEnum):
    """How sure it is that one thing led to another."""

    LINKED = "linked"
    """A fact: the failure's event follows the other's."""
    STRONG = "strong"
    """An event of the infrastructure that the run was on."""
    LIKELY = "likely"
    """About the same resource, and close in time."""
    COINCIDENT = "coincident"
    """Only time: say "preceded by"."""


_TYPE = re.compile(
    r"((?:[\w<>]+\.)*_*[A-Z]\w*)(?=: )|((?:[\w<>]+\.)*\w*(?:Error|Exception|Interrupt|Exit))$"
)
"""An exception without a text is its name alone; of single words only some are names of those."""


def error_type(message: str | None) -> str | None:
    """Return the exception's type that a state's message begins with: `core.life.describe`."""
    found = _TYPE.match(message or "")
    return found[0] if found else None


# --- who is suspected ----------------------------------------------------------------------------


class Seen(Struct, frozen=True, kw_only=True):
    """An event that may have to do with a failure."""

    id: UUID
    name: str
    resource: str
    occurred: datetime
    in_run: bool
    """It happened in some run, and may be that run's own everyday work."""


class Suspicion(Struct, frozen=True, kw_only=True):
    """An event, and how sure it is that it led to the failure."""

    seen: Seen
    strength: Strength


def suspects(
    failed: datetime, linked: Sequence[Seen], near: Iterable[Seen]
) -> tuple[Suspicion, ...]:
    """Return what is suspected of a failure, the surest first.

    `linked` are the events that the failure follows; of those alike on one system the first counts,
    as mapped tasks fail on a bucket with a file each. `near` happened before it to the same
    resources, outside of the failed run: of what is alike the last one counts. What says that
    something was wrong or changed comes first, and what no run did before what other runs did.
    """
    facts = {(system_of(seen.resource), seen.name): seen for seen in reversed(linked)}
    found = [
        Suspicion(seen=seen, strength=Strength.LINKED)
        for seen in linked
        if facts[system_of(seen.resource), seen.name] is seen
    ]
    known = {(seen.resource, seen.name) for seen in linked}
    window = [seen for seen in near if failed - WINDOW <= seen.occurred <= failed]
    window.sort(key=lambda seen: (not _telling(seen), seen.in_run, failed - seen.occurred, seen.id))
    for seen in window:
        if (seen.resource, seen.name) not in known:
            known.add((seen.resource, seen.name))
            found.append(Suspicion(seen=seen, strength=Strength.COINCIDENT))
    return tuple(found[:MOST])


_CHANGED: Final = (
    "altered changed deleted disabled drained expires expiring modified moved paused removed"
    " replaced resized restarted restarting restored revoked rotated scaled stopped terminated"
    " throttled truncated updated upgraded warning"
)
_CHANGES: Final = frozenset(_CHANGED.split())


def _telling(seen: Seen) -> bool:
    """Tell whether the event's name says that something went wrong, or is not as it was."""
    word = re.split(r"[._-]", seen.name)[-1].lower()
    return outcome_of(seen.name) is Outcome.FAILED or word in _CHANGES


# --- what the past says --------------------------------------------------------------------------


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


def speaks(suspicion: Suspicion, history: Occurrence) -> bool:
    """Tell whether it may be named: everyday work that only came before says nothing.

    Time alone needs a word for what was wrong or changed, or a past in which it stood before
    failures more often than before successes.
    """
    if suspicion.strength is not Strength.COINCIDENT or _telling(suspicion.seen):
        return True
    in_failures = history.failures * history.of_successes
    return in_failures > history.successes * history.of_failures
