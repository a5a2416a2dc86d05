"""Read why a run failed: what its failure follows, and what happened before to what it touched."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final, NamedTuple
from uuid import UUID

from sqlalchemy import Connection

from peninsula.core import causes
from peninsula.core.answers import LoggedEvent, Suspect, Why
from peninsula.core.resources import kind_of, system_of
from peninsula.core.runs import Run, RunKind
from peninsula.core.states import StateType
from peninsula.server.storage import tables
from peninsula.server.storage.read import (
    chains,
    nearby,
    origins,
    run_rows,
    subtree,
    suspicions,
    trees,
)
from peninsula.server.storage.read.touched import read_touched

__all__ = ["read_why"]

BELOW: Final = 50
"""Failed runs below that are told of."""

_runs = tables.runs.c
_FAILED: Final = (StateType.FAILED, StateType.CRASHED)


class _Failed(NamedTuple):
    """What is asked about."""

    run: Run
    number: int
    root: int


def read_why(tx: Connection, kind: RunKind, id_: UUID) -> Why:
    """Return why the run failed. Raises NotFoundError."""
    number, root = trees.run_and_root(tx, kind, id_)
    asked = _Failed(run_rows.run_by_id(tx, kind, id_), number, root)
    failed = asked.run.state.type in _FAILED
    message = asked.run.state.message if failed else None
    until = asked.run.state.timestamp
    since = until - causes.WINDOW
    return Why(
        run=asked.run,
        failed=failed,
        message=message,
        error=causes.error_type(message),
        since=since,
        until=until,
        **(_told(tx, asked) if failed else _NOTHING | {"reached": since}),
    )


_NOTHING: Final[dict[str, Any]] = {
    "chain": (),
    "names": {},
    "origin": None,
    "cause": None,
    "suspects": (),
    "below": (),
    "touched": 0,
    "watched": {},
    "partial": False,
}


def _told(tx: Connection, asked: _Failed) -> dict[str, Any]:
    below = _below(tx, asked)
    followed = chains.chains_of(tx, [asked.number, *(row.number for row in below)])
    chain = followed.get(asked.number, [])
    led_by = {run: step for run, steps in followed.items() if (step := origins.outside(steps))}
    runs = run_rows.runs_by_number(tx, {step.run for step in chain if step.run is not None})
    linked = _linked(tx, asked, chain, [followed.get(row.number, []) for row in below])
    positions = {step.position for step in (*chain, *led_by.values())}
    events = origins.events_at(tx, positions | linked.keys())
    began = origins.began_in(asked.run, chain, runs)
    touched = read_touched(tx, asked.number, asked.root)
    failure = suspicions.failure_of(asked.run, began, touched.since)
    near = nearby.read_nearby(tx, failure, asked.root, touched)
    facts = [events[at] for at in linked]
    suspects = suspicions.suspicions(tx, asked.root, failure, facts, near)
    cause = causes.probable(suspects)
    known = {event.id: event for event in (*near.others, *near.own, *facts)}
    led = led_by.get(asked.number)
    return {
        "chain": tuple(events[step.position] for step in chain),
        "names": {run.id: run.name for run in runs.values()},
        "origin": None
        if began.id == asked.run.id
        else origins.failed_run(began, events[led.position] if led else None),
        "cause": None if cause is None else cause.seen.id,
        "suspects": tuple(_suspect(one, known[one.seen.id], asked.run) for one in suspects),
        "below": tuple(
            origins.failed_run(
                run_rows.run_of(row),
                events[led_by[row.number].position] if row.number in led_by else None,
            )
            for row in below
        ),
        "reached": near.reached,
        "touched": len(failure.touched),
        "watched": nearby.read_watched(tx, failure, near.reached),
        "partial": near.partial,
    }


# --- what the failure follows --------------------------------------------------------------------


def _linked(
    tx: Connection,
    asked: _Failed,
    chain: Sequence[chains.Step],
    below: Iterable[Sequence[chains.Step]],
) -> dict[int, None]:
    """Return where the events outside are that are facts."""
    beside = chains.beside(tx, {asked.number: asked.run})[asked.number]
    facts = origins.facts(asked.run, chain, below, beside)
    return dict.fromkeys(step.position for step in facts)


def _below(tx: Connection, asked: _Failed) -> Sequence[Any]:
    return tx.execute(
        run_rows.selected_runs()
        .where(
            _runs.id.in_(subtree.members(asked.number, asked.root)),
            _runs.id != asked.number,
            _runs.state_type.in_([type_.value for type_ in _FAILED]),
        )
        .order_by(_runs.state_at, _runs.id)
        .limit(BELOW)
    ).all()


# --- who is suspected ----------------------------------------------------------------------------


def _suspect(suspicion: causes.Suspicion, event: LoggedEvent, run: Run) -> Suspect:
    # What happened until a crash was seen is looked at; said is how long before the end it was.
    ended = run.ended or run.state.timestamp
    return Suspect(
        strength=suspicion.strength,
        evidence=tuple(one for one in causes.Evidence if one in suspicion.evidence),
        event=event,
        system=system_of(event.resource.id),
        kind=kind_of(event.resource.id),
        before=(ended - event.occurred).total_seconds(),
        history=suspicion.history,
        dismissed=suspicion.dismissed,
    )
