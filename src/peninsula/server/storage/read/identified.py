"""Find what an id is of, whichever kind of thing has it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, Select, select

from peninsula.core import ids
from peninsula.core.answers import Hit, HitKind
from peninsula.core.errors import NotFoundError
from peninsula.core.resources import OWN, own
from peninsula.core.runs import Run, RunKind
from peninsula.server.storage import tables
from peninsula.server.storage.moments import moment
from peninsula.server.storage.read import events, flows, interned, run_rows

__all__ = [
    "artifact_hit",
    "block_hits",
    "find_by_id",
    "flow_hit",
    "resource_hit",
    "run_hits",
    "variable_hits",
]

_ID = re.compile(rf"(?:{re.escape(OWN)}([a-z-]+)\.)?((?:[0-9a-fA-F]-?){{4,32}})")
"""How an id begins, alone or in that of a resource; fewer digits are those of all ids of a year."""

_runs = tables.runs.c
_artifacts = tables.artifacts.c
_variables = tables.variables.c
_pools = tables.work_pools.c


def find_by_id(tx: Connection, text: str, limit: int) -> list[Hit]:
    """Return what has an id that begins so, up to `limit` of each kind; of events, a whole id."""
    said = _ID.fullmatch(text)
    found: list[Hit] = []
    if said is not None:
        kind, begin = said.groups()
        least, greatest = ids.range_of(begin)
        found += map(flow_hit, flows.names_between(tx, least, greatest, limit))
        found += _runs_between(tx, least, greatest, limit)
        found += block_hits(
            tx, tables.block_documents.c.id.between(least.bytes, greatest.bytes), limit
        )
        found += _artifacts_between(tx, least, greatest, limit)
        found += variable_hits(tx, _variables.id.between(least.bytes, greatest.bytes), limit)
        found += _pools_between(tx, least, greatest, limit)
        if least == greatest:
            found += _event(tx, least)
        found = [hit for hit in found if kind in {None, hit.kind.value}]
        if least == greatest:
            text = own(kind or "process", least)
    return found or list(_resource(tx, text))


# --- runs ----------------------------------------------------------------------------------------


def _runs_between(tx: Connection, least: UUID, greatest: UUID, limit: int) -> Iterator[Hit]:
    few = interned.runs_between(least, greatest).order_by(tables.run_ids.c.uuid).limit(limit)
    yield from run_hits(tx, run_rows.selected_runs().where(_runs.id.in_(few)))


def run_hits(tx: Connection, statement: Select[Any]) -> Iterator[Hit]:
    """Yield the runs that are selected."""
    for row in tx.execute(statement):
        run: Run = run_rows.run_of(row)
        flow = run.kind is RunKind.FLOW_RUN
        yield Hit(
            kind=HitKind.FLOW_RUN if flow else HitKind.TASK_RUN,
            id=str(run.id),
            name=run.name,
            about=run.flow if flow else run.task,
            state=run.state.type,
            at=run.expected,
        )


# --- what else there is --------------------------------------------------------------------------


def flow_hit(name: str) -> Hit:
    """Return a flow as it is found."""
    return Hit(kind=HitKind.FLOW, id=name, name=name)


def block_hits(tx: Connection, condition: ColumnElement[bool], limit: int) -> Iterator[Hit]:
    """Yield the first blocks of which that holds."""
    documents, types = tables.block_documents.c, tables.block_types.c
    rows = tx.execute(
        select(documents.id, documents.name, types.slug)
        .join_from(tables.block_documents, tables.block_types, types.id == documents.type)
        .where(condition)
        .order_by(documents.name, types.slug)
        .limit(limit)
    )
    for row in rows:
        id_ = str(UUID(bytes=bytes(row.id)))
        yield Hit(kind=HitKind.BLOCK, id=id_, name=row.name, about=row.slug)


def _artifacts_between(tx: Connection, least: UUID, greatest: UUID, limit: int) -> Iterator[Hit]:
    rows = tx.execute(
        select(_artifacts.id, _artifacts.key, _artifacts.kind, _artifacts.created)
        .where(_artifacts.id.between(least.bytes, greatest.bytes))
        .order_by(_artifacts.id)
        .limit(limit)
    )
    for row in rows:
        yield artifact_hit(row)


def artifact_hit(row: Any) -> Hit:
    """Return an artifact as it is found: one without a key is called by its id."""
    id_ = str(UUID(bytes=bytes(row.id)))
    at = moment(row.created)
    return Hit(kind=HitKind.ARTIFACT, id=id_, name=row.key or id_, about=row.kind, at=at)


def variable_hits(tx: Connection, condition: ColumnElement[bool], limit: int) -> Iterator[Hit]:
    """Yield the first variables of which that holds."""
    names = tx.execute(
        select(_variables.name).where(condition).order_by(_variables.name).limit(limit)
    )
    for name in names.scalars():
        yield Hit(kind=HitKind.VARIABLE, id=name, name=name)


def _pools_between(tx: Connection, least: UUID, greatest: UUID, limit: int) -> Iterator[Hit]:
    names = tx.execute(
        select(_pools.name)
        .where(_pools.id.between(least.bytes, greatest.bytes))
        .order_by(_pools.name)
        .limit(limit)
    )
    for name in names.scalars():
        yield Hit(kind=HitKind.WORK_POOL, id=name, name=name)


def _event(tx: Connection, id_: UUID) -> Iterator[Hit]:
    try:
        event = events.event_by_id(tx, id_)
    except NotFoundError:
        return
    about = event.resource.name or event.resource.id
    yield Hit(kind=HitKind.EVENT, id=str(id_), name=event.event, about=about, at=event.occurred)


def _resource(tx: Connection, id_: str) -> Iterator[Hit]:
    """Yield the resource of just that id, however long ago its last event was."""
    catalogue, described, resources = (
        tables.catalogue.c,
        tables.descriptions.c,
        tables.resources.c,
    )
    rows = tx.execute(
        select(resources.text, resources.kind, described.name, catalogue.last)
        .join_from(tables.catalogue, tables.resources, resources.id == catalogue.resource)
        .outerjoin(tables.descriptions, described.resource == catalogue.resource)
        .where(resources.text == id_)
    )
    for row in rows:
        yield resource_hit(row)


def resource_hit(row: Any) -> Hit:
    """Return a resource as it is found."""
    return Hit(
        kind=HitKind.RESOURCE,
        id=row.text,
        name=row.name or row.text,
        about=row.kind,
        at=moment(row.last),
    )
