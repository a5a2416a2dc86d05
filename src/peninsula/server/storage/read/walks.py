"""Choose the index that events are looked for on, so that a question never reads the whole log.

Each criterion of a filter is a condition, and most have walks beside it: selects of positions from
an index, which give every event that meets the criterion, and perhaps others. A page is found by
walking one index within bounds and checking the conditions on what it passes.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID

from msgspec import Struct
from sqlalchemy import ColumnElement, Connection, Select, and_, exists, func, or_, select

from peninsula.core.filters import EventFilter, folded
from peninsula.server.storage import tables
from peninsula.server.storage.read import interned, subtree

__all__ = ["Criterion", "criteria", "lower", "position_of", "unindexed"]

WALKS: Final = 60
"""Index ranges that one criterion may be spread over; with more it is a condition only."""

_events = tables.events.c
_links = tables.links.c
_ABOUT: Final = 0


class Criterion(Struct, frozen=True, kw_only=True):
    """One thing that a filter asks of an event."""

    condition: ColumnElement[bool]
    walks: tuple[Select[tuple[int]], ...] = ()
    exact: bool = False
    """Whether what lies on the walks needs no check of the condition."""


def unindexed(column: ColumnElement[int]) -> ColumnElement[int]:
    """Return the column as a value to check: no planner takes it for a reason to use an index."""
    return column + 0


def criteria(tx: Connection, wanted: EventFilter) -> list[Criterion] | None:
    """Return what the filter asks for; None when the log cannot have any such event.

    Time and `since` are not among them: they bound every walk.
    """
    found: list[Criterion | None] = []
    if wanted.follows is not None:
        found.append(_following(wanted.follows))
    if wanted.involves:
        found.append(_involving(interned.resource_numbers(tx, wanted.involves)))
    if wanted.resources:
        found.append(_about(interned.resource_numbers(tx, wanted.resources)))
    if wanted.related or wanted.roles:
        found.append(_related(tx, wanted))
    if wanted.run is not None:
        found.append(_within(tx, wanted.run))
    if wanted.names:
        found.append(_named(interned.name_numbers(tx, wanted.names)))
    if wanted.text is not None:
        found.append(_saying(tx, wanted.text))
    if None in found:
        return None
    return [criterion for criterion in found if criterion is not None]


def _following(event: UUID) -> Criterion:
    condition = _events.follows == event.bytes
    return Criterion(condition=condition, walks=(select(_events.position).where(condition),))


def _involving(numbers: Sequence[int]) -> Criterion | None:
    return _linked(numbers, (), own=True) if numbers else None


def _about(numbers: Sequence[int]) -> Criterion | None:
    return _linked(numbers, (_links.role == _ABOUT,), own=True) if numbers else None


def _related(tx: Connection, wanted: EventFilter) -> Criterion | None:
    roles = interned.role_numbers(tx, wanted.roles)
    if wanted.roles and not roles:
        return None
    if not wanted.related:
        # `related` is written [[resource,role],…]: a role stands between comma and bracket.
        written = [func.coalesce(position_of(tx, _events.related, f",{r}]"), 0) > 0 for r in roles]
        return Criterion(condition=or_(*written))
    numbers = interned.resource_numbers(tx, wanted.related)
    if not numbers:
        return None
    in_role = _links.role.in_(roles) if roles else _links.role != _ABOUT
    return _linked(numbers, (in_role,), own=False)


def _linked(
    numbers: Sequence[int], role: tuple[ColumnElement[bool], ...], *, own: bool
) -> Criterion:
    """Meet events that links name; `own`: and those about a run itself, which need no link."""
    linked = exists().where(
        _links.resource.in_(numbers), _links.position == _events.position, *role
    )
    runs = [-number for number in numbers if number < 0] if own else []
    itself = and_(_events.resource.is_(None), unindexed(_events.run).in_(runs))
    walks = [select(_links.position).where(_links.resource == n).distinct() for n in numbers]
    walks += [select(_events.position).where(_events.run == run) for run in runs]
    return Criterion(
        condition=or_(linked, itself) if runs else linked,
        walks=_few(walks),
        exact=not role and not runs,
    )


def _within(tx: Connection, uuid: UUID) -> Criterion | None:
    run = interned.run_number(tx, uuid)
    if run is None:
        return None
    root = subtree.root_of(tx, run)
    if root in {run, None}:
        condition = or_(unindexed(_events.root) == run, unindexed(_events.run) == run)
        walks = [select(_events.position).where(_events.root == run)]
        # A run that was only mentioned by others may be no root of its own events.
        if root is None:
            walks.append(select(_events.position).where(_events.run == run))
        return Criterion(condition=condition, walks=tuple(walks), exact=True)
    below = subtree.numbers(tx, run, limit=WALKS + 1)
    if len(below) <= WALKS:
        condition = unindexed(_events.run).in_(below)
        walks = [select(_events.position).where(_events.run == number) for number in below]
        return Criterion(condition=condition, walks=tuple(walks), exact=True)
    return Criterion(
        condition=unindexed(_events.run).in_(subtree.below(run)),
        walks=(select(_events.position).where(_events.root == root),),
    )


def _named(numbers: Sequence[int]) -> Criterion | None:
    if not numbers:
        return None
    walks = [select(_events.position).where(_events.name == number) for number in numbers]
    return Criterion(condition=unindexed(_events.name).in_(numbers), walks=_few(walks), exact=True)


def _saying(tx: Connection, text: str) -> Criterion:
    text = folded(text)
    named = select(tables.names.c.id).where(
        position_of(tx, lower(tx, tables.names.c.text), text) > 0
    )
    return Criterion(
        condition=or_(
            position_of(tx, lower(tx, _events.payload), text) > 0,
            unindexed(_events.name).in_(named),
        )
    )


def lower(tx: Connection, column: ColumnElement[Any]) -> ColumnElement[str]:
    """Return the text with ASCII letters in lower case, as `filters.folded` does."""
    return func.lower(column.collate("C") if tx.dialect.name == "postgresql" else column)


def position_of(tx: Connection, column: ColumnElement[Any], text: str) -> ColumnElement[int]:
    """Return where the text stands in a column, 0 for nowhere."""
    name = "strpos" if tx.dialect.name == "postgresql" else "instr"
    found: ColumnElement[int] = getattr(func, name)(column, text)
    return found


def _few(walks: list[Select[tuple[int]]]) -> tuple[Select[tuple[int]], ...]:
    return tuple(walks) if len(walks) <= WALKS else ()
