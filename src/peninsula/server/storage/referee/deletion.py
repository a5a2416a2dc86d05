"""Delete a flow run: all that was told of it and below it, but for the event that says so.

That event stays as long as retention keeps it: it is the answer to "where did it go", and by it
the run is known again when its process sends more after all.
"""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

from sqlalchemy import Connection, Row, delete, func, or_, select

from peninsula.core.errors import ConflictError
from peninsula.core.events import Related
from peninsula.core.resources import own
from peninsula.core.runs import RunKind
from peninsula.core.states import OPEN
from peninsula.server.storage import bulk, log, replay, rows, tables
from peninsula.server.storage.dictionary import Dictionary
from peninsula.server.storage.prune import fold_away
from peninsula.server.storage.read import run_rows
from peninsula.server.storage.rebuilding import refuse_during_rebuild
from peninsula.server.storage.referee import moves
from peninsula.server.storage.referee.entries import About, entry
from peninsula.server.storage.referee.moves import Now

__all__ = ["DELETED", "begin", "came_back", "remove", "step"]

DELETED: Final = own("flow-run", "deleted")

STEP: Final = 500
"""Rows of one step: a few tens of milliseconds."""

_runs = tables.runs.c


def begin(tx: Connection, dictionary: Dictionary, id_: UUID, actor: Related, now: Now) -> int:
    """Say that the run is deleted, and return its number for `step`.

    Raises NotFoundError, or ConflictError when it is not over or is a part of another run.
    """
    head = log.take_head(tx)
    refuse_during_rebuild(tx)
    found = moves.runs_where(tx, _runs.task.is_(False), _runs.id.in_(_number_of(id_)))
    if not found:
        raise run_rows.unknown(RunKind.FLOW_RUN, id_)
    row = found[0]
    if row.root != row.id:
        msg = (
            f"Flow run {row.name!r} ({id_}) is a part of flow run {moves.uuid_of(row.root_uuid)}."
            " Delete that one."
        )
        raise ConflictError(msg, root=str(moves.uuid_of(row.root_uuid)))
    _refuse_unfinished(tx, row, id_)
    count = tx.execute(select(func.count()).where(_runs.root == row.id)).scalar_one()
    payload = {
        "name": row.name,
        "flow": row.flow,
        "state": row.state_name,
        "runs": count,
        # Not related: it would count as a resource that the run has touched.
        "actor": {"id": actor.id, "name": actor.name},
    }
    log.append(tx, dictionary, head, [_entry(row, id_, payload, now)])
    return int(row.id)


def _number_of(id_: UUID) -> Any:
    return select(tables.run_ids.c.id).where(tables.run_ids.c.uuid == id_.bytes)


def _refuse_unfinished(tx: Connection, row: Any, id_: UUID) -> None:
    open_ = tx.execute(
        select(func.count()).where(_runs.root == row.id, _runs.state_type.in_(OPEN))
    ).scalar_one()
    if open_:
        msg = (
            f"Flow run {row.name!r} ({id_}) is not over: {open_} of its runs are unfinished."
            f" Cancel it first: `POST /api/flow-runs/{id_}/cancel`."
        )
        raise ConflictError(msg, unfinished=open_)


def _entry(row: Any, id_: UUID, payload: dict[str, Any], now: Now) -> log.Entry:
    told = entry(About("flow-run", id_, row.name or None), "deleted", payload, now)
    return told._replace(run=id_, root=id_)


def step(tx: Connection, dictionary: Dictionary, root: int) -> int:
    """Delete some of what is left of a deleted run. Return how many rows; 0 when nothing is left.

    Its counts stay in the baseline, as after retention: a rebuild gives the same tables.
    """
    dictionary.at(log.take_head(tx).dictionary)
    refuse_during_rebuild(tx)
    return (
        _delete_events(tx, dictionary, root)
        or _delete_logs(tx, root)
        or _delete_artifacts(tx, root)
        or _delete_runs(tx, root)
    )


