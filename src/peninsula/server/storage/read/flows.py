"""List flows, as their runs tell of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Connection, func, select

from peninsula.core import ids, pages
from peninsula.core.answers import Counted, Flow, Page
from peninsula.core.filters import folded
from peninsula.core.runs import Run
from peninsula.core.states import StateType
from peninsula.server.storage import bulk, tables
from peninsula.server.storage.read import run_rows

__all__ = ["find_flows", "flow_named", "names_between", "names_like"]

COUNTED: Final = 100_000
"""Runs of one flow and state that are counted, at most."""

PASSED: Final = 2_000
"""Flows passed in search of a page; beyond, the answer is partial."""

_runs = tables.runs.c


def find_flows(
    tx: Connection, *, text: str | None = None, limit: int = 50, cursor: str | None = None
) -> Page[Flow]:
    """Return a page of flows by name."""
    of = pages.digest("flows", text)
    place = pages.read_cursor(cursor, of, (str,)) if cursor is not None else None
    names, bound = _names(tx, _saying(folded(text or "")), limit + 1, place)
    page, following, preceding = pages.turn(names, limit, place, of, _key, bound=bound)
    return Page(
        items=_flows(tx, page),
        next=following,
        previous=preceding,
        partial=bound is not None,
    )


def _key(name: str) -> pages.Key:
    return (name,)


def _names(
    tx: Connection, meant: Callable[[str], bool], limit: int, place: pages.Cursor | None
) -> tuple[list[str], pages.Key | None]:
    """Return the next names that are meant, and where the search stopped if it did."""
    back = place is not None and place.back
    names: list[str] = []
    name: Any = place.key[0] if place is not None else None
    for _ in range(PASSED):
        name = _next(tx, name, back=back)
        if name is None:
            return names, None
        if meant(name):
            names.append(name)
        if len(names) == limit:
            return names, None
    return names, (name,)


def _next(tx: Connection, name: str | None, *, back: bool) -> str | None:
    # One look at the index for each flow; a GROUP BY would read every run there ever was.
    column = _runs.flow
    statement = select(func.max(column) if back else func.min(column))
    if name is not None:
        statement = statement.where(column < name if back else column > name)
    found: str | None = tx.execute(statement).scalar()
    return found


def names_like(tx: Connection, text: str, limit: int) -> list[str]:
    """Return the first names that contain the text, which is folded."""
    return _names(tx, _saying(text), limit, None)[0]


def names_between(tx: Connection, least: UUID, greatest: UUID, limit: int) -> list[str]:
    """Return the first names of flows that have an id from the one to the other."""
    return _names(tx, lambda name: least <= ids.flow_id(name) <= greatest, limit, None)[0]


def _saying(text: str) -> Callable[[str], bool]:
    return lambda name: text in folded(name)


def flow_named(tx: Connection, name: str) -> Flow:
    """Return a flow that has runs."""
    return _flows(tx, (name,))[0]


def _flows(tx: Connection, names: Sequence[str]) -> tuple[Flow, ...]:
    newest = {name: bulk.run(tx, _NEWEST, name).scalar_one() for name in names}
    last = run_rows.runs_by_number(tx, newest.values())
    return tuple(_flow(tx, name, last[newest[name]]) for name in names)


def _flow(tx: Connection, name: str, last: Run) -> Flow:
    counts: Sequence[Any] = bulk.run(tx, _BY_TYPE, *(name, COUNTED + 1) * len(StateType)).all()
    types = {
        StateType(type_): Counted(count=min(count, COUNTED), partial=count > COUNTED)
        for type_, count in counts
        if count
    }
    runs = Counted(
        count=sum(counted.count for counted in types.values()),
        partial=any(counted.partial for counted in types.values()),
    )
    return Flow(id=ids.flow_id(name), name=name, runs=runs, types=types, last=last)


_NEWEST: Final = "SELECT id FROM runs WHERE flow = ? ORDER BY expected DESC, id DESC LIMIT 1"
_BY_TYPE: Final = " UNION ALL ".join(
    # State by state, each a stretch of the index: those that are many hide none that are few.
    f"SELECT '{type_}', count(*) FROM (SELECT 1 FROM runs WHERE flow = ?"
    f" AND state_type = '{type_}' LIMIT ?) AS counted"
    for type_ in StateType
)
