"""Know a call again by the status that it was answered: the code has looked at it, and raised."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from peninsula.core.causes.failures import Failure, Seen
from peninsula.core.outcomes import Outcome, outcome_of
from peninsula.core.resources import system_of

__all__ = ["is_answer_told"]


def is_answer_told(seen: Seen, failure: Failure, known: Iterable[Seen]) -> bool:
    """Tell whether the error says what the call of the run's own was answered that failed last.

    A number may be any number: it counts while no later call of the run failed, and none on that
    system went well since.
    """
    if not seen.own or outcome_of(seen.name) is not Outcome.FAILED:
        return False
    if (status := _answered(seen)) is None or not _says(failure.text, status):
        return False
    since = [
        (outcome_of(each.name), system_of(each.resource) == system_of(seen.resource))
        for each in known
        if (each.own or each.linked)
        and each.method
        and each.id != seen.id
        and each.occurred >= seen.occurred
    ]
    return not any(
        outcome is Outcome.FAILED or (outcome is Outcome.OK and is_there)
        for outcome, is_there in since
    )


def _answered(seen: Seen) -> int | None:
    """Return the status; of calls by libraries that are observed it is the error."""
    told = _HTTP.fullmatch(seen.error)
    return int(told[1]) if seen.status is None and told is not None else seen.status


_HTTP: Final = re.compile(r"HTTP (\d{3})")


def _says(text: str, status: int) -> bool:
    """Tell whether a text has the number, and not as a part of a name, an address or a decimal."""
    return re.search(rf"(?<![\w./#-])(?<!\w[:,]){status}(?![\w/-]|[.,:]\w)", text) is not None
