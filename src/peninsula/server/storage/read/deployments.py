"""Find deployments with their schedules."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, Select, select

from peninsula.core import codec, pages
from peninsula.core.answers import Page
from peninsula.core.deployments import Collision, Deployment, full_name
from peninsula.core.errors import NotFoundError
from peninsula.core.filters import folded
from peninsula.core.pull_steps import decode_steps
from peninsula.core.schedules import Catchup, Rule, Schedule
from peninsula.server.storage import tables
from peninsula.server.storage.moments import moment
from peninsula.server.storage.read import walks

__all__ = [
    "deployment_by_id",
    "deployment_by_name",
    "deployments_of",
    "find_deployments",
    "schedule_of",
    "tags_of",
    "unknown",
]

_deployments = tables.deployments.c
_schedules = tables.schedules.c
_pools = tables.work_pools.c

BREAK: Final = "\n"
"""Before, between and behind tags: none has one, so it is found between two."""


def deployment_by_id(tx: Connection, id_: UUID) -> Deployment:
    """Return one deployment. Raises NotFoundError."""
    found = deployments_of(tx, _deployments.id == id_.bytes)
    if not found:
        raise unknown(str(id_))
    return found[0]


def deployment_by_name(tx: Connection, flow: str, name: str) -> Deployment:
    """Return one deployment. Raises NotFoundError."""
    found = deployments_of(tx, _deployments.flow == flow, _deployments.name == name)
    if not found:
        raise unknown(full_name(flow, name))
    return found[0]


def unknown(named: str) -> NotFoundError:
    """Return the error for a deployment that is not there."""
    return NotFoundError(
        f'No deployment "{named}". Those there are: "peninsula deployment ls". Make one with'
        ' "peninsula deploy" or flow.serve().'
    )


def deployments_of(tx: Connection, *conditions: ColumnElement[bool]) -> list[Deployment]:
    """Return the deployments that are so, by flow and name."""
    rows = tx.execute(
        _selected().where(*conditions).order_by(_deployments.flow, _deployments.name)
    ).all()
    return _whole(tx, rows)


def find_deployments(
    tx: Connection,
    *,
    named: str | None = None,
    flows: Sequence[str] = (),
    names: Sequence[str] = (),
    text: str | None = None,
    tags: Sequence[str] = (),
    pools: Sequence[str] = (),
    paused: bool | None = None,
    limit: int = 50,
    cursor: str | None = None,
) -> Page[Deployment]:
    """Return a page of deployments by flow and name; `named` is both: `etl/nightly`."""
    asked = (named, sorted(flows), sorted(names), text, sorted(tags), sorted(pools), paused)
    of = pages.digest("deployments", *asked)
    place = pages.read_cursor(cursor, of, (str, str)) if cursor is not None else None
    back = place is not None and place.back
    full = _deployments.flow + "/" + _deployments.name
    statement = _selected()
    if named is not None:
        statement = statement.where(full == named)
    if flows:
        statement = statement.where(_deployments.flow.in_(flows))
    if names:
        statement = statement.where(_deployments.name.in_(names))
    if pools:
        statement = statement.where(_pools.name.in_(pools))
    if paused is not None:
        statement = statement.where(_deployments.paused.is_(paused))
    if text is not None:
        found = walks.position_of(tx, walks.lower(tx, full), folded(text))
        statement = statement.where(found > 0)
    for tag in tags:
        line = f"{BREAK}{tag}{BREAK}"
        statement = statement.where(walks.position_of(tx, _deployments.tags, line) > 0)
    flow = walks.in_byte_order(tx, _deployments.flow)
    name = walks.in_byte_order(tx, _deployments.name)
    if place is not None:
        first, second = place.key
        beyond = flow < first if back else flow > first
        within = name < second if back else name > second
        statement = statement.where(beyond | ((_deployments.flow == first) & within))
    order = (flow.desc(), name.desc()) if back else (flow.asc(), name.asc())
    rows = tx.execute(statement.order_by(*order).limit(limit + 1)).all()
    page, following, preceding = pages.turn(rows, limit, place, of, _key)
    return Page(items=tuple(_whole(tx, page)), next=following, previous=preceding)


def _key(row: Any) -> pages.Key:
    return (row.flow, row.name)


def _selected() -> Select[Any]:
    return select(tables.deployments, _pools.name.label("pool_name")).outerjoin_from(
        tables.deployments, tables.work_pools, _pools.id == _deployments.work_pool
    )


def _whole(tx: Connection, rows: Iterable[Any]) -> list[Deployment]:
    rows = list(rows)
    found = tx.execute(
        select(tables.schedules)
        .where(_schedules.deployment.in_([bytes(row.id) for row in rows]))
        .order_by(_schedules.created, _schedules.id)
    )
    schedules: dict[bytes, list[Schedule]] = {}
    for row in found:
        schedules.setdefault(bytes(row.deployment), []).append(schedule_of(row))
    return [_deployment(row, schedules.get(bytes(row.id), [])) for row in rows]


def _deployment(row: Any, schedules: Sequence[Schedule]) -> Deployment:
    return Deployment(
        id=UUID(bytes=bytes(row.id)),
        flow=row.flow,
        name=row.name,
        version=row.version,
        description=row.description,
        tags=tags_of(row.tags),
        entrypoint=row.entrypoint,
        path=row.path,
        pull_steps=decode_steps(row.pull_steps.encode()),
        parameters=_object(row.parameters),
        parameter_schema=_object(row.parameter_schema),
        enforce_parameter_schema=row.enforce_parameter_schema,
        work_pool=row.pool_name,
        work_pool_id=UUID(bytes=bytes(row.work_pool)) if row.work_pool is not None else None,
        work_queue=row.work_queue,
        job_variables=_object(row.job_variables),
        paused=row.paused,
        concurrency_limit=row.concurrency_limit,
        collision_strategy=Collision(row.collision_strategy),
        schedules=tuple(schedules),
        created=moment(row.created),
        updated=moment(row.updated),
    )


def schedule_of(row: Any) -> Schedule:
    """Return the schedule that a row is."""
    return Schedule(
        id=UUID(bytes=bytes(row.id)),
        deployment=UUID(bytes=bytes(row.deployment)),
        rule=codec.decode(Rule, row.spec.encode()),  # type: ignore[arg-type]  # a union is no class
        timezone=row.timezone,
        active=row.active,
        parameters=_object(row.parameters),
        catchup=Catchup(row.catchup),
        jitter=row.jitter,
        slug=row.slug,
        anchor=moment(row.anchor),
        next=moment(row.next) if row.next is not None else None,
        created=moment(row.created),
        updated=moment(row.updated),
    )


def _object(stored: str) -> dict[str, Any]:
    return codec.decode(dict[str, Any], stored.encode())


def tags_of(stored: str) -> tuple[str, ...]:
    """Return tags as they are stored: a line each, one line break before all."""
    return tuple(stored.split(BREAK)[1:-1])
