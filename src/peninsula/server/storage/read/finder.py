"""Find a few of everything by name or id, within bounds that do not grow with the log."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, Select, func, or_, select

from peninsula.core.answers import Hit, HitKind, Hits
from peninsula.core.filters import folded
from peninsula.core.runs import RunKind
from peninsula.server.storage import tables
from peninsula.server.storage.read import flows, run_rows, systems, walks
from peninsula.server.storage.read.identified import (
    artifact_hit,
    block_hits,
    find_by_id,
    flow_hit,
    resource_hit,
    run_hits,
    variable_hits,
)

__all__ = ["find_anything"]

RUNS: Final = 5_000
"""Flow runs, and as many task runs, whose names and ends of ids are looked at, the newest."""

RESOURCES: Final = 20_000
"""Resources whose ids and names are looked at, those with the latest events."""

ARTIFACTS: Final = 2_000
"""Artifacts whose keys are looked at, the newest."""

_END = re.compile(r"(?:[0-9a-f]{2}){3,16}")
"""What may be how an id ends, which is how pages tell apart those of one hour."""

_runs = tables.runs.c
_resources = tables.resources.c
_artifacts = tables.artifacts.c
_blocks = tables.block_documents.c
_variables = tables.variables.c


def find_anything(tx: Connection, text: str, *, limit: int = 5) -> Hits:
    """Return up to `limit` of each kind."""
    wanted = folded(text)
    found = (
        *_flows(tx, wanted, limit),
        *find_by_id(tx, text, limit),
        *_some(_runs_by_end(tx, wanted, limit), wanted, limit),
        *_some(_runs_by_name(tx, RunKind.FLOW_RUN, wanted, limit), wanted, limit),
        *_some(_runs_by_name(tx, RunKind.TASK_RUN, wanted, limit), wanted, limit),
        *_some(_resources_by_name(tx, wanted, limit), wanted, limit),
        *_some(block_hits(tx, _saying(tx, _blocks.name, wanted), limit), wanted, limit),
        *_some(_artifacts_by_key(tx, wanted, limit), wanted, limit),
        *_some(variable_hits(tx, _saying(tx, _variables.name, wanted), limit), wanted, limit),
    )
    return Hits(items=tuple({(hit.kind, hit.id): hit for hit in found}.values()))


def _some(hits: Iterator[Hit], wanted: str, limit: int) -> list[Hit]:
    return sorted(hits, key=lambda hit: not folded(hit.name).startswith(wanted))[:limit]


def _saying(tx: Connection, column: ColumnElement[Any], wanted: str) -> ColumnElement[bool]:
    return walks.position_of(tx, walks.lower(tx, column), wanted) > 0


# --- runs ----------------------------------------------------------------------------------------


def _flows(tx: Connection, wanted: str, limit: int) -> list[Hit]:
    return [flow_hit(name) for name in flows.names_like(tx, wanted, limit)]


def _runs_by_end(tx: Connection, text: str, limit: int) -> Iterator[Hit]:
    if not _END.fullmatch(text):
        return
    end = bytes.fromhex(text)
    uuid = tables.run_ids.c.uuid
    for kind in RunKind:
        newest = _newest(kind).subquery()
        few = (
            select(newest.c.id)
            .join(tables.run_ids, tables.run_ids.c.id == newest.c.id)
            .where(func.substr(uuid, 17 - len(end)) == end)
            .limit(limit)
        )
        yield from run_hits(tx, run_rows.selected_runs().where(_runs.id.in_(few)))


def _newest(kind: RunKind) -> Select[Any]:
    return (
        select(_runs.id, _runs.name, _runs.task_name, _runs.expected)
        .where(_runs.task == (kind is RunKind.TASK_RUN))
        .order_by(_runs.expected.desc(), _runs.id.desc())
        .limit(RUNS)
    )


def _runs_by_name(tx: Connection, kind: RunKind, wanted: str, limit: int) -> Iterator[Hit]:
    newest = _newest(kind).subquery()
    # Of a flow there is a page; of a task its newest runs are what there is to see.
    names = (newest.c.name, newest.c.task_name)
    few = (
        select(newest.c.id)
        .where(or_(*(_saying(tx, name, wanted) for name in names)))
        .order_by(newest.c.expected.desc(), newest.c.id.desc())
        .limit(limit)
    )
    chosen = run_rows.selected_runs().where(_runs.id.in_(few))
    yield from run_hits(tx, chosen.order_by(_runs.expected.desc(), _runs.id.desc()))


# --- what else there is --------------------------------------------------------------------------


def _resources_by_name(tx: Connection, wanted: str, limit: int) -> Iterator[Hit]:
    catalogue, described = tables.catalogue.c, tables.descriptions.c
    newest = (
        select(_resources.text, _resources.kind, described.name, catalogue.last)
        .join_from(tables.catalogue, tables.resources, _resources.id == catalogue.resource)
        .outerjoin(tables.descriptions, described.resource == catalogue.resource)
        .where(_resources.kind.not_in((*systems.OURS, HitKind.VARIABLE.value, HitKind.BLOCK.value)))
        .order_by(catalogue.last.desc(), _resources.text)
        .limit(RESOURCES)
        .subquery()
    )
    columns = newest.c
    rows = tx.execute(
        select(newest)
        .where(or_(_saying(tx, columns.text, wanted), _saying(tx, columns.name, wanted)))
        .order_by(columns.last.desc(), columns.text)
        .limit(limit)
    )
    yield from map(resource_hit, rows)


def _artifacts_by_key(tx: Connection, wanted: str, limit: int) -> Iterator[Hit]:
    """Yield of each key the newest."""
    newest = (
        select(_artifacts.id, _artifacts.key, _artifacts.kind, _artifacts.created)
        .order_by(_artifacts.created.desc(), _artifacts.id.desc())
        .limit(ARTIFACTS)
        .subquery()
    )
    rows = tx.execute(
        select(newest)
        .where(_saying(tx, newest.c.key, wanted))
        .order_by(newest.c.created.desc(), newest.c.id.desc())
    )
    seen: set[str] = set()
    for row in rows:
        if row.key not in seen and len(seen) < limit:
            seen.add(row.key)
            yield artifact_hit(row)
