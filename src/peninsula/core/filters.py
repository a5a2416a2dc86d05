"""Say which events and runs are meant: the same filter for a query, a stream and a test."""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import datetime
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

from msgspec import Struct

from peninsula.core import ids
from peninsula.core.answers import LoggedEvent
from peninsula.core.errors import InvalidError
from peninsula.core.resources import OWN, kind_of, sought, system_of
from peninsula.core.runs import Run, RunKind
from peninsula.core.states import StateType
from peninsula.core.terms import Field, Source, Term, type_matches

__all__ = [
    "EventFilter",
    "RunFilter",
    "Sort",
    "SortBy",
    "check_names",
    "folded",
    "is_prefix",
    "matches_event",
    "matches_run",
    "name_matches",
    "sort_key",
    "sorting",
    "source_of",
]


class EventFilter(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Which events are meant. All that is given must hold; of a list, any one."""

    names: tuple[str, ...] = ()
    """Exact, or `a.b.*` for any that begins with `a.b.`."""
    resources: tuple[str, ...] = ()
    """Ids of what they are about, or of the system that is in."""
    related: tuple[str, ...] = ()
    """Ids of what took part, or of the system that is in."""
    roles: tuple[str, ...] = ()
    """In which it took part."""
    involves: tuple[str, ...] = ()
    """Ids of what they are about or what took part."""
    run: UUID | None = None
    """Happened in it or below it."""
    follows: UUID | None = None
    after: datetime | None = None
    """Occurred then or later."""
    before: datetime | None = None
    """Occurred earlier than then."""
    text: str | None = None
    since: int | None = None
    """Later in the log than this position."""
    terms: tuple[Term, ...] = ()
    """What a query asks for besides: `core.terms`."""


class RunFilter(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Which flow runs or task runs are meant. All that is given must hold; of a list, any one."""

    kind: RunKind = RunKind.FLOW_RUN
    ids: tuple[UUID, ...] = ()
    id_prefix: str | None = None
    """How the id begins, in hexadecimal digits."""
    types: tuple[StateType, ...] = ()
    state_names: tuple[str, ...] = ()
    under_way: bool = False
    """Begun and not over: also those that are paused, or wait for their next attempt."""
    flows: tuple[str, ...] = ()
    tasks: tuple[str, ...] = ()
    text: str | None = None
    """Part of the name of the run, or of its flow or task."""
    tags: tuple[str, ...] = ()
    """All of them."""
    any_tags: tuple[str, ...] = ()
    parent: UUID | None = None
    root: UUID | None = None
    top: bool = False
    """Called by no other run."""
    deployments: tuple[UUID, ...] = ()
    active_after: datetime | None = None
    """Due then or later, or not over then."""
    expected_after: datetime | None = None
    expected_before: datetime | None = None
    started_after: datetime | None = None
    started_before: datetime | None = None
    ended_after: datetime | None = None
    ended_before: datetime | None = None


class SortBy(StrEnum):
    """What runs can be sorted by."""

    EXPECTED = "expected"
    CREATED = "created"
    STARTED = "started"
    ENDED = "ended"
    DURATION = "duration"
    NAME = "name"


class Sort(Struct, frozen=True):
    """An order of runs. Those that have no such time come last, either way."""

    by: SortBy = SortBy.EXPECTED
    descending: bool = True


def sorting(text: str) -> Sort:
    """Return the order that a parameter names: `name`, `-expected`."""
    name = text.removeprefix("-")
    try:
        return Sort(SortBy(name), descending=text.startswith("-"))
    except ValueError:
        known = ", ".join(by.value for by in SortBy)
        msg = f"Runs are not sorted by {name[:60]!r}. Sort by {known}; - before it is descending."
        raise InvalidError(msg) from None


_FOLD: Final = {upper: upper + 32 for upper in range(ord("A"), ord("Z") + 1)}


def folded(text: str) -> str:
    """Return the text with ASCII letters in lower case: what every database agrees on."""
    return text.translate(_FOLD)


def check_names(names: Collection[str]) -> None:
    """Refuse a name filter that looks like a pattern and is none: it would find nothing."""
    for name in names:
        if "*" in name.removesuffix(".*"):
            msg = (
                f"{name[:200]!r} is no filter of event names: only a whole part at the end can be"
                " any, as in 'peninsula.task-run.*'. Write it like that, or the name in full."
            )
            raise InvalidError(msg)


def is_prefix(name: str) -> bool:
    """Tell whether a name filter stands for every name that begins like it."""
    return name.endswith(".*")


def name_matches(wanted: str, name: str) -> bool:
    """Tell whether an event's name is the one wanted, or begins as it says."""
    return name.startswith(wanted[:-1]) if is_prefix(wanted) else name == wanted


def matches_event(
    wanted: EventFilter, event: LoggedEvent, below: Callable[[UUID, UUID], bool]
) -> bool:
    """Tell whether the event is meant. `below(run, ancestor)` knows the tree of runs."""
    return (
        (not wanted.names or any(name_matches(name, event.event) for name in wanted.names))
        and (not wanted.resources or _is_or_is_in(event.resource.id, wanted.resources))
        and _matches_related(wanted, event)
        and (not wanted.involves or any(_is_or_is_in(id_, wanted.involves) for id_ in _ids(event)))
        and (wanted.run is None or _happened_in(event, wanted.run, below))
        and (wanted.follows is None or event.follows == wanted.follows)
        and _within(event.occurred, wanted.after, wanted.before)
        and (wanted.text is None or _says(event, folded(wanted.text)))
        and (wanted.since is None or event.position > wanted.since)
        and _holds(wanted.terms, event, below)
    )


def _holds(
    terms: Collection[Term], event: LoggedEvent, below: Callable[[UUID, UUID], bool]
) -> bool:
    """Tell whether a query holds: one of each field's terms, all words, none that is negated."""
    any_of: dict[Field, bool] = {}
    for term in terms:
        if term.field is Field.RUN:
            met = _happened_in(event, UUID(term.value), below)
        else:
            met = _MEETS[term.field](term.value, event)
        if term.negated or term.field is Field.TEXT:
            if met is term.negated:
                return False
        else:
            any_of[term.field] = met or any_of.get(term.field, False)
    return all(any_of.values())


def source_of(name: str, *, in_run: bool) -> Source:
    """Return who told of an event of that name."""
    if in_run:
        return Source.FLOW
    return Source.SERVER if name.startswith(OWN) else Source.OUTSIDE


_MEETS: Final[dict[Field, Callable[[str, LoggedEvent], bool]]] = {
    Field.TYPE: lambda value, event: type_matches(value, event.event),
    Field.RESOURCE: lambda value, event: _is_or_is_in(event.resource.id, (sought(value),)),
    Field.RELATED: lambda value, event: any(
        _is_or_is_in(related.id, (sought(value),)) for related in event.related
    ),
    Field.INVOLVES: lambda value, event: any(
        _is_or_is_in(id_, (sought(value),)) for id_ in _ids(event)
    ),
    Field.ROLE: lambda value, event: any(related.role == value for related in event.related),
    Field.KIND: lambda value, event: kind_of(event.resource.id) == value,
    Field.SOURCE: lambda value, event: (
        source_of(event.event, in_run=event.run is not None) == value
    ),
    Field.TEXT: lambda value, event: _says(event, folded(value)),
}
"""What a term asks of an event; for a run, the tree of runs has to be known."""


def _matches_related(wanted: EventFilter, event: LoggedEvent) -> bool:
    if not wanted.related and not wanted.roles:
        return True
    return any(
        (not wanted.related or _is_or_is_in(related.id, wanted.related))
        and (not wanted.roles or related.role in wanted.roles)
        for related in event.related
    )


def _is_or_is_in(resource: str, wanted: Collection[str]) -> bool:
    return resource in wanted or system_of(resource) in wanted


def _ids(event: LoggedEvent) -> set[str]:
    return {event.resource.id, *(related.id for related in event.related)}


def _happened_in(event: LoggedEvent, ancestor: UUID, below: Callable[[UUID, UUID], bool]) -> bool:
    if event.run is None:
        return False
    return ancestor in {event.run, event.root} or below(event.run, ancestor)


def _named(run: Run, text: str) -> bool:
    return any(text in folded(name) for name in (run.name, run.flow, run.task) if name is not None)


def _says(event: LoggedEvent, text: str) -> bool:
    return text in folded(event.event) or text in folded(bytes(event.payload).decode())


def _within(moment: datetime | None, after: datetime | None, before: datetime | None) -> bool:
    if after is None and before is None:
        return True
    if moment is None:
        return False
    return (after is None or moment >= after) and (before is None or moment < before)


def matches_run(wanted: RunFilter, run: Run) -> bool:
    """Tell whether the run is meant."""
    return (
        run.kind is wanted.kind
        and _among(run.id, wanted.ids)
        and (wanted.id_prefix is None or _begins(run.id, wanted.id_prefix))
        and _among(run.state.type, wanted.types)
        and _among(run.state.name, wanted.state_names)
        and (not wanted.under_way or run.state.under_way)
        and _among(run.flow, wanted.flows)
        and _among(run.task, wanted.tasks)
        and (wanted.text is None or _named(run, folded(wanted.text)))
        and set(wanted.tags) <= set(run.tags)
        and (not wanted.any_tags or not set(wanted.any_tags).isdisjoint(run.tags))
        and (wanted.parent is None or run.parent == wanted.parent)
        and (wanted.root is None or run.root == wanted.root)
        and (not wanted.top or run.root == run.id)
        and _among(run.deployment, wanted.deployments)
        and (wanted.active_after is None or _active(run, wanted.active_after))
        and _within(run.expected, wanted.expected_after, wanted.expected_before)
        and _within(run.started, wanted.started_after, wanted.started_before)
        and _within(run.ended, wanted.ended_after, wanted.ended_before)
    )


def _among(value: Any, wanted: Collection[Any]) -> bool:
    return not wanted or value in wanted


def _active(run: Run, after: datetime) -> bool:
    return run.expected >= after or run.ended is None or run.ended >= after


def _begins(id_: UUID, prefix: str) -> bool:
    least, greatest = ids.range_of(prefix)
    return least <= id_ <= greatest


def sort_key(run: Run, by: SortBy) -> Any:
    """Return what the run is sorted by, None for what it does not have yet."""
    if by is not SortBy.DURATION:
        return getattr(run, by.value)
    if run.started is None or run.ended is None:
        return None
    return run.ended - run.started
