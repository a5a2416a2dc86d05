"""Tell what befell the pod and the Job of a run only because the run was over."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Final

from peninsula.core.causes.failures import Failure, Seen
from peninsula.core.resources import kind_of

__all__ = ["is_of_the_end"]

_PLACES: Final = frozenset({"kubernetes-job", "kubernetes-pod"})

_EXITS: Final = frozenset({"completed", "container-completed", "container-failed", "failed"})
"""How a process ended that had told its own end, or not."""

_ENDS: Final = _EXITS | {"deadline-exceeded", "deleted"}
"""What is told beside the event that the run ended by, in other words, or as its Job is removed."""

_WHOLE: Final = timedelta(seconds=1)
"""Times of Kubernetes are whole seconds: an end may seem to be before what it came of."""


def is_of_the_end(seen: Seen, failure: Failure, linked: Iterable[Seen]) -> bool:
    """Tell whether it is how the run's own pod or Job ended, and not why.

    Where the failure follows one event of a pod, that is the story of the pod; a run that failed
    by itself was there until then.
    """
    if not (seen.own and kind_of(seen.resource) in _PLACES):
        return False
    part = seen.name.rpartition(".")[2]
    if any(_is_of_its_pod(fact, seen) for fact in linked):
        return part in _ENDS
    return part in _EXITS and failure.at - seen.occurred < _WHOLE


def _is_of_its_pod(fact: Seen, seen: Seen) -> bool:
    return kind_of(fact.resource) in _PLACES and not _runs(fact).isdisjoint(_runs(seen))


def _runs(seen: Seen) -> frozenset[str]:
    return frozenset(each for each in seen.related if kind_of(each) == "flow-run")
