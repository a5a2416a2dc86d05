"""Say what speaks for an event having led to a failure, and how sure that makes it."""

from __future__ import annotations

import re
from collections.abc import Collection
from collections.abc import Set as AbstractSet
from datetime import timedelta
from enum import StrEnum
from typing import Final

from peninsula.core.causes.failures import WORD, Failure, Seen
from peninsula.core.outcomes import Outcome, outcome_of
from peninsula.core.resources import kind_of, own, port_of, system_of

__all__ = [
    "PROCESS_ENDS",
    "WINDOW",
    "Evidence",
    "Strength",
    "evidence_of",
    "is_named",
    "is_of_a_neighbour",
    "is_told_by_path",
    "strength_of",
    "tells_of_change",
]

WINDOW: Final = timedelta(minutes=10)
"""How long before a failure an event may have something to do with it."""


class Strength(StrEnum):
    """How sure it is that one thing led to another; the surest first."""

    LINKED = "linked"
    """A fact: the failure's event follows the other's."""
    STRONG = "strong"
    """An event of the infrastructure that the run was on, or a call that had not returned."""
    LIKELY = "likely"
    """Something went wrong with or was changed in what the run used, close in time."""
    COINCIDENT = "coincident"
    """Only time: say "preceded by"."""


class Evidence(StrEnum):
    """One thing that speaks for an event."""

    LINK = "link"
    """The failure follows it: an exception was raised in it, or the run ended by it."""
    OPEN = "open"
    """It is a call that the run had begun, and that had not returned when it ended."""
    OVERDUE = "overdue"
    """It is a call that took most of the time of a run whose time was up."""
    CUT_OFF = "cut-off"
    """It is a call that was ended because the time of its run was up."""
    ANSWERED = "answered"
    """It is the call of the run's own that failed last, and the error says what was answered."""
    INFRASTRUCTURE = "infrastructure"
    """It is about the process, the pod or the node that the run was on, since it was there."""
    RESOURCE = "resource"
    """It is about the very resource that the failing call was to, or that the run touched."""
    SYSTEM = "system"
    """It is about another resource of a system that the run touched."""
    NAMED = "named"
    """The error's text names what it is about."""
    TELLING = "telling"
    """Its name says that something went wrong, or is not as it was."""
    RECURRING = "recurring"
    """It came before failures of this flow more often than before successes."""


_INFRASTRUCTURE: Final = frozenset(
    {
        "container",
        "host",
        "kubernetes-job",
        "kubernetes-node",
        "kubernetes-pod",
        "node",
        "pod",
        "process",
        "worker",
    }
)
"""Kinds of what runs run on."""

_COMMON: Final = frozenset({"data", "https", "http", "localhost", "main", "null", "none", "test"})
"""Words that an error says without naming anything by them."""


def evidence_of(seen: Seen, failure: Failure) -> frozenset[Evidence]:
    """Return what of the event itself speaks for it; the past is weighed by `past.recurs`.

    What the run itself did and got over does not, by what it is about: a call that failed and was
    caught, an attempt that was retried.
    """
    other = not seen.own and not _was_before(seen, failure)
    touched = other and seen.resource in failure.touched
    found = {
        Evidence.LINK: seen.linked,
        Evidence.OPEN: seen.own and seen.unreturned,
        Evidence.OVERDUE: seen.own and _took_its_time(seen, failure),
        Evidence.CUT_OFF: seen.own and seen.cut_off and failure.timed_out is not None,
        Evidence.INFRASTRUCTURE: _is_below(seen, failure) and (other or _is_process_end(seen.name)),
        Evidence.RESOURCE: touched,
        Evidence.SYSTEM: other and not touched and system_of(seen.resource) in failure.systems,
        Evidence.NAMED: not _is_of_a_fellow(seen) and _is_meant(seen, failure),
        Evidence.TELLING: _is_telling(seen) and not _is_of_another(seen, failure),
    }
    return frozenset(evidence for evidence, holds in found.items() if holds)


PROCESS_ENDS: Final = ("exited", "out-of-memory")
"""How the process of a run ended, as its worker saw it: before the run was over, it is why."""

_PROCESS_ENDS: Final = frozenset(own("process", part) for part in PROCESS_ENDS)


def _is_process_end(name: str) -> bool:
    """Tell whether an event of that name says how the process of a run ended."""
    return name in _PROCESS_ENDS


def _is_of_a_fellow(seen: Seen) -> bool:
    """Tell whether another run failed by it as well: that both name a host is no cause."""
    return seen.in_run and not seen.own and outcome_of(seen.name) is Outcome.FAILED


def is_of_a_neighbour(seen: Seen, failure: Failure) -> bool:
    """Tell whether it befell what another run was on: its pod, its Job.

    That both were on one node, or in one cluster, is no cause: what they share has events itself.
    """
    of_another = seen.in_run and not seen.own and not seen.method
    is_elsewhere = seen.resource not in failure.touched
    return of_another and is_elsewhere and kind_of(seen.resource) in _INFRASTRUCTURE


def _is_meant(seen: Seen, failure: Failure) -> bool:
    """Tell whether the error names what it is about, or another thing that it is related to.

    Of a system that the run did not touch a word is too little: it may be any word.
    """
    return any(
        is_named((each,), failure)
        and (system_of(each) in failure.systems or _is_told_in_full(each, failure))
        for each in (seen.resource, *seen.related)
    )


