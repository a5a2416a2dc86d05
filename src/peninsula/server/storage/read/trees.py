"""Read a run with everything below it: its tree, its edges, and both by column."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final
from uuid import UUID

import msgspec
from msgspec import Struct
from sqlalchemy import Connection, select, tuple_

from peninsula.core import pages
from peninsula.core.answers import Edge, Page, Timeline
from peninsula.core.runs import EdgeKind, Run, RunKind, is_state_event
from peninsula.core.states import StateType
from peninsula.server.storage import bulk, tables
from peninsula.server.storage.read import interned, run_rows, subtree
from peninsula.server.storage.read.columns import Codes, differences, transposed

__all__ = [
    "TIMELINE_RUNS",
    "find_edges",
    "find_tree",
    "run_and_root",
    "run_timeline",
    "state_names",
]

TIMELINE_RUNS: Final = 20_000
"""Runs in one timeline; of a larger tree the first are shown."""

SEGMENTED: Final = 2_000
"""Runs of a timeline whose attempts are told one by one."""

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
        .where(_runs.id.in_(subtree.members(run, root)), *beyond)
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
        .where(_edges.run.in_(subtree.members(run, root)), *beyond)
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


# --- by column -----------------------------------------------------------------------------------

_KINDS: Final = (RunKind.FLOW_RUN, RunKind.TASK_RUN)


def run_timeline(tx: Connection, kind: RunKind, id_: UUID) -> Timeline:
    """Return the run and everything below it, with all edges among them, by column."""
    run, root = run_and_root(tx, kind, id_)
    rows, partial = _rows(tx, run, root)
    places = {row[0]: place for place, row in enumerate(rows)}
    labels, names, states = Codes(), Codes(), Codes()
    _, uuids, tasks, flow, task, name, parent, begun, started, ended, type_, state, _ = zip(
        *rows, strict=True
    )
    base = min(begun)
    again = [row[0] for row in rows if row[-1] > 1][:SEGMENTED]
    return Timeline(
        base=base,
        rows=len(rows),
        ids=transposed(uuids),
        kinds=_KINDS,
        kind=tuple(map(int, tasks)),
        label=tuple(labels[one or other or ""] for one, other in zip(flow, task, strict=True)),
        labels=tuple(labels),
        name=differences(names[one] for one in name),
        names=tuple(names),
        parent=(-1, *(places.get(one, -1) for one in parent[1:])),
        state=tuple(states[one] for one in zip(type_, state, strict=True)),
        begun=differences(moment - base for moment in begun),
        waited=_spans(begun, started),
        lasted=_spans(map(_either, started, begun), ended),
        segments=_segments(tx, again, places, states, base),
        states=tuple((StateType(one), other) for one, other in states),
        partial=partial,
        **_edge_columns(tx, run, root, places),
    )


def _either(one: int | None, other: int) -> int:
    return other if one is None else one


def _spans(since: Iterable[int], until: Iterable[int | None]) -> tuple[int, ...]:
    return tuple(
        -1 if end is None else max(end - start, 0) for start, end in zip(since, until, strict=True)
    )


def _rows(tx: Connection, run: int, root: int) -> tuple[Sequence[Any], bool]:
    """Return the run first, then the others by when they began; and whether there were more."""
    ids = tables.run_ids.c
    found = tx.execute(
        select(
            _runs.id,
            ids.uuid,
            _runs.task,
            _runs.flow,
            _runs.task_name,
            _runs.name,
            _runs.parent,
            _runs.created,
            _runs.started,
            _runs.ended,
            _runs.state_type,
            _runs.state_name,
            _runs.attempts,
        )
        .join_from(tables.runs, tables.run_ids, ids.id == _runs.id)
        .where(_runs.id.in_(subtree.members(run, root)))
        .order_by(_runs.id != run, _runs.created, _runs.id)
        .limit(TIMELINE_RUNS + 1)
    ).all()
    return found[:TIMELINE_RUNS], len(found) > TIMELINE_RUNS


def _segments(
    tx: Connection, again: Sequence[int], places: dict[int, int], states: Codes, base: int
) -> dict[int, tuple[tuple[int, int], ...]]:
    """Return what the state events of runs that were tried again say, in their order."""
    told = ", ".join(map(str, state_names(tx))) or "0"
    statement = (
        "SELECT run, occurred, payload FROM events"
        f" WHERE run IN {{}} AND resource IS NULL AND name + 0 IN ({told})"
    )
    segments: dict[int, list[tuple[int, int, int]]] = {}
    for run, occurred, payload in bulk.select_in(tx, statement, again):
        said = _SAID.decode(payload)
        step = (said.attempt, max(occurred - base, 0), states[said.type, said.name])
        segments.setdefault(run, []).append(step)
    return {
        places[run]: tuple((moment, state) for _, moment, state in sorted(steps))
        for run, steps in segments.items()
    }


def state_names(tx: Connection) -> list[int]:
    """Return the numbers of the names by which runs tell of their states."""
    names = tx.execute(select(tables.names.c.id, tables.names.c.text))
    return [number for number, text in names if is_state_event(text)]


class _Said(Struct, frozen=True):
    type: str
    name: str
    attempt: int = 0


_SAID: Final = msgspec.json.Decoder(_Said)


def _edge_columns(
    tx: Connection, run: int, root: int, places: dict[int, int]
) -> dict[str, tuple[Any, ...]]:
    labels = Codes()
    found = tx.execute(
        select(_edges.run, _edges.upstream, _edges.kind, _edges.parameter).where(
            _edges.run.in_(subtree.members(run, root))
        )
    ).all()
    columns = [
        (places[one], places[other], labels[kind, parameter or None])
        for one, other, kind, parameter in found
        if one in places and other in places
    ]
    columns.sort()
    return {
        "edge_run": differences(one for one, _, _ in columns),
        "edge_upstream": tuple(one - other for one, other, _ in columns),
        "edge_label": tuple(label for _, _, label in columns),
        "edge_labels": tuple((EdgeKind(kind), parameter) for kind, parameter in labels),
    }
