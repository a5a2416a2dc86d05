"""Tell of a call of the run's own that failed whether the run went on, and the error is another."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from peninsula.core.causes.evidence import is_told_by_path
from peninsula.core.causes.failures import Failure, Seen
from peninsula.core.outcomes import Outcome, outcome_of
from peninsula.core.resources import system_of

__all__ = ["is_left_behind"]

SHORTEST: Final = 12
"""Characters of a message by which it is known again: `timed out` may be of anything."""


def is_left_behind(seen: Seen, failure: Failure, known: Iterable[Seen]) -> bool:
    """Tell whether the run used the system well since, and no word of the error must mean the call.

    A file that was looked for in vain, a question before the login: the error of later names the
    bucket or the host for its own reasons. It means the call where it has the message of its
    exception, or the whole path of what has not been used well since.
    """
    if not (seen.own and seen.method) or outcome_of(seen.name) is not Outcome.FAILED:
        return False
    message = seen.error.partition(": ")[2].strip()
    if len(message) >= SHORTEST and message in failure.text:
        return False
    since = {
        each.resource
        for each in known
        if each.own
        and each.method
        and each.occurred > seen.occurred
        and outcome_of(each.name) is Outcome.OK
        and system_of(each.resource) == system_of(seen.resource)
    }
    is_told = seen.resource not in since and is_told_by_path(seen.resource, failure)
    return bool(since) and not is_told
