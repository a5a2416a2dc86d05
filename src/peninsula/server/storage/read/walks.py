"""Choose the index that events are looked for on, so that a question never reads the whole log.

Each criterion of a filter is a condition on `events e`, and most have walks beside it: selects of
positions from an index, which give every event that meets the criterion, and perhaps others. A
page is found by walking one index within bounds and checking the conditions on what it passes.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final, NamedTuple
from uuid import UUID

from msgspec import Struct
from sqlalchemy import ColumnElement, Connection, func

from peninsula.core.filters import EventFilter, folded
from peninsula.server.storage.read import interned, subtree

__all__ = ["Criterion", "Sql", "criteria", "lower", "position_of"]

WALKS: Final = 60
"""Index ranges that one criterion may be spread over; with more it is a condition only."""


class Sql(NamedTuple):
    """A piece of SQL that marks its values with `?`. Numbers of ours stand in the text."""

    text: str
    values: tuple[Any, ...] = ()


class Criterion(Struct, frozen=True, kw_only=True):
    """One thing that a filter asks of an event.

    In conditions, columns that have an index are written `e.name + 0`: no planner takes that for
    a reason to use it.
    """

    condition: Sql
    walks: tuple[Sql, ...] = ()
    """Each selects one column, `position`, and ends in its WHERE clause."""
    exact: bool = False
    """Whether what lies on the walks needs no check of the condition."""


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
        found.append(_saying(tx, folded(wanted.text)))
    if None in found:
        return None
    return [criterion for criterion in found if criterion is not None]


def _following(event: UUID) -> Criterion:
    return Criterion(
        condition=Sql("e.follows = ?", (event.bytes,)),
        walks=(Sql("SELECT position FROM events WHERE follows = ?", (event.bytes,)),),
    )


def _involving(numbers: Sequence[int]) -> Criterion | None:
    return _linked(numbers, "", own=True) if numbers else None


def _about(numbers: Sequence[int]) -> Criterion | None:
    return _linked(numbers, " AND l.role = 0", own=True) if numbers else None


def _related(tx: Connection, wanted: EventFilter) -> Criterion | None:
    roles = interned.role_numbers(tx, wanted.roles)
    if wanted.roles and not roles:
        return None
    if not wanted.related:
        # `related` is written [[resource,role],…]: a role stands between comma and bracket.
        found = _in(tx)
        either = " OR ".join(f"{found}(e.related, ',{role}]') > 0" for role in roles)
        return Criterion(condition=Sql(f"({either})"))
    numbers = interned.resource_numbers(tx, wanted.related)
    if not numbers:
        return None
    role = f" AND l.role IN ({_listed(roles)})" if roles else " AND l.role <> 0"
    return _linked(numbers, role, own=False)


def _linked(numbers: Sequence[int], role: str, *, own: bool) -> Criterion:
    """Meet events that links name; `own`: and those about a run itself, which need no link."""
    linked = (
        f"EXISTS (SELECT 1 FROM links l WHERE l.resource IN ({_listed(numbers)})"
        f" AND l.position = e.position{role})"
    )
    runs = [-number for number in numbers if number < 0] if own else []
    walks = [Sql(f"SELECT DISTINCT position FROM links WHERE resource = {n}") for n in numbers]
    walks += [Sql(f"SELECT position FROM events WHERE run = {run}") for run in runs]
    if runs:
        linked = f"({linked} OR e.resource IS NULL AND e.run + 0 IN ({_listed(runs)}))"
    return Criterion(condition=Sql(linked), walks=_few(walks), exact=not role and not runs)


def _within(tx: Connection, uuid: UUID) -> Criterion | None:
    run = interned.run_number(tx, uuid)
    if run is None:
        return None
    root = subtree.root_of(tx, run)
    if root in {run, None}:
        walks = [Sql(f"SELECT position FROM events WHERE root = {run}")]
        if root is None:
            # A run that others mention, of which nothing else is known.
            walks.append(Sql(f"SELECT position FROM events WHERE run = {run}"))
        condition = Sql(f"(e.root + 0 = {run} OR e.run + 0 = {run})")
        return Criterion(condition=condition, walks=tuple(walks), exact=True)
    below = subtree.numbers(tx, run, limit=WALKS + 1)
    if len(below) <= WALKS:
        return Criterion(
            condition=Sql(f"e.run + 0 IN ({_listed(below)})"),
            walks=tuple(Sql(f"SELECT position FROM events WHERE run = {n}") for n in below),
            exact=True,
        )
    return Criterion(
        condition=Sql(f"e.run + 0 IN ({subtree.below_text(run)})"),
        walks=(Sql(f"SELECT position FROM events WHERE root = {root}"),),
    )


def _named(numbers: Sequence[int]) -> Criterion | None:
    if not numbers:
        return None
    return Criterion(
        condition=Sql(f"e.name + 0 IN ({_listed(numbers)})"),
        walks=_few([Sql(f"SELECT position FROM events WHERE name = {n}") for n in numbers]),
        exact=True,
    )


def _saying(tx: Connection, text: str) -> Criterion:
    payload, name = f"{_in(tx)}({_lower(tx, 'e.payload')}, ?) > 0", _lower(tx, "text")
    names = f"SELECT id FROM names WHERE {_in(tx)}({name}, ?) > 0"
    return Criterion(condition=Sql(f"({payload} OR e.name + 0 IN ({names}))", (text, text)))


def _listed(numbers: Iterable[int]) -> str:
    return ", ".join(map(str, numbers))


def _few(walks: list[Sql]) -> tuple[Sql, ...]:
    return tuple(walks) if len(walks) <= WALKS else ()


# --- text ----------------------------------------------------------------------------------------


def _in(tx: Connection) -> str:
    return "strpos" if tx.dialect.name == "postgresql" else "instr"


def _lower(tx: Connection, column: str) -> str:
    return f'lower({column} COLLATE "C")' if tx.dialect.name == "postgresql" else f"lower({column})"


def lower(tx: Connection, column: ColumnElement[Any]) -> ColumnElement[str]:
    """Return the text with ASCII letters in lower case, as `filters.folded` does."""
    return func.lower(column.collate("C") if tx.dialect.name == "postgresql" else column)


def position_of(tx: Connection, column: ColumnElement[Any], text: str) -> ColumnElement[int]:
    """Return where the text stands in a column, 0 for nowhere."""
    found: ColumnElement[int] = getattr(func, _in(tx))(column, text)
    return found
