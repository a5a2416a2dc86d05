"""Read a run with everything below it: its tree, and its edges, page by page."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy import Connection, select, tuple_

from peninsula.core import pages
from peninsula.core.answers import Edge, Page
from peninsula.core.runs import EdgeKind, Run, RunKind
from peninsula.server.storage import tables
from peninsula.server.storage.read import interned, run_rows, subtree

__all__ = ["find_edges", "find_tree", "kind_of", "run_and_root"]

_runs = tables.runs.c
_edges = tables.edges.c


def run_and_root(tx: Connection, kind: RunKind, id_: UUID) -> tuple[int, int]:
    """Return the numbers of a run and of the top of its tree. Raises NotFoundError."""
    number = interned.run_number(tx, id_)
    row = None
    if number is not None:
        task = kind is RunKind.TASK_RUN
        row = tx.execute(select(_runs.root).where(_runs.id == number, _runs.task == task)).first()
    if number is None or row is None:
        raise run_rows.unknown(kind, id_)
    return number, row.root


def kind_of(tx: Connection, id_: UUID) -> RunKind:
    """Return which kind of run has the id. Raises NotFoundError."""
    number = interned.run_number(tx, id_)
    row = None
    if number is not None:
        row = tx.execute(select(_runs.task).where(_runs.id == number)).first()
    if row is None:
        raise run_rows.unknown(RunKind.FLOW_RUN, id_)
    return RunKind.TASK_RUN if row.task else RunKind.FLOW_RUN


def find_tree(
    tx: Connection, kind: RunKind, id_: UUID, *, limit: int = 1_000, cursor: str | None = None
) -> Page[Run]:
    """Return the run and everything below it, in the order of creation."""
    run, root = run_and_root(tx, kind, id_)
    of = pages.digest("tree", id_)
    place = pages.read_cursor(cursor, of, (int, int)) if cursor is not None else None
    back = place is not None and place.back
    here = tuple_(_runs.created, _runs.id)
    beyond = []
    if place is not None:
        there = tuple_(*place.key)
        beyond.append(here < there if back else here > there)
    rows = tx.execute(
        run_rows.selected_runs()
        .where(_runs.id.in_(subtree.seen_from(run, root)), *beyond)
        .order_by(*((c.desc() if back else c.asc()) for c in (_runs.created, _runs.id)))
        .limit(limit + 1)
    ).all()
    page, following, preceding = pages.turn(rows, limit, place, of, _created)
    return Page(items=tuple(map(run_rows.run_of, page)), next=following, previous=preceding)


def _created(row: Any) -> pages.Key:
    return (row.created, row.number)


def find_edges(
    tx: Connection, kind: RunKind, id_: UUID, *, limit: int = 2_000, cursor: str | None = None
) -> Page[Edge]:
    """Return the edges of the run and of everything below it."""
    run, root = run_and_root(tx, kind, id_)
    of = pages.digest("edges", id_)
    shape = (int, int, str, str)
    place = pages.read_cursor(cursor, of, shape) if cursor is not None else None
    back = place is not None and place.back
    key = (_edges.run, _edges.upstream, _edges.parameter, _edges.kind)
    beyond = []
    if place is not None:
        there = tuple_(*place.key)
        beyond.append(tuple_(*key) < there if back else tuple_(*key) > there)
    rows = tx.execute(
        select(*key)
        .where(_edges.run.in_(subtree.seen_from(run, root)), *beyond)
        .order_by(*((c.desc() if back else c.asc()) for c in key))
        .limit(limit + 1)
    ).all()
    page, following, preceding = pages.turn(rows, limit, place, of, tuple)
    labels = interned.labels_of(tx, runs={number for row in page for number in row[:2]})
    edges = tuple(
        Edge(
            run=labels.runs[row.run],
            upstream=labels.runs[row.upstream],
            parameter=row.parameter or None,
            kind=EdgeKind(row.kind),
        )
        for row in page
    )
    return Page(items=edges, next=following, previous=preceding)
