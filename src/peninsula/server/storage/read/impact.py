"""Read what depends on a resource: who failed with it, who passed, who will use it next."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import Connection

from peninsula.core.answers import Impact, ImpactedRun
from peninsula.core.states import StateType
from peninsula.server.storage import bulk
from peninsula.server.storage.moments import moment
from peninsula.server.storage.read import chains, health, run_rows

__all__ = ["read_impact"]

FOLLOWED: Final = 1_000
"""Failed runs of which it is read what they follow, the last ones."""


def read_impact(
    tx: Connection, id_: str, since: datetime, until: datetime, *, limit: int
) -> Impact:
    """Return the impact of a resource in a time. Raises NotFoundError."""
    resource = health.number_of(tx, id_)
    touches, bounded = health.touching(tx, resource, since, until)
    latest = touches[::-1]
    failed = [touch for touch in latest if touch.state in health.FAILED]
    passed = [touch for touch in latest if touch.state is StateType.COMPLETED]
    over = {*failed, *passed}
    other = [touch for touch in latest if touch not in over]
    shown = [group[:limit] for group in (failed, passed, other)]
    runs = run_rows.runs_by_number(tx, (touch.run for group in shown for touch in group))
    linked = _linked(tx, resource, [touch.run for touch in shown[0][:FOLLOWED]])
    impacted = [
        tuple(
            ImpactedRun(run=runs[touch.run], touched=moment(touch.last), linked=touch.run in linked)
            for touch in group
        )
        for group in shown
    ]
    return Impact(
        resource=id_,
        since=since,
        until=until,
        failed=impacted[0],
        passed=impacted[1],
        other=impacted[2],
        counts=(len(failed), len(passed), len(other)),
        next=health.to_come(tx, dict.fromkeys(touch.flow for touch in latest)),
        deployments=health.deployments_using(tx, touches),
        partial=bounded,
    )


def _linked(tx: Connection, resource: int, runs: Sequence[int]) -> set[int]:
    """Return the runs whose failure follows an event that the resource is in."""
    followed = chains.chains_of(tx, runs)
    positions = {step.position for chain in followed.values() for step in chain if step.outside}
    named = f"SELECT position FROM links WHERE resource = {resource} AND position IN {{}}"
    about = {row[0] for row in bulk.select_in(tx, named, positions)}
    return {run for run, chain in followed.items() if any(step.position in about for step in chain)}
