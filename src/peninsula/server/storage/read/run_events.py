"""Read the events of a run and of all below it, by column."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Connection

from peninsula.core import pages
from peninsula.core.answers import RunEvents
from peninsula.core.resources import kind_of, system_of
from peninsula.core.runs import RunKind
from peninsula.server.storage import bulk
from peninsula.server.storage.read import interned, lasting, subtree, timelines, trees
from peninsula.server.storage.read.columns import Codes, differences

__all__ = ["EVENTS", "read_run_events", "version_of"]

EVENTS: Final = 20_000
"""Events in one answer."""

PASSED: Final = 200_000
"""Events of the tree that are passed in search of them."""


def read_run_events(
    tx: Connection, kind: RunKind, id_: UUID, *, cursor: str | None = None
) -> RunEvents:
    """Return the events of a run and of all below it. Raises NotFoundError."""
    run, root = trees.run_and_root(tx, kind, id_)
    of = pages.digest("run events", id_)
    after = pages.read_cursor(cursor, of, (int,)).key[0] if cursor is not None else 0
    rows, last = _rows(tx, run, root, int(after))
    names, resources, systems = Codes(), Codes(), Codes()
    about = [row.resource if row.resource is not None else -row.run for row in rows]
    told = [(place, lasting.said(row.occurred, row.payload)) for place, row in enumerate(rows)]
    name = [names[row[2]] for row in rows]
    resource = [resources[number] for number in about]
    labels = interned.labels_of(tx, names=names, resources=resources)
    ids = tuple(labels.resources[number] for number in resources)
    base = min((row[1] for row in rows), default=0)
    system = tuple(systems[system_of(id_)] for id_ in ids)
    return RunEvents(
        base=base,
        rows=len(rows),
        position=differences(row[0] for row in rows),
        occurred=differences(row[1] - base for row in rows),
        names=tuple(labels.names[number] for number in names),
        name=tuple(name),
        resources=ids,
        resource=tuple(resource),
        kinds=tuple(map(kind_of, ids)),
        systems=tuple(systems),
        system=system,
        run=differences(row[4] for row in rows),
        lasted=tuple((place, said.lasted) for place, said in told if said.lasted is not None),
        many=tuple((place, *said.many) for place, said in told if said.many is not None),
        next=None if last is None else pages.write_cursor(pages.Cursor(of, False, (last,))),
    )


def _rows(tx: Connection, run: int, root: int, after: int) -> tuple[Sequence[Any], int | None]:
    """Return events beyond a position, and the position at which the search stopped."""
    states = ", ".join(map(str, timelines.state_names(tx))) or "0"
    below = "" if run == root else f" AND run IN ({subtree.below_text(run)})"
    rows = bulk.run(
        tx,
        "SELECT position, occurred, name, resource, run, payload FROM"
        " (SELECT position, occurred, name, resource, run, payload FROM events"
        f" WHERE root = ? AND position > ? ORDER BY position LIMIT {PASSED}) AS passed"
        f" WHERE name NOT IN ({states}){below} ORDER BY position LIMIT {EVENTS + 1}",
        root,
        after,
    ).all()
    if len(rows) > EVENTS:
        return rows[:EVENTS], rows[EVENTS - 1].position
    passed = (
        "SELECT position FROM events WHERE root = ? AND position > ?"
        " ORDER BY position LIMIT 1 OFFSET ?"
    )
    return rows, bulk.run(tx, passed, root, after, PASSED - 1).scalar()


def version_of(tx: Connection, kind: RunKind, id_: UUID) -> tuple[int, int]:
    """Return the first and the last position of the events in the run's tree.

    All that is derived from those events is the same as long as these are. Raises NotFoundError.
    """
    _, root = trees.run_and_root(tx, kind, id_)
    first, last = (
        bulk.run(
            tx,
            f"SELECT position FROM events WHERE root = ? ORDER BY position {order} LIMIT 1",
            root,
        ).scalar()
        for order in ("ASC", "DESC")
    )
    return first or 0, last or 0
