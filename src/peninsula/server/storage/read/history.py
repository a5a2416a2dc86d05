"""Read the past that a failure is judged by: the last runs of the flow, and what was in them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from sqlalchemy import Connection, select

from peninsula.core import causes
from peninsula.core.filters import EventFilter
from peninsula.core.resources import system_of
from peninsula.core.states import StateType
from peninsula.server.storage import tables
from peninsula.server.storage.moments import micros, moment
from peninsula.server.storage.read import interned, origins, walks
from peninsula.server.storage.read.chains import chains_of
from peninsula.server.storage.read.search import Walk, search

__all__ = ["followers", "past_runs", "sightings"]

PAST: Final = 50
"""Runs of the flow that history is made of."""

SIGHTED: Final = 2_000
"""Events of one suspect's kind that history looks at."""

_runs = tables.runs.c
_FAILED: Final = (StateType.FAILED, StateType.CRASHED)


def past_runs(tx: Connection, root: int) -> tuple[causes.PastRun, ...]:
    """Return the last runs of a flow that are over, up to this one."""
    this = tx.execute(select(_runs.flow, _runs.expected).where(_runs.id == root)).first()
    if this is None or this.flow is None:
        return ()
    rows = tx.execute(
        select(_runs.id, _runs.created, _runs.started, _runs.ended, _runs.state_type)
        .where(_runs.flow == this.flow, _runs.expected <= this.expected)
        .order_by(_runs.expected.desc(), _runs.id.desc())
        .limit(PAST)
    ).all()
    return tuple(
        causes.PastRun(
            run=row.id,
            began=moment(row.created if row.started is None else row.started),
            ended=moment(row.ended),
            failed=row.state_type in _FAILED,
        )
        for row in rows
        if row.ended is not None and row.state_type in {*_FAILED, StateType.COMPLETED}
    )


def sightings(
    tx: Connection, seen: causes.Seen, past: Sequence[causes.PastRun]
) -> list[causes.Sighting]:
    """Return when an event of that name happened to that system, since the first of those runs."""
    wanted = EventFilter(names=(seen.name,), involves=(system_of(seen.resource),))
    found = walks.criteria(tx, wanted)
    if found is None or not past:
        return []
    after = min(run.began for run in past) - causes.WINDOW
    before = max(run.ended for run in past)
    walk = Walk(timed=True, after=micros(after), before=micros(before) + 1)
    rows, _ = search(tx, found, walk, SIGHTED, columns="e.occurred, e.root")
    return [causes.Sighting(occurred=moment(at), root=root) for at, root in rows]


def followers(
    tx: Connection, seen: causes.Seen, past: Sequence[causes.PastRun]
) -> list[causes.Sighting]:
    """Return an event of that name on that system once for each run whose failure follows one.

    It may have happened long before: a password runs out in the evening, and a run fails at night.
    """
    failures = [run.run for run in past if run.failed]
    alike = interned.name_numbers(tx, (seen.name,))
    led = [
        (run, step.position)
        for run, chain in chains_of(tx, failures).items()
        for step in chain
        if step.outside and step.run is None and step.name in alike
    ]
    events = origins.events_at(tx, {position for _, position in led})
    return [
        causes.Sighting(occurred=events[position].occurred, root=run)
        for run, position in led
        if system_of(events[position].resource.id) == system_of(seen.resource)
    ]
