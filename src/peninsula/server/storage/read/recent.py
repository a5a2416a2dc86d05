"""Find the newest runs of a flow, or of one of its deployments, by the index of flows."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Connection, Select, select

from peninsula.core.runs import Run
from peninsula.core.states import StateType
from peninsula.server.storage import tables
from peninsula.server.storage.read import run_rows

__all__ = ["among", "last_runs"]

_runs = tables.runs.c
_deployments = tables.deployments.c

SCANNED: Final = 5_000
"""Newest runs of a flow, among which those of one deployment are looked for: no index has them."""


def among(
    flow: str, deployment: UUID | None, limit: int, before: int | None = None
) -> Select[tuple[int]]:
    """Select the numbers of the newest runs, those expected before a moment."""
    newest = _newest(flow, limit if deployment is None else SCANNED, before).subquery().c
    found = select(newest.id)
    if deployment is None:
        return found
    found = found.where(newest.deployment == deployment.bytes)
    return found.order_by(newest.expected.desc(), newest.id.desc()).limit(limit)


def last_runs(tx: Connection, deployments: Iterable[UUID]) -> list[Run]:
    """Return of each deployment the newest run that does not wait to begin, where there is one."""
    ids = [id_.bytes for id_ in deployments]
    rows = tx.execute(select(_deployments.id, _deployments.flow).where(_deployments.id.in_(ids)))
    found: list[Any] = [tx.execute(_begun(bytes(row.id), row.flow)).scalar() for row in rows.all()]
    numbers: list[int] = [number for number in found if number is not None]
    return list(run_rows.runs_by_number(tx, numbers).values())


def _begun(deployment: bytes, flow: str) -> Select[tuple[int]]:
    newest = _newest(flow, SCANNED).subquery().c
    return (
        select(newest.id)
        .where(newest.deployment == deployment, newest.state_type != StateType.SCHEDULED)
        .order_by(newest.expected.desc(), newest.id.desc())
        .limit(1)
    )


def _newest(flow: str, limit: int, before: int | None = None) -> Select[Any]:
    columns = (_runs.id, _runs.expected, _runs.deployment, _runs.state_type)
    newest = select(*columns).where(_runs.flow == flow)
    if before is not None:
        newest = newest.where(_runs.expected < before)
    return newest.order_by(_runs.expected.desc(), _runs.id.desc()).limit(limit)
