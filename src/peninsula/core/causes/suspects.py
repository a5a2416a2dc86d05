"""Decide what may have led to a failure, the surest first."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from collections.abc import Set as AbstractSet
from typing import Final

from msgspec import Struct, structs

from peninsula.core.causes.answers import is_answer_told
from peninsula.core.causes.caught import is_left_behind
from peninsula.core.causes.ends import is_of_the_end
from peninsula.core.causes.evidence import (
    WINDOW,
    Evidence,
    Strength,
    evidence_of,
    is_of_a_neighbour,
    strength_of,
)
from peninsula.core.causes.failures import Failure, Seen
from peninsula.core.causes.fellows import is_beside_the_point
from peninsula.core.causes.past import Occurrence, recurs
from peninsula.core.outcomes import Outcome, outcome_of
from peninsula.core.resources import system_of

__all__ = ["Alike", "Dismissed", "Suspicion", "alike", "candidates", "judged", "probable"]

MOST: Final = 10
"""Suspects of one failure."""

Alike = tuple[str, str]
"""What makes two events one suspect in different runs: name and system."""


class Suspicion(Struct, frozen=True, kw_only=True):
    """An event, what speaks for its having led to the failure, and how sure that is."""

    seen: Seen
    evidence: frozenset[Evidence]
    strength: Strength
    history: Occurrence = Occurrence(failures=0, of_failures=0, successes=0, of_successes=0)
    dismissed: bool = False
    """Someone said that it is not the cause."""


class Dismissed(Struct, frozen=True, kw_only=True):
    """What someone said is not the cause."""

    here: frozenset[Alike] = frozenset()
    """Of this very failure."""
    elsewhere: frozenset[Alike] = frozenset()
    """Of failures of other runs of the flow: that the failure follows it here outweighs them."""


NOTHING: Final = Dismissed()
"""Nobody said anything."""


def alike(seen: Seen) -> Alike:
    """Return by what the same is known again in other runs."""
    return seen.name, system_of(seen.resource)


def candidates(failure: Failure, events: Iterable[Seen]) -> tuple[Suspicion, ...]:
    """Return which events to ask the past about, the surest first.

    Of facts that are alike the first counts, as mapped tasks fail on a bucket with a file each; of
    what happened before, the surest, and of those the last.
    """
    known = sorted(events, key=lambda seen: (seen.occurred, seen.id))
    linked = {alike(seen): seen for seen in reversed(known) if seen.linked}
    facts = {(seen.resource, seen.name) for seen in known if seen.linked}
    near = [
        seen
        for seen in known
        if not seen.linked
        and _is_near(seen, failure)
        and not is_of_a_neighbour(seen, failure)
        and not is_of_the_end(seen, failure, linked.values())
    ]
    before: dict[Alike, Suspicion] = {}
    for seen in near:
        kind = (seen.resource, seen.name)
        if kind not in facts and not _was_got_over(seen, near):
            beside = {Evidence.ANSWERED} if is_answer_told(seen, failure, known) else frozenset()
            without = _outweighed(seen, failure, known)
            one = _suspicion(seen, failure, without=without, beside=beside)
            before[kind] = min(one, before.get(kind, one), key=_sureness)
    found = [*(_suspicion(seen, failure) for seen in linked.values()), *before.values()]
    return tuple(_ranked(found, failure)[:MOST])


def judged(
    failure: Failure,
    weighed: Iterable[tuple[Suspicion, Occurrence]],
    dismissed: Dismissed = NOTHING,
) -> tuple[Suspicion, ...]:
    """Return which candidates are named, with what the past says of them.

    Time alone needs a word for what was wrong or changed, or a past that tells: everyday work that
    only came before says nothing.
    """
    found = []
    for suspicion, history in weighed:
        evidence = suspicion.evidence
        if recurs(history) and Evidence.LINK not in evidence:
            evidence |= {Evidence.RECURRING}
        strength = strength_of(evidence)
        if strength is Strength.COINCIDENT and evidence.isdisjoint(_SPEAKING):
            continue
        found.append(
            structs.replace(
                suspicion,
                evidence=evidence,
                strength=strength,
                history=history,
                dismissed=_is_dismissed(suspicion.seen, strength, dismissed),
            )
        )
    return tuple(_ranked(found, failure))


def probable(suspicions: Sequence[Suspicion]) -> Suspicion | None:
    """Return what is said to be the cause; None: no cause outside of the run's code is known."""
    return next(
        (
            each
            for each in suspicions
            if each.strength is not Strength.COINCIDENT and not each.dismissed
        ),
        None,
    )


