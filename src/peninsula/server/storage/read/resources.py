"""Read the catalogue of resources."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import msgspec
from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    and_,
    func,
    or_,
    select,
    tuple_,
)

from peninsula.core import pages
from peninsula.core.answers import Page, ResourceDetail, ResourceEntry
from peninsula.core.errors import NotFoundError
from peninsula.core.filters import folded
from peninsula.core.resources import OWN, is_run
from peninsula.core.states import StateType
from peninsula.server.storage import tables
from peninsula.server.storage.moments import moment
from peninsula.server.storage.read import run_resources, walks
from peninsula.server.storage.read.scans import SCAN, end, latest

__all__ = ["find_resources", "known_kinds", "resource_by_id", "unknown"]

COUNTED: Final = 20_000
"""Runs whose outcome is counted for a resource: those that touched it last."""

_catalogue = tables.catalogue.c
_resources = tables.resources.c
_descriptions = tables.descriptions.c
_touches = tables.touches.c
_runs = tables.runs.c
_LABELS: Final = msgspec.json.Decoder(dict[str, str])

_DESCRIBED: Final = (
    select(
        tables.catalogue,
        _resources.text,
        _resources.kind,
        _resources.system,
        _descriptions.name,
        _descriptions.labels,
    )
    .join(tables.resources, _resources.id == _catalogue.resource)
    .outerjoin(tables.descriptions, _descriptions.resource == _catalogue.resource)
)
"""The catalogue, with what each resource is."""


def find_resources(
    tx: Connection,
    *,
    kinds: Sequence[str] = (),
    system: str | None = None,
    text: str | None = None,
    systems: bool = False,
    limit: int = 50,
    cursor: str | None = None,
) -> Page[ResourceEntry]:
    """Return a page of resources, those with the latest event first."""
    of = pages.digest("resources", kinds, system, text, systems)
    place = pages.read_cursor(cursor, of, (int, int)) if cursor is not None else None
    back = place is not None and place.back
    passed = _listed(kinds, system, place)
    sought = bool(text) or systems
    some = passed.limit(SCAN if sought else limit + 1).subquery()
    rows = tx.execute(
        select(some)
        .where(
            *([_saying(tx, some.c, text)] if text else []),
            *([_outside(some.c)] if systems else []),
        )
        .order_by(*latest(some.c.last, some.c.resource, back=back))
        .limit(limit + 1)
    ).all()
    bound = end(tx, passed, _key) if sought and len(rows) <= limit else None
    page, following, preceding = pages.turn(rows, limit, place, of, _key, bound=bound)
    return Page(
        items=tuple(ResourceEntry(**_entry(row)) for row in page),
        next=following,
        previous=preceding,
        partial=bound is not None,
    )


def _listed(kinds: Sequence[str], system: str | None, place: pages.Cursor | None) -> Select[Any]:
    """Return a select of the catalogue beyond a place, in order."""
    statement = _DESCRIBED
    back = place is not None and place.back
    if place is not None:
        here, there = tuple_(_catalogue.last, _catalogue.resource), tuple_(*place.key)
        statement = statement.where(here > there if back else here < there)
    if kinds:
        statement = statement.where(_resources.kind.in_(kinds))
    if system is not None:
        statement = statement.where(_resources.system == system)
    return statement.order_by(*latest(_catalogue.last, _catalogue.resource, back=back))


def _key(row: Any) -> pages.Key:
    return (row.last, row.resource)


def _saying(tx: Connection, columns: Any, text: str) -> ColumnElement[bool]:
    text = folded(text)
    return or_(
        walks.position_of(tx, walks.lower(tx, columns.text), text) > 0,
        walks.position_of(tx, walks.lower(tx, columns.name), text) > 0,
    )


def _outside(columns: Any) -> ColumnElement[bool]:
    """Ask for systems that are not ours."""
    return and_(columns.system == columns.text, ~columns.text.startswith(OWN))


def _entry(row: Any) -> dict[str, Any]:
    return {
        "id": row.text,
        "kind": row.kind,
        "system": row.system,
        "name": row.name,
        "labels": _LABELS.decode(row.labels) if row.labels is not None else {},
        "first": moment(row.first),
        "last": moment(row.last),
        "events": row.events,
    }


def resource_by_id(tx: Connection, id_: str) -> ResourceDetail:
    """Return a resource with the outcomes of the runs that touched it. Raises NotFoundError."""
    if is_run(id_):
        return run_resources.run_resource(tx, id_)
    row = tx.execute(_DESCRIBED.where(_resources.text == id_)).first()
    if row is None:
        raise unknown(id_)
    newest = (
        select(_touches.run)
        .where(_touches.resource == row.resource)
        .order_by(_touches.last.desc())
        .limit(COUNTED)
        .subquery()
    )
    counts = tx.execute(
        select(_runs.state_type, func.count())
        .join_from(newest, tables.runs, _runs.id == newest.c.run)
        .group_by(_runs.state_type)
    ).all()
    runs = {StateType(type_): count for type_, count in counts}
    return ResourceDetail(**_entry(row), runs=runs, partial=sum(runs.values()) >= COUNTED)


def unknown(id_: str) -> NotFoundError:
    """Return the error for a resource that no event names."""
    return NotFoundError(
        f"No resource {id_[:200]!r}. No event in this log names it. Those that are named:"
        ' "peninsula resource ls"; a block is named by its type, too: "s3-bucket/lake".'
    )


def known_kinds(tx: Connection) -> tuple[str, ...]:
    """Return the kinds of all that the catalogue has, in order."""
    least = select(func.min(_resources.kind).label("kind"))
    found = least.cte("found", recursive=True)
    # From one to the next in the index: a catalogue of a million has some dozen kinds.
    beyond = least.where(_resources.kind > found.c.kind).scalar_subquery()
    found = found.union_all(select(beyond).where(found.c.kind.is_not(None)))
    return tuple(tx.execute(select(found.c.kind).where(found.c.kind.is_not(None))).scalars())
