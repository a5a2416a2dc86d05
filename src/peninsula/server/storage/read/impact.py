"""Read what depends on a resource: who failed with it, who passed, who will use it next."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from sqlalchemy import Connection

from peninsula.core.answers import Impact, ImpactedRun
from peninsula.core.runs import Run
from peninsula.core.states import StateType
from peninsula.server.storage import bulk
from peninsula.server.storage.moments import moment
from peninsula.server.storage.read import chains, health, origins, run_rows
from peninsula.server.storage.read.facts import standing, steps_of

__all__ = ["read_impact"]

FOLLOWED: Final = 1_000
"""Failed runs of which it is read what they follow, the last ones."""


def read_impact(
    tx: Connection, id_: str, since: datetime, until: datetime, *, limit: int
) -> Impact:
    """Return the impact of a resource in a time. Raises NotFoundError."""
    resource = health.number_of(tx, id_)
    touches, reached = health.touching(tx, resource, since, until)
    latest = touches[::-1]
    failed = [touch for touch in latest if touch.state in health.FAILED]
    passed = [touch for touch in latest if touch.state is StateType.COMPLETED]
    over = {*failed, *passed}
    other = [touch for touch in latest if touch not in over]
    shown = [group[:limit] for group in (failed, passed, other)]
    followed = failed[:FOLLOWED]
    told = (touch.run for group in (*shown, followed) for touch in group)
    runs = run_rows.runs_by_number(tx, dict.fromkeys(told))
    linked = _linked(tx, resource, {touch.run: runs[touch.run] for touch in followed})
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
        linked=len(linked),
        followed=len(followed),
        next=health.to_come(tx, dict.fromkeys(touch.flow for touch in latest)),
        deployments=health.deployments_using(tx, touches),
        partial=reached is not None,
    )


def _linked(tx: Connection, resource: int, runs: Mapping[int, Run]) -> set[int]:
    """Return the runs whose failure follows an event that the resource is in.

    Events that someone said are not the cause of that failure do not count.
    """
    steps = steps_of(tx, runs, chains.chains_of(tx, runs))
    facts = {number: {step.position for step in each} for number, each in steps.items()}
    positions = {position for each in facts.values() for position in each}
    named = f"SELECT position FROM links WHERE resource = {resource} AND position IN {{}}"
    about = {row[0] for row in bulk.select_in(tx, named, positions)}
    events = origins.events_at(tx, about)
    left = standing(
        tx,
        {
            runs[number].id: [events[position] for position in each & about]
            for number, each in facts.items()
        },
    )
    return {number for number, run in runs.items() if left.get(run.id)}