_SPEAKING: Final = frozenset({Evidence.TELLING, Evidence.RECURRING})
_SURENESS: Final = {strength: place for place, strength in enumerate(Strength)}


def _sureness(suspicion: Suspicion) -> int:
    return _SURENESS[suspicion.strength]


_WEIGHT: Final = (
    Evidence.OVERDUE,
    Evidence.ANSWERED,
    Evidence.INFRASTRUCTURE,
    Evidence.OPEN,
    Evidence.NAMED,
    Evidence.TELLING,
    Evidence.RESOURCE,
    Evidence.RECURRING,
)
"""Of two that are equally sure, the one comes first that has more of these, in this order."""


def _is_dismissed(seen: Seen, strength: Strength, dismissed: Dismissed) -> bool:
    return alike(seen) in dismissed.here or (
        strength is not Strength.LINKED and alike(seen) in dismissed.elsewhere
    )


def _suspicion(
    seen: Seen,
    failure: Failure,
    *,
    without: AbstractSet[Evidence] = frozenset(),
    beside: AbstractSet[Evidence] = frozenset(),
) -> Suspicion:
    evidence = (evidence_of(seen, failure) - without) | beside
    return Suspicion(seen=seen, evidence=evidence, strength=strength_of(evidence))


def _ranked(suspicions: Collection[Suspicion], failure: Failure) -> list[Suspicion]:
    around = {one.seen.follows for one in suspicions}

    def rank(one: Suspicion) -> tuple[object, ...]:
        seen = one.seen
        if seen.linked:
            return one.dismissed, _sureness(one), (), False, seen.occurred, seen.id
        lacks = tuple(evidence not in one.evidence for evidence in _WEIGHT)
        age = failure.at - seen.occurred
        # Of calls that one was made in the other, the innermost is where the time went; of those
        # that were cut off at once, that which took longest.
        took = -seen.seconds if Evidence.CUT_OFF in one.evidence else 0.0
        depth = seen.id in around, took
        return one.dismissed, _sureness(one), (lacks, depth), seen.in_run, age, seen.id

    return sorted(suspicions, key=rank)


def _is_near(seen: Seen, failure: Failure) -> bool:
    return failure.at - WINDOW <= seen.occurred <= failure.at


def _was_got_over(seen: Seen, near: Sequence[Seen]) -> bool:
    """Tell whether what had failed went well for the run itself, later.

    It did the same again: a retry that passed. Or another run's call had failed, and this one used
    the very resource without trouble since.
    """
    if outcome_of(seen.name) is not Outcome.FAILED or not (seen.own or seen.in_run):
        return False
    return any(
        other.own
        and other.resource == seen.resource
        and (other.method == seen.method or not seen.own)
        and other.occurred > seen.occurred
        and outcome_of(other.name) is Outcome.OK
        for other in near
    )


def _outweighed(seen: Seen, failure: Failure, known: Sequence[Seen]) -> AbstractSet[Evidence]:
    """Return what would speak for an event if the run had not done there what it did."""
    if _was_used_well(seen, known):
        return {Evidence.RESOURCE, Evidence.NAMED}
    if is_left_behind(seen, failure, known):
        return {Evidence.NAMED}
    if is_beside_the_point(seen, failure, known):
        return {Evidence.INFRASTRUCTURE, Evidence.RESOURCE, Evidence.SYSTEM}
    return frozenset()


def _was_used_well(seen: Seen, known: Iterable[Seen]) -> bool:
    """Tell whether the run used what was changed since, and had no trouble with it."""
    if outcome_of(seen.name) is Outcome.FAILED or seen.own:
        return False
    since = [
        outcome_of(other.name)
        for other in known
        if (other.own or other.linked)
        and other.method
        and other.occurred > seen.occurred
        and seen.resource in {other.resource, *other.related}
    ]
    return bool(since) and all(outcome is Outcome.OK for outcome in since)