def is_named(resources: Collection[str], failure: Failure) -> bool:
    """Tell whether the error's text names one of them: its host or bucket, or its last name."""
    return any(not failure.words.isdisjoint(_names_of(resource, failure)) for resource in resources)


_RULES: Final = (
    (Strength.LINKED, {Evidence.LINK}),
    (Strength.STRONG, {Evidence.INFRASTRUCTURE, Evidence.TELLING}),
    (Strength.STRONG, {Evidence.OVERDUE}),
    (Strength.LIKELY, {Evidence.OPEN}),
    (Strength.LIKELY, {Evidence.CUT_OFF}),
    (Strength.LIKELY, {Evidence.ANSWERED}),
    (Strength.LIKELY, {Evidence.NAMED, Evidence.TELLING}),
    (Strength.LIKELY, {Evidence.RESOURCE, Evidence.TELLING}),
    (Strength.LIKELY, {Evidence.SYSTEM, Evidence.TELLING, Evidence.RECURRING}),
)
"""What makes an event how sure; the first that holds counts."""


def strength_of(evidence: AbstractSet[Evidence]) -> Strength:
    """Return how sure all of it together makes an event."""
    return next((strength for strength, needs in _RULES if evidence >= needs), Strength.COINCIDENT)


def _took_its_time(seen: Seen, failure: Failure) -> bool:
    if failure.timed_out is None:
        return False
    return seen.unreturned or seen.seconds > failure.timed_out / 2


def _is_below(seen: Seen, failure: Failure) -> bool:
    return kind_of(seen.resource) in _INFRASTRUCTURE and seen.resource in failure.touched


def _is_of_another(seen: Seen, failure: Failure) -> bool:
    """Tell whether a process was killed where the run was, and not that of the run."""
    return seen.name == _KILL and not failure.killed


_KILL: Final = own("kubernetes", "node.process-killed")


def _was_before(seen: Seen, failure: Failure) -> bool:
    """Tell whether it befell what the run ran on before the run was there.

    A worker that stopped and is back, or a node that was full for a while, runs it nevertheless.
    """
    if kind_of(seen.resource) not in _INFRASTRUCTURE:
        return False
    since = failure.since.get(seen.resource)
    return since is not None and seen.occurred < since


def _names_of(resource: str, failure: Failure) -> set[str]:
    """Return the words by which an error would name it: the host or bucket, and the last name.

    A host is none where the error names another port of it, and a common word is one with its port.
    """
    _, found, rest = resource.partition("://")
    if not found:
        return set()
    parts = [part.rpartition("@")[2].lower() for part in rest.split("/") if part]
    host = parts[0].partition(":")[0] if parts else ""
    ports = failure.ports.get(host)
    if ports and port_of(resource) not in {None, *ports}:
        host = ""
    common = _COMMON - {host} if ports else _COMMON
    return {word for word in (host, *parts[-1:]) if WORD.fullmatch(word)} - common


def _is_told_in_full(resource: str, failure: Failure) -> bool:
    """Tell whether the error says a whole id or path, or a host with its domain or its port."""
    _, _, rest = resource.partition("://")
    name = rest.lower().partition("/")[0].partition(":")[0]
    if ports := failure.ports.get(name):
        is_host_told = port_of(resource) in ports
    else:
        is_host_told = "." in name and name in failure.words and not name.startswith(_LOOPBACK)
    return is_host_told or is_told_by_path(resource, failure)


def is_told_by_path(resource: str, failure: Failure) -> bool:
    """Tell whether the error says a whole id or path, and not one word alone."""
    _, _, rest = resource.partition("://")
    _, _, path = rest.partition("/")
    return any(failure.says(each) for each in (rest, path) if "/" in each)


_LOOPBACK: Final = "127."
"""All machines have it, and each has several servers on it."""

_CHANGED: Final = (
    "altered changed deleted disabled drained expires expiring modified moved paused pressure"
    " removed renamed replaced resized restarted restarting restored returned revoked rotated"
    " scaled stopped terminated throttled truncated updated upgraded warning"
)
_CHANGES: Final = frozenset(_CHANGED.split())

_METHODS: Final = (
    "alter delete drop expire move purge remove rename replace revoke rotate truncate unlink"
)
_UNDOING: Final = frozenset(_METHODS.split())
"""Methods of calls begin with such a word where what they are about is gone afterwards, or is
another thing. What only writes is everyday work, until the past says otherwise."""


_HOLDS_BACK: Final = frozenset(
    own(kind, "paused") for kind in ("deployment", "work-pool", "work-queue")
)
"""They keep runs from beginning, and end none."""


def _is_telling(seen: Seen) -> bool:
    if seen.idle:
        return False  # nothing is wrong with what waits for who called it
    if _is_process_end(seen.name):
        return seen.own  # that of another run has come to its own end
    return tells_of_change(seen.name) or re.split(r"[._-]", seen.method.lower())[0] in _UNDOING


def tells_of_change(name: str) -> bool:
    """Tell whether events of that name say that something went wrong, or is not as it was."""
    if name in _HOLDS_BACK:
        return False
    word = re.split(r"[._-]", name)[-1].lower()
    return _is_process_end(name) or outcome_of(name) is Outcome.FAILED or word in _CHANGES
