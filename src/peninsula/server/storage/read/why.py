"""Read why a run failed: what its failure follows, and what happened before to what it touched."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final, NamedTuple
from uuid import UUID

from sqlalchemy import Connection, func, select

from peninsula.core import causes
from peninsula.core.answers import FailedRun, LoggedEvent, Suspect, Why
from peninsula.core.filters import EventFilter
from peninsula.core.resources import kind_of, system_of
from peninsula.core.runs import Run, RunKind
from peninsula.core.states import StateType
from peninsula.server.storage import bulk, tables
from peninsula.server.storage.moments import micros
from peninsula.server.storage.read import (
    chains,
    history,
    origins,
    run_rows,
    subtree,
    trees,
    walks,
)
from peninsula.server.storage.read.logged import COLUMNS, logged
from peninsula.server.storage.read.search import Walk, search

__all__ = ["read_why"]

BELOW: Final = 50
"""Failed runs below that are told of."""

TOUCHED: Final = 50
"""Resources whose events are looked for: those touched last."""

MEMBERS: Final = 500
"""Runs below a run in the middle of a tree whose touches are looked at."""

NEAR: Final = 200
"""Events before the failure that are weighed, the nearest."""

PASSED: Final = 20_000
"""Events in the time before the failure that are counted, the newest."""

_runs = tables.runs.c
_touches = tables.touches.c
_FAILED: Final = (StateType.FAILED, StateType.CRASHED)


class _Failure(NamedTuple):
    """What is asked about."""

    run: Run
    number: int
    root: int

    @property
    def at(self) -> datetime:
        return self.run.state.timestamp


def read_why(tx: Connection, kind: RunKind, id_: UUID) -> Why:
    """Return why the run failed. Raises NotFoundError."""
    number, root = trees.run_and_root(tx, kind, id_)
    failure = _Failure(run_rows.run_by_id(tx, kind, id_), number, root)
    failed = failure.run.state.type in _FAILED
    message = failure.run.state.message if failed else None
    told = _told(tx, failure) if failed else _NOTHING
    return Why(
        run=failure.run,
        failed=failed,
        message=message,
        error=causes.error_type(message),
        since=failure.at - causes.WINDOW,
        until=failure.at,
        **told,
    )


_NOTHING: Final[Mapping[str, Any]] = {
    "chain": (),
    "names": {},
    "origin": None,
    "suspects": (),
    "below": (),
    "touched": 0,
    "watched": {},
    "partial": False,
}


def _told(tx: Connection, failure: _Failure) -> dict[str, Any]:
    below = _below(tx, failure)
    followed = chains.chains_of(tx, [failure.number, *(row.number for row in below)])
    chain = followed.get(failure.number, [])
    led_by = {run: step for run, steps in followed.items() if (step := origins.outside(steps))}
    runs = run_rows.runs_by_number(tx, {step.run for step in chain if step.run is not None})
    events = origins.events_at(tx, {step.position for step in (*chain, *led_by.values())})
    touched = _touched(tx, failure)
    near, partial = _near(tx, failure, touched)
    linked = {at: events[at] for at in _linked(failure, chain, led_by)}
    suspicions = causes.suspects(
        failure.at, [_seen(event) for event in linked.values()], map(_seen, near)
    )
    known = {event.id: event for event in (*near, *linked.values())}
    return {
        "chain": tuple(events[step.position] for step in chain),
        "names": {run.id: run.name for run in runs.values()},
        "origin": _origin(failure, chain, runs, led_by, events),
        "suspects": _suspects(tx, failure, suspicions, known),
        "below": tuple(
            origins.failed_run(
                run_rows.run_of(row),
                events[led_by[row.number].position] if row.number in led_by else None,
            )
            for row in below
        ),
        "touched": len(touched),
        "watched": _watched(tx, failure.at),
        "partial": partial,
    }


# --- what the failure follows --------------------------------------------------------------------


def _linked(
    failure: _Failure, chain: Sequence[chains.Step], led_by: Mapping[int, chains.Step]
) -> dict[int, None]:
    """Return which events outside are facts: those of its own chain.

    A run that says only that others failed follows nothing: what led to these led to it.
    """
    alone = len(chain) <= 1 and causes.error_type(failure.run.state.message) is None
    runs = led_by if alone else led_by.keys() & {failure.number}
    return dict.fromkeys(led_by[run].position for run in runs)


def _origin(
    failure: _Failure,
    chain: Sequence[chains.Step],
    runs: Mapping[int, Run],
    led_by: Mapping[int, chains.Step],
    events: Mapping[int, LoggedEvent],
) -> FailedRun | None:
    """Return the run below in which the failure began."""
    began = origins.began_in(failure.run, chain, runs)
    if began.id == failure.run.id:
        return None
    led = led_by.get(failure.number)
    return origins.failed_run(began, events[led.position] if led else None)


def _below(tx: Connection, failure: _Failure) -> Sequence[Any]:
    return tx.execute(
        run_rows.selected_runs()
        .where(
            _runs.id.in_(subtree.members(failure.number, failure.root)),
            _runs.id != failure.number,
            _runs.state_type.in_([type_.value for type_ in _FAILED]),
        )
        .order_by(_runs.state_at, _runs.id)
        .limit(BELOW)
    ).all()


# --- what happened before ------------------------------------------------------------------------


def _touched(tx: Connection, failure: _Failure) -> set[str]:
    """Return the ids of what the run and those below it touched."""
    runs = [failure.number]
    if failure.root != failure.number:
        runs = subtree.numbers(tx, failure.number, limit=MEMBERS)
    resources = tables.resources.c
    last = func.max(_touches.last)
    found = tx.execute(
        select(resources.text)
        .join_from(tables.touches, tables.resources, resources.id == _touches.resource)
        .where(_touches.run.in_(runs))
        .group_by(resources.text)
        .order_by(last.desc(), resources.text)
        .limit(TOUCHED)
    )
    return set(found.scalars())


def _near(
    tx: Connection, failure: _Failure, touched: set[str]
) -> tuple[tuple[LoggedEvent, ...], bool]:
    """Return events before the failure that name what it touched, but none of its own tree."""
    found = walks.criteria(tx, EventFilter(involves=tuple(sorted(touched)))) if touched else None
    if found is None:
        return (), False
    until = micros(failure.at) + 1
    walk = Walk(timed=True, after=micros(failure.at - causes.WINDOW), before=until)
    foreign = walks.Criterion(
        condition=walks.Sql(f"(e.root IS NULL OR e.root + 0 <> {failure.root})")
    )
    rows, bound = search(tx, [*found, foreign], walk, NEAR, columns=COLUMNS)
    # A system's links hold what happened to anything in it: only what the run touched counts.
    near = tuple(event for event in logged(tx, rows) if not touched.isdisjoint(_named(event)))
    return near, bound is not None or len(rows) == NEAR


def _named(event: LoggedEvent) -> set[str]:
    return {event.resource.id, *(related.id for related in event.related)}


def _seen(event: LoggedEvent) -> causes.Seen:
    return causes.Seen(
        id=event.id,
        name=event.event,
        resource=event.resource.id,
        occurred=event.occurred,
        in_run=event.run is not None,
    )


def _watched(tx: Connection, failed: datetime) -> dict[str, int]:
    """Return of which kinds of resources events told in the time before."""
    statement = (
        "SELECT r.kind, count(*) FROM (SELECT resource FROM events WHERE occurred >= ?"
        f" AND occurred <= ? ORDER BY occurred DESC LIMIT {PASSED}) AS w"
        " JOIN resources r ON r.id = w.resource GROUP BY r.kind ORDER BY r.kind"
    )
    rows = bulk.run(tx, statement, micros(failed - causes.WINDOW), micros(failed))
    return dict(map(tuple, rows.all()))


# --- who is suspected ----------------------------------------------------------------------------


def _suspects(
    tx: Connection,
    failure: _Failure,
    suspicions: Sequence[causes.Suspicion],
    events: Mapping[UUID, LoggedEvent],
) -> tuple[Suspect, ...]:
    past = history.past_runs(tx, failure.root) if suspicions else ()
    weighed = [(suspicion, _history(tx, suspicion, past)) for suspicion in suspicions]
    return tuple(
        Suspect(
            strength=suspicion.strength,
            event=events[suspicion.seen.id],
            system=system_of(suspicion.seen.resource),
            kind=kind_of(suspicion.seen.resource),
            before=(failure.at - suspicion.seen.occurred).total_seconds(),
            history=occurrence,
        )
        for suspicion, occurrence in weighed
        if causes.speaks(suspicion, occurrence)
    )


def _history(
    tx: Connection, suspicion: causes.Suspicion, past: Sequence[causes.PastRun]
) -> causes.Occurrence:
    sightings = history.sightings(tx, suspicion.seen, past)
    if suspicion.strength is causes.Strength.LINKED and not suspicion.seen.in_run:
        sightings += history.followers(tx, suspicion.seen, past)
    return causes.occurrence(past, sightings, suspicion.strength)
