"""Read a run as the resource that it is: runs are interned apart, and have no catalogue row."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import datetime
from typing import Final, NamedTuple
from uuid import UUID

from sqlalchemy import Connection, select

from peninsula.core import pages
from peninsula.core.answers import Page, ResourceDetail, TouchingRun
from peninsula.core.filters import EventFilter
from peninsula.core.resources import kind_of, run_uuid
from peninsula.core.runs import Run, RunKind
from peninsula.server.storage import tables
from peninsula.server.storage.moments import micros, moment
from peninsula.server.storage.read import interned, run_rows, walks
from peninsula.server.storage.read.search import Walk, search

__all__ = ["find_own_runs", "run_resource"]

COUNTED: Final = 1_000
"""Events that are counted, the newest."""


class _Seen(NamedTuple):
    """When a run was told of, and by how many events."""

    first: datetime
    last: datetime
    events: int


def run_resource(tx: Connection, id_: str) -> ResourceDetail:
    """Return a run as a resource. Raises NotFoundError for one that nothing was told of."""
    own, seen = _own(tx, id_)
    return ResourceDetail(
        id=id_,
        kind=kind_of(id_),
        system=id_,
        name=own[0].name if own else None,
        labels={},
        first=seen.first,
        last=seen.last,
        events=seen.events,
        runs=Counter(run.state.type for run in own),
    )


def find_own_runs(
    tx: Connection,
    id_: str,
    meant: Callable[[Run], bool],
    *,
    of: int,
    limit: int,
    cursor: str | None,
) -> Page[TouchingRun]:
    """Return a page of the runs that a run is: itself, and the flow run at the top."""
    own, seen = _own(tx, id_)
    place = pages.read_cursor(cursor, of, (int,)) if cursor is not None else None
    back = place is not None and place.back
    rows = [(number, run) for number, run in enumerate(own) if meant(run)]
    if place is not None:
        there = int(place.key[0])
        rows = [row for row in rows if (row[0] < there if back else row[0] > there)]
    rows.sort(key=lambda row: row[0], reverse=back)
    page, following, preceding = pages.turn(
        rows[: limit + 1], limit, place, of, lambda row: (row[0],)
    )
    items = tuple(TouchingRun(run=run, **seen._asdict()) for _, run in page)
    return Page(items=items, next=following, previous=preceding)


def _own(tx: Connection, id_: str) -> tuple[list[Run], _Seen]:
    """Return the run itself and the flow run at its top, if they have reported, and when."""
    numbers = [-number for number in interned.resource_numbers(tx, (id_,))]
    runs = tables.runs.c
    rows = tx.execute(select(runs.id, runs.root).where(runs.id.in_(numbers))).all()
    own = list(dict.fromkeys(number for row in rows for number in row))
    found = run_rows.runs_by_number(tx, own)
    told = [found[number] for number in own if number in found]
    times = _times(tx, id_)
    known = [micros(at) for run in told[:1] for at in (run.created, run.state.timestamp)]
    if not times and not known:
        kind, uuid = run_uuid(id_) or ("", "")
        raise run_rows.unknown(RunKind(kind), UUID(uuid))
    every = [*times, *known]
    return told, _Seen(moment(min(every)), moment(max(every)), len(times))


def _times(tx: Connection, id_: str) -> list[int]:
    """Return when the newest events occurred that are about the run or name it."""
    found = walks.criteria(tx, EventFilter(involves=(id_,)))
    if found is None:
        return []
    rows, _ = search(tx, found, Walk(), COUNTED, columns="e.occurred")
    return [row[0] for row in rows]
