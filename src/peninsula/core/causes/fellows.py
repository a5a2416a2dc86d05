"""Weigh what failed for others: whether what a run did itself leaves room for it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from peninsula.core.causes.evidence import Evidence, evidence_of, is_named
from peninsula.core.causes.failures import Failure, Seen
from peninsula.core.outcomes import Outcome, outcome_of
from peninsula.core.resources import system_of

__all__ = ["is_beside_the_point", "is_refused"]


def is_beside_the_point(seen: Seen, failure: Failure, known: Iterable[Seen]) -> bool:
    """Tell whether something failed for someone else, and the run has nothing to do with that.

    Its own calls there came back, well or as failures that it got over; or it made none, and its
    error does not speak of anything outside. What someone asked for in vain says nothing to those
    who did not ask for it. And what each run tells as it fails is no cause of the next one.
    """
    if seen.own or outcome_of(seen.name) is not Outcome.FAILED:
        return False
    if not seen.method:
        return seen.in_run and any(_is_told_alike(each, seen) for each in known)
    system = system_of(seen.resource)
    used = [each for each in known if _is_use(each) and system in map(system_of, _about(each))]
    if is_refused(seen) and not _asked_for(seen.resource, used):
        return True
    if used:
        return not any(_was_at_work(each, failure) for each in used)
    return not (failure.is_from_outside or is_named((seen.resource, *seen.related), failure))


def _is_told_alike(own: Seen, seen: Seen) -> bool:
    return own.own and (own.name, own.resource) == (seen.name, seen.resource)


def _is_use(seen: Seen) -> bool:
    return bool(seen.method) and (seen.own or seen.linked)


def _about(seen: Seen) -> tuple[str, ...]:
    return (seen.resource, *seen.related)


_AT_WORK: Final = frozenset({Evidence.OPEN, Evidence.OVERDUE, Evidence.CUT_OFF})


def _was_at_work(seen: Seen, failure: Failure) -> bool:
    """Tell whether the run was in that call when it ended, or for most of the time it had."""
    return not _AT_WORK.isdisjoint(evidence_of(seen, failure))


def _asked_for(resource: str, used: Iterable[Seen]) -> bool:
    """Tell whether the run asked for the same path; a system as a whole is none."""
    is_path = system_of(resource) != resource
    return is_path and any(resource in _about(each) for each in used)


_BUSY: Final = frozenset({408, 425, 429})
"""Answers of HTTP that begin with 4 and say how the server is."""

_REFUSED: Final = re.compile(
    r"\b(?:Programming|Integrity|Data)Error\b|\bHTTP 4(?!08|25|29)\d\d\b|No[ _]?Such|Not[ _]?Found"
    r"|does not exist|already exists|Syntax|Violat",
    re.IGNORECASE,
)
"""Says of an error that its question was wrong: a statement, a key, a path."""

_ABSENT: Final = re.compile(
    r"no ?such ?host|(?:host|server) ?not ?found|(?:database|role) \"[^\"]*\" does not exist",
    re.IGNORECASE,
)
"""The same words of what nobody reaches, whatever the question."""


def is_refused(seen: Seen) -> bool:
    """Tell whether the call failed by what it asked for, and not by how the system was."""
    if seen.status is not None:
        return 400 <= seen.status < 500 and seen.status not in _BUSY  # noqa: PLR2004  HTTP's
    return _REFUSED.search(_ABSENT.sub("", seen.error)) is not None
