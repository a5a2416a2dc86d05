"""Read how one flow does: how long it takes, and what became of each task in its newest runs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
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
_FAILED: Final = (StateType.FAILED, StateType.CRASHED)


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
        judged=len(newest),
        p50=p50,
        p95=p95,
        last_success=_last(tx, name, (StateType.COMPLETED,)),
        last_failure=_last(tx, name, _FAILED),
    )


def _newest(tx: Connection, name: str | None) -> Sequence[Any]:
    return tx.execute(
        select(_runs.state_type, _runs.started, _runs.ended)
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


def _last(tx: Connection, name: str, types: Iterable[StateType]) -> Run | None:
    """Return the run in one of these states that was expected last: state by state, as indexed."""
    found = [
        tx.execute(
            run_rows.selected_runs()
            .where(_runs.flow == name, _runs.state_type == type_.value)
            .order_by(_runs.expected.desc())
            .limit(1)
        ).first()
        for type_ in types
    ]
    last = max((row for row in found if row), key=lambda row: row.expected, default=None)
    return run_rows.run_of(last) if last is not None else None
