"""Find where failures began: in which run below, and after which event outside."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from operator import attrgetter

from sqlalchemy import Connection

from peninsula.core import causes
from peninsula.core.answers import FailedRun, LoggedEvent
from peninsula.core.resources import system_of
from peninsula.core.runs import Run
from peninsula.server.storage import bulk
from peninsula.server.storage.read import interned, run_rows
from peninsula.server.storage.read.chains import Step
from peninsula.server.storage.read.logged import COLUMNS, logged

__all__ = [
    "began_in",
    "events_at",
    "failed_run",
    "first_systems_of",
    "outside",
    "read_origins",
    "systems_of",
]


def read_origins(tx: Connection, chains: Mapping[int, Sequence[Step]]) -> dict[int, FailedRun]:
    """Return for each failed run the one in which its failure began: itself, or one below."""
    steps = [step for chain in chains.values() for step in chain]
    runs = run_rows.runs_by_number(tx, {step.run for step in steps if step.run is not None})
    led_by = {run: step for run, chain in chains.items() if (step := outside(chain)) is not None}
    events = events_at(tx, {step.position for step in led_by.values()})
    return {
        run: failed_run(
            began_in(runs[run], chain, runs),
            events[led_by[run].position] if run in led_by else None,
        )
        for run, chain in chains.items()
        if run in runs
    }


def began_in(failed: Run, chain: Sequence[Step], runs: Mapping[int, Run]) -> Run:
    """Return where the last event happened in its tree, or in that of a run by which it failed.

    The chain may lead on to what happened in other flows, which did not fail.
    """
    happened = [
        (step, runs[step.run]) for step in chain if step.run is not None and step.run in runs
    ]
    trees = {failed.root} | {run.root for step, run in happened if not step.outside}
    return next((run for _, run in reversed(happened) if run.root in trees), failed)


def outside(chain: Sequence[Step]) -> Step | None:
    """Return the event outside of runs that a chain leads to in the end."""
    return next((step for step in reversed(chain) if step.outside), None)


def facts(
    run: Run, chain: Sequence[Step], below: Iterable[Sequence[Step]], beside: Iterable[Step] = ()
) -> list[Step]:
    """Return the events outside that a failure follows: by its own chain, or beside it.

    A run that says only that others failed follows nothing: what led to these, by their chains,
    led to it.
    """
    if _says_that_others_failed(run, chain):
        return [step for steps in below if (step := outside(steps)) is not None]
    return [*filter(_is_outside, chain), *beside]


def _says_that_others_failed(run: Run, chain: Sequence[Step]) -> bool:
    return len(chain) <= 1 and causes.error_type(run.state.message) is None


def systems_of(tx: Connection, chains: Mapping[int, Sequence[Step]]) -> dict[int, str]:
    """Return by run the system whose event its failure follows, in the end."""
    return _systems(tx, {run: outside(chain) for run, chain in chains.items()})


def first_systems_of(tx: Connection, chains: Mapping[int, Sequence[Step]]) -> dict[int, str]:
    """Return by run the system in whose event its failure came to it: the call that failed."""
    first = {run: next(filter(_is_outside, chain), None) for run, chain in chains.items()}
    return _systems(tx, first)


_is_outside = attrgetter("outside")


def _systems(tx: Connection, steps: Mapping[int, Step | None]) -> dict[int, str]:
    numbers = {
        run: step.resource
        for run, step in steps.items()
        if step is not None and step.resource is not None
    }
    labels = interned.labels_of(tx, resources=set(numbers.values()))
    return {run: system_of(labels.resources[number]) for run, number in numbers.items()}


def events_at(tx: Connection, positions: Iterable[int]) -> dict[int, LoggedEvent]:
    """Return events by their positions."""
    statement = f"SELECT {COLUMNS} FROM events e WHERE e.position IN {{}}"
    rows = list(bulk.select_in(tx, statement, positions))
    return {event.position: event for event in logged(tx, rows)}


def failed_run(run: Run, led_by: LoggedEvent | None) -> FailedRun:
    """Return what is told of a run that failed."""
    return FailedRun(
        id=run.id,
        kind=run.kind,
        label=run.flow or run.task or "",
        name=run.name,
        state=run.state.type,
        message=run.state.message,
        error=causes.error_type(run.state.message),
        ended=run.ended,
        led_by=led_by,
    )
