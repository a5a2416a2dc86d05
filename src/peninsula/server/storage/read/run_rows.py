"""Read whole runs from their rows."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final
from uuid import UUID

from msgspec import Raw
from sqlalchemy import ColumnElement, Connection, Select, select

from peninsula.core import codec, ids
from peninsula.core.errors import NotFoundError
from peninsula.core.runs import Run, RunKind
from peninsula.server.storage import bulk, run_states, tables
from peninsula.server.storage.moments import moment

__all__ = ["run_by_id", "run_of", "runs_by_number", "selected_runs", "unknown"]

_runs = tables.runs.c
_self = tables.run_ids.alias("self")
_parent = tables.run_ids.alias("parent")
_root = tables.run_ids.alias("root")

_COLUMNS: Final = (
    _runs.id.label("number"),
    _self.c.uuid.label("id"),
    _runs.task,
    _runs.name,
    _runs.flow,
    _runs.task_name,
    _runs.key,
    _parent.c.uuid.label("parent"),
    _root.c.uuid.label("root"),
    _runs.tags,
    _runs.parameters,
    _runs.expected,
    _runs.created,
    _runs.started,
    _runs.ended,
    _runs.attempts,
    _runs.retries,
    _runs.version,
    _runs.code,
    _runs.deployment,
    _runs.state_type,
    _runs.state_name,
    _runs.state_message,
    _runs.state_at,
    _runs.state_details,
    _runs.start,
    _runs.emitter,
)


_SELECTED: Final = (
    select(*_COLUMNS)
    .join_from(tables.runs, _self, _self.c.id == _runs.id)
    .outerjoin(_parent, _parent.c.id == _runs.parent)
    .outerjoin(_root, _root.c.id == _runs.root)
)


def selected_runs(*more: ColumnElement[Any]) -> Select[Any]:
    """Return a select of whole runs, to which conditions are added."""
    return _SELECTED.add_columns(*more) if more else _SELECTED


def run_of(row: Any) -> Run:
    """Return the run that a row of `selected_runs` is."""
    return Run(
        id=_uuid(row.id),
        kind=RunKind.TASK_RUN if row.task else RunKind.FLOW_RUN,
        name=row.name,
        flow=row.flow,
        flow_id=ids.flow_id(row.flow) if row.flow is not None else None,
        task=row.task_name,
        key=row.key,
        parent=_uuid(row.parent) if row.parent is not None else None,
        root=_uuid(row.root if row.root is not None else row.id),
        tags=codec.decode(tuple[str, ...], row.tags.encode()),
        parameters=Raw(row.parameters.encode()),
        state=run_states.state_of(row),
        created=moment(row.created),
        expected=moment(row.expected),
        started=moment(row.started) if row.started is not None else None,
        ended=moment(row.ended) if row.ended is not None else None,
        attempts=row.attempts,
        retries=row.retries,
        start=row.start,
        version=row.version,
        code=row.code,
        deployment=_uuid(row.deployment) if row.deployment is not None else None,
        process=_uuid(row.emitter) if row.emitter is not None else None,
    )


def _uuid(stored: Any) -> UUID:
    return UUID(bytes=bytes(stored))


def run_by_id(tx: Connection, kind: RunKind, id_: UUID) -> Run:
    """Return the run of that kind and id. Raises NotFoundError."""
    task = kind is RunKind.TASK_RUN
    row = tx.execute(selected_runs().where(_self.c.uuid == id_.bytes, _runs.task == task)).first()
    if row is None:
        raise unknown(kind, id_)
    return run_of(row)


def unknown(kind: RunKind, id_: UUID) -> NotFoundError:
    """Return the error for a run that this log does not have."""
    what = kind.value.replace("-", " ")
    return NotFoundError(f"No {what} {id_}. It was deleted, or has not reported here.")


def runs_by_number(tx: Connection, numbers: Iterable[int]) -> dict[int, Run]:
    """Return the runs of these numbers, those that are known."""
    found: dict[int, Run] = {}
    for chunk in bulk.chunks(numbers, bulk.IN_LIST):
        for row in tx.execute(selected_runs().where(_runs.id.in_(chunk))):
            found[row.number] = run_of(row)
    return found
