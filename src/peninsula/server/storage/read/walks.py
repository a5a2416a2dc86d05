"""Choose the index that events are looked for on, so that a question never reads the whole log.

Each criterion of a filter is a condition on `events e`, and most have walks beside it: selects of
positions from an index, which give every event that meets the criterion, and perhaps others. A
page is found by walking one index within bounds and checking the conditions on what it passes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final, NamedTuple
from uuid import UUID

from msgspec import Struct
from sqlalchemy import ColumnElement, Connection, func

from peninsula.core.filters import EventFilter, folded
from peninsula.core.resources import OWN, sought
from peninsula.core.runs import RunKind
from peninsula.core.terms import Field, Source, Term, type_matches
from peninsula.server.storage import bulk
from peninsula.server.storage.read import interned, subtree

__all__ = ["Criterion", "Sql", "criteria", "in_byte_order", "lower", "position_of"]

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
    found += _terms(tx, wanted.terms)
    if None in found:
        return None
    return [criterion for criterion in found if criterion is not None]


def _terms(tx: Connection, terms: Sequence[Term]) -> Iterable[Criterion | None]:
    """Return what a query asks for: terms of one field are any of them."""
    any_of: dict[Field, list[str]] = {}
    for term in terms:
        if term.negated:
            found = _TERMS[term.field](tx, (term.value,))
            if found is not None:
                yield _without(found)
        elif term.field is Field.TEXT:
            yield _TERMS[term.field](tx, (term.value,))
        else:
            any_of.setdefault(term.field, []).append(term.value)
    for field, values in any_of.items():
        yield _TERMS[field](tx, values)


def _without(criterion: Criterion) -> Criterion:
    # A condition on what an event does not have is null, which is not false.
    text, values = criterion.condition
    return Criterion(condition=Sql(f"NOT coalesce(({text}), FALSE)", values))


def _numbers(tx: Connection, values: Sequence[str]) -> list[int]:
    return interned.resource_numbers(tx, _sought(values))


def _sought(values: Sequence[str]) -> tuple[str, ...]:
    return tuple(map(sought, values))


def _types(tx: Connection, patterns: Sequence[str]) -> list[int]:
    known: Sequence[Any] = bulk.run(tx, "SELECT id, text FROM names").all()
    return [id_ for id_, text in known if any(type_matches(one, text) for one in patterns)]


def _of_kind(kinds: Sequence[str]) -> Criterion:
    """Meet events about things of these kinds; a run may be the one that it happened in."""
    marks = bulk.placeholders(len(kinds))
    task = [str(kind == RunKind.TASK_RUN).upper() for kind in kinds if kind in set(RunKind)]
    conditions = [
        f"EXISTS (SELECT 1 FROM resources r WHERE r.id = e.resource + 0 AND r.kind IN ({marks}))"
    ]
    if task:
        conditions.append(
            "EXISTS (SELECT 1 FROM run_ids i WHERE i.id = coalesce(-e.resource, e.run + 0)"
            f" AND i.task IN ({', '.join(task)}))"
        )
    return Criterion(condition=Sql(f"({' OR '.join(conditions)})", tuple(kinds)))


def _told_by(tx: Connection, sources: Sequence[str]) -> Criterion:
    ours = _listed(interned.name_numbers(tx, (f"{OWN}*",))) or "0"
    conditions = {
        Source.FLOW: "e.run IS NOT NULL",
        Source.SERVER: f"e.run IS NULL AND e.name + 0 IN ({ours})",
        Source.OUTSIDE: f"e.run IS NULL AND e.name + 0 NOT IN ({ours})",
    }
    either = " OR ".join(f"({conditions[Source(source)]})" for source in sources)
    return Criterion(condition=Sql(f"({either})"))


def _either(found: Sequence[Criterion | None]) -> Criterion | None:
    """Meet what one of them meets."""
    known = [criterion for criterion in found if criterion is not None]
    if len(known) <= 1:
        return known[0] if known else None
    either = " OR ".join(f"({criterion.condition.text})" for criterion in known)
    values = tuple(value for criterion in known for value in criterion.condition.values)
    walks = [walk for criterion in known for walk in criterion.walks]
    return Criterion(condition=Sql(f"({either})", values), walks=_few(walks))


_TERMS: Final[dict[Field, Callable[[Connection, Sequence[str]], Criterion | None]]] = {
    Field.TYPE: lambda tx, values: _named(_types(tx, values)),
    Field.RESOURCE: lambda tx, values: _about(_numbers(tx, values)),
    Field.RELATED: lambda tx, values: _related(tx, EventFilter(related=_sought(values))),
    Field.INVOLVES: lambda tx, values: _involving(_numbers(tx, values)),
    Field.ROLE: lambda tx, values: _related(tx, EventFilter(roles=tuple(values))),
    Field.KIND: lambda _, values: _of_kind(values),
    Field.SOURCE: _told_by,
    Field.RUN: lambda tx, values: _either([_within(tx, UUID(value)) for value in values]),
    Field.TEXT: lambda tx, values: _saying(tx, folded(values[0])),
}
"""What meets one of the values of a field, None when no event does."""


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


def in_byte_order(tx: Connection, column: ColumnElement[str]) -> ColumnElement[str]:
    """Return a text as both engines order it: PostgreSQL's own order is that of a language."""
    return column.collate("C" if tx.dialect.name == "postgresql" else "BINARY")


def position_of(tx: Connection, column: ColumnElement[Any], text: str) -> ColumnElement[int]:
    """Return where the text stands in a column, 0 for nowhere."""
    found: ColumnElement[int] = getattr(func, _in(tx))(column, text)
    return found
