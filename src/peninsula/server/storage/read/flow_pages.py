"""Read how one flow does: how long it takes, and what became of each task in its newest runs."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import quantiles
from typing import Any, Final

from sqlalchemy import Connection, select

from peninsula.core.answers import FlowDetail
from peninsula.core.errors import NotFoundError
from peninsula.core.runs import Run
from peninsula.core.states import StateType
from peninsula.server.storage import tables
from peninsula.server.storage.read import flows, run_rows

__all__ = ["durations_of", "read_flow", "unknown"]

NEWEST: Final = 1_000
"""Runs by which a flow is judged."""

_runs = tables.runs.c
_FAILED: Final = frozenset({StateType.FAILED, StateType.CRASHED})


def read_flow(tx: Connection, name: str) -> FlowDetail:
    """Return a flow with how long it takes. Raises NotFoundError."""
    newest = _newest(tx, name)
    if not newest:
        raise unknown(name)
    p50, p95 = _percentiles(newest)
    flow = flows.flow_named(tx, name)
    return FlowDetail(
        id=flow.id,
        name=flow.name,
        runs=flow.runs,
        types=flow.types,
        last=flow.last,
        p50=p50,
        p95=p95,
        last_success=_first(tx, newest, frozenset({StateType.COMPLETED})),
        last_failure=_first(tx, newest, _FAILED),
    )


def _newest(tx: Connection, name: str | None) -> Sequence[Any]:
    return tx.execute(
        select(_runs.id, _runs.state_type, _runs.started, _runs.ended)
        .where(_runs.flow == name)
        .order_by(_runs.expected.desc(), _runs.id.desc())
        .limit(NEWEST)
    ).all()


def unknown(name: str) -> NotFoundError:
    """Return the error for a flow of which no run has reported."""
    return NotFoundError(f"No flow {name[:200]!r}. No run of it has reported here.")


def durations_of(tx: Connection, name: str | None) -> tuple[float | None, float | None]:
    """Return the median and the 95th percentile of the flow's completed runs, in seconds."""
    return _percentiles(_newest(tx, name))


def _percentiles(rows: Sequence[Any]) -> tuple[float | None, float | None]:
    lasted = [
        (row.ended - row.started) / 1_000_000
        for row in rows
        if row.state_type == StateType.COMPLETED and row.started is not None
    ]
    if not lasted:
        return None, None
    if len(lasted) == 1:
        return lasted[0], lasted[0]
    cuts = quantiles(lasted, n=20, method="inclusive")
    return cuts[9], cuts[18]


def _first(tx: Connection, rows: Sequence[Any], types: frozenset[StateType]) -> Run | None:
    number = next((row.id for row in rows if row.state_type in types), None)
    return run_rows.runs_by_number(tx, [number])[number] if number is not None else None