def _delete_events(tx: Connection, dictionary: Dictionary, root: int) -> int:
    found = bulk.run(
        tx,
        f"SELECT {replay.COLUMNS} FROM events e WHERE e.root = ? AND e.name + 0 <> ?"
        " ORDER BY e.position LIMIT ?",
        root,
        _deleted_name(tx),
        STEP,
    ).all()
    events = replay.rows_of(found)
    if events:
        fold_away(tx, dictionary, events)
    return len(events)


def _deleted_name(tx: Connection) -> int:
    name = tables.names.c
    return tx.execute(select(name.id).where(name.text == DELETED)).scalar() or 0


def _delete_logs(tx: Connection, root: int) -> int:
    key = "root, time, emitter, number, line"
    return bulk.run(
        tx,
        f"DELETE FROM logs WHERE ({key}) IN (SELECT {key} FROM logs WHERE root = ? LIMIT ?)",
        root,
        STEP,
    ).rowcount


def _delete_artifacts(tx: Connection, root: int) -> int:
    """Delete artifacts, live and in the baseline, and the bodies that no other artifact has."""
    deleted = 0
    for target in (rows.LIVE, rows.BASELINE):
        table = target.artifacts.c
        some = select(table.id).where(table.root == root).limit(STEP)
        gone = delete(target.artifacts).where(table.id.in_(some)).returning(table.sha256)
        bodies = tx.execute(gone).scalars().all()
        _forget_bodies(tx, {body for body in bodies if body is not None})
        deleted += len(bodies)
    return deleted


def _forget_bodies(tx: Connection, bodies: set[str]) -> None:
    statement = "SELECT DISTINCT sha256 FROM artifacts WHERE sha256 IN {}"
    held = {row[0] for row in bulk.select_in(tx, statement, bodies)}
    bulk.delete(tx, tables.blobs, ("sha256",), [(body,) for body in sorted(bodies - held)])


def _delete_runs(tx: Connection, root: int) -> int:
    """Delete rows of runs, live and in the baseline, with all that hangs on them."""
    baseline = rows.BASELINE.runs.c
    live = tx.execute(select(_runs.id).where(_runs.root == root).limit(STEP)).scalars().all()
    based = tx.execute(select(baseline.id).where(baseline.root == root).limit(STEP)).scalars()
    gone = sorted({*live, *based})
    for target in (rows.LIVE, rows.BASELINE):
        for table, column in (
            (target.tags, "run"),
            (target.edges, "run"),
            (target.touches, "run"),
            (target.runs, "id"),
        ):
            bulk.delete(tx, table, (column,), [(number,) for number in gone])
    uuids = select(tables.run_ids.c.uuid).where(tables.run_ids.c.id.in_(gone))
    for table in (tables.commands, tables.claims, tables.submissions, tables.run_inputs):
        tx.execute(delete(table).where(table.c.run.in_(uuids)))
    return len(gone)


def remove(tx: Connection, dictionary: Dictionary, row: Row[Any], now: Now) -> None:
    """Delete at once a run of which little was told: it was scheduled, and is not to be."""
    id_ = moves.uuid_of(row.uuid)
    refuse_during_rebuild(tx)
    payload = {"name": row.name, "flow": row.flow, "state": row.state_name, "runs": 1}
    head = log.take_head(tx)
    log.append(tx, dictionary, head, [_entry(row, id_, payload, now)])
    while step(tx, dictionary, row.id):
        pass


def came_back(tx: Connection) -> list[int]:
    """Return the deleted runs of which something is in the database: their processes sent more."""
    name = _deleted_name(tx)
    deleted = (
        select(tables.events.c.run)
        .distinct()
        .where(tables.events.c.name == name, tables.events.c.run.is_not(None))
        .subquery()
    )
    more = tables.events.alias("more")
    found = tx.execute(
        select(deleted.c.run).where(
            or_(
                select(_runs.id).where(_runs.root == deleted.c.run).exists(),
                select(more.c.position)
                .where(more.c.root == deleted.c.run, more.c.name + 0 != name)
                .exists(),
                select(tables.logs.c.time).where(tables.logs.c.root == deleted.c.run).exists(),
            )
        )
    )
    return sorted(found.scalars())
