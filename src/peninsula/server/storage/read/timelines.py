"""Read a run with everything below it by column, so many rows an answer."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final
from uuid import UUID

import msgspec
from msgspec import Struct
from sqlalchemy import Connection, case, select, tuple_

from peninsula.core import pages
from peninsula.core.answers import Timeline
from peninsula.core.runs import EdgeKind, RunKind, is_state_event
from peninsula.core.states import StateType
from peninsula.server.storage import bulk, tables
from peninsula.server.storage.read import interned, subtree, trees, waiting
from peninsula.server.storage.read.columns import Codes, differences, transposed

__all__ = ["ROWS", "run_timeline", "state_names"]

ROWS: Final = 20_000
"""Runs in one answer."""

SEGMENTED: Final = 2_000
"""Runs of one answer whose attempts are told one by one."""

_runs = tables.runs.c
_KINDS: Final = (RunKind.FLOW_RUN, RunKind.TASK_RUN)


def run_timeline(
    tx: Connection, kind: RunKind, id_: UUID, *, cursor: str | None = None
) -> Timeline:
    """Return the run and what is below it, with all edges that lead to these, by column."""
    run, root = trees.run_and_root(tx, kind, id_)
    of = pages.digest("timeline", id_)
    place = pages.read_cursor(cursor, of, (int, int)) if cursor is not None else None
    rows, following = _rows(tx, run, root, place, of)
    numbers, uuids, tasks, flow, task, name, parent, created, expected, started, ended, *more = (
        # None, when what was to come has been deleted meanwhile.
        zip(*rows, strict=True) if rows else ((),) * len(_COLUMNS)
    )
    type_, state, _ = more
    begun = tuple(map(_due, created, expected, started))
    places = _Places(numbers, alone=place is None and following is None)
    labels, names, states = Codes(), Codes(), Codes()
    base = min(begun, default=0)
    again = [row[0] for row in rows if row[-1] > 1][:SEGMENTED]
    above = [-1 if one == run else places.of(up) for one, up in zip(numbers, parent, strict=True)]
    return Timeline(
        base=base,
        rows=len(rows),
        ids=transposed(uuids),
        number=differences(numbers),
        kinds=_KINDS,
        kind=tuple(map(int, tasks)),
        label=tuple(labels[one or other or ""] for one, other in zip(flow, task, strict=True)),
        labels=tuple(labels),
        name=differences(names[one] for one in name),
        names=tuple(names),
        parent=tuple(above),
        state=tuple(states[one] for one in zip(type_, state, strict=True)),
        begun=differences(moment - base for moment in begun),
        waited=_spans(begun, started),
        lasted=_spans(map(_either, started, begun), ended),
        segments=_segments(tx, again, places, states, base),
        states=tuple((StateType(one), other) for one, other in states),
        **_edges(tx, numbers, places),
        others=places.others(tx),
        next=following,
    )


class _Places:
    """Which row each run is; those that are in other answers come after all rows."""

    def __init__(self, numbers: Iterable[int], *, alone: bool) -> None:
        """Number the rows; `alone` says that there is no other answer."""
        self._codes = Codes((number, row) for row, number in enumerate(numbers))
        self._rows = len(self._codes)
        self._alone = alone

    def of(self, number: int | None) -> int:
        """Return the row of a run, -1 for one that is in no answer."""
        if number is None or (self._alone and number not in self._codes):
            return -1
        return self._codes[number]

    def others(self, tx: Connection) -> str:
        """Return the ids of those that have no row here."""
        numbers = list(self._codes)[self._rows :]
        ids = interned.labels_of(tx, runs=numbers).runs
        return transposed([ids[number].bytes for number in numbers])


def _due(created: int, expected: int, started: int | None) -> int:
    """Return since when a run could have been Running.

    A schedule makes it long before its time: of a run of five minutes nothing would be seen beside
    the day that it waited for. A backfill's is for a moment that passed before it was made.
    """
    return created if started is None else max(created, min(expected, started))


def _either(one: int | None, other: int) -> int:
    return other if one is None else one


def _spans(since: Iterable[int], until: Iterable[int | None]) -> tuple[int, ...]:
    return tuple(
        -1 if end is None else max(end - start, 0) for start, end in zip(since, until, strict=True)
    )


_COLUMNS: Final = (
    _runs.id,
    tables.run_ids.c.uuid,
    _runs.task,
    _runs.flow,
    _runs.task_name,
    _runs.name,
    _runs.parent,
    _runs.created,
    _runs.expected,
    _runs.started,
    case((waiting.HELD, _runs.state_at), else_=_runs.ended),
    _runs.state_type,
    _runs.state_name,
    _runs.attempts,
)


def _rows(
    tx: Connection, run: int, root: int, place: pages.Cursor | None, of: int
) -> tuple[Sequence[Any], str | None]:
    """Return the run first, then the others by when they began; and where to go on."""
    here = (_runs.created, _runs.id)
    members = select(*here).where(_runs.id.in_(subtree.seen_from(run, root)))
    if place is not None:
        members = members.where(tuple_(*here) > tuple_(*place.key), _runs.id != run)
    # Sorted before anything else of them is read: a tree may have ten times as many.
    order = (_runs.id != run, *here)
    few = members.order_by(*order).limit(ROWS + 1).subquery()
    found = tx.execute(
        select(*_COLUMNS)
        .join_from(few, tables.runs, _runs.id == few.c.id)
        .join(tables.run_ids, tables.run_ids.c.id == _runs.id)
        .order_by(*order)
    ).all()
    rows = found[:ROWS]
    if len(found) <= ROWS:
        return rows, None
    last = rows[-1]
    # The run stands first whenever it began: by other clocks, others may have begun before it.
    after = (last.created, last.id) if last.id != run else (0, 0)
    return rows, pages.write_cursor(pages.Cursor(of, False, after))


def _segments(
    tx: Connection, again: Sequence[int], places: _Places, states: Codes, base: int
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
        places.of(run): tuple((moment, state) for _, moment, state in sorted(steps))
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


def _edges(tx: Connection, numbers: Iterable[int], places: _Places) -> dict[str, tuple[Any, ...]]:
    labels = Codes()
    statement = "SELECT run, upstream, kind, parameter FROM edges WHERE run IN {}"
    columns = sorted(
        (places.of(one), upstream, labels[kind, parameter or None])
        for one, other, kind, parameter in bulk.select_in(tx, statement, numbers)
        if (upstream := places.of(other)) >= 0
    )
    return {
        "edge_run": differences(one for one, _, _ in columns),
        "edge_upstream": tuple(one - other for one, other, _ in columns),
        "edge_label": tuple(label for _, _, label in columns),
        "edge_labels": tuple((EdgeKind(kind), parameter) for kind, parameter in labels),
    }
