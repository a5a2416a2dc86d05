"""Put failed runs together that seem to have failed for one reason."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import islice
from typing import Final, NamedTuple
from uuid import UUID

from sqlalchemy import Connection

from peninsula.core.answers import FailedRun, FailureGroup
from peninsula.core.causes import Strength, error_type
from peninsula.core.resources import kind_of, system_of
from peninsula.core.runs import Run
from peninsula.core.states import StateType
from peninsula.server.storage import bulk
from peninsula.server.storage.read import chains, interned, nearby, origins, suspicions

__all__ = ["read_incidents"]

SHOWN: Final = 5
"""Runs that a group shows whole."""

LOOKED_AT: Final = 20
"""Newest runs of a flow among which the last that is over is looked for."""

SUSPECTED: Final = 10
"""Groups without a linked cause of whose newest failure the probable one is looked for: those that
failed last. Each takes a few ms."""

_SURENESS: Final = list(Strength)


class _Cause(NamedTuple):
    system: str | None
    error: str | None
    flow: str | None
    """Errors without a system are put together only within one flow."""


def read_incidents(tx: Connection, failed: Sequence[Run]) -> tuple[FailureGroup, ...]:
    """Return failed runs at the top, the newest first, by their probable cause.

    Those that follow an event of one system belong together, and those of which such an event is
    the likely cause. Of the rest, runs of one flow with one error.
    """
    numbers = interned.run_numbers(tx, [run.id for run in failed])
    followed = chains.chains_of(tx, numbers.values())
    systems = origins.systems_of(tx, followed)
    grouped: dict[_Cause, list[Run]] = {}
    for run in failed:
        system = systems.get(numbers[run.id])
        error = None if system else error_type(run.state.message) or run.state.name
        cause = _Cause(system, error, None if system else run.flow)
        grouped.setdefault(cause, []).append(run)
    strengths = dict.fromkeys((cause for cause in grouped if cause.system), Strength.LINKED)
    grouped = _with_likely(tx, grouped, strengths, numbers)
    newest = {numbers[runs[0].id] for runs in grouped.values()}
    began = origins.read_origins(tx, {run: followed[run] for run in newest & followed.keys()})
    well = _recovered(tx, {run.flow for run in failed if run.flow is not None})
    return tuple(
        _group(cause, runs, strengths.get(cause), began.get(numbers[runs[0].id]), well)
        for cause, runs in grouped.items()
    )


def _with_likely(
    tx: Connection,
    grouped: Mapping[_Cause, Sequence[Run]],
    strengths: dict[_Cause, Strength],
    numbers: Mapping[UUID, int],
) -> dict[_Cause, list[Run]]:
    """Return the groups, those joined whose newest failure has the same probable cause."""
    unlinked = (cause for cause in grouped if cause.system is None)
    looked_at = set(islice(unlinked, SUSPECTED))
    joined: dict[_Cause, list[Run]] = {}
    for cause, runs in grouped.items():
        found = _likely(tx, runs[0], numbers[runs[0].id]) if cause in looked_at else None
        known = cause if found is None else _Cause(found[0], None, None)
        joined.setdefault(known, []).extend(runs)
        if found is not None:
            surest = min(found[1], strengths.get(known, found[1]), key=_SURENESS.index)
            strengths[known] = surest
    order = {run.id: place for place, run in enumerate(_by_time(joined))}
    for runs in joined.values():
        runs.sort(key=lambda run: order[run.id])
    return dict(sorted(joined.items(), key=lambda group: order[group[1][0].id]))


def _by_time(grouped: Mapping[_Cause, Sequence[Run]]) -> list[Run]:
    runs = [run for group in grouped.values() for run in group]
    return sorted(runs, key=lambda run: (run.expected, run.id), reverse=True)


def _likely(tx: Connection, run: Run, number: int) -> tuple[str, Strength] | None:
    """Return the system whose event is the probable cause of a failure that follows none."""
    touched = nearby.touched_by(tx, number, number)
    failure = suspicions.failure_of(run, run, touched)
    near = nearby.read_nearby(tx, failure, number)
    found = suspicions.likely(tx, number, failure, near)
    return None if found is None else (system_of(found.seen.resource), found.strength)


def _group(
    cause: _Cause,
    runs: Sequence[Run],
    strength: Strength | None,
    began: FailedRun | None,
    well: set[str],
) -> FailureGroup:
    flows = tuple(dict.fromkeys(run.flow for run in runs if run.flow is not None))
    return FailureGroup(
        cause=cause.system,
        kind=kind_of(cause.system) if cause.system else None,
        error=cause.error,
        strength=strength,
        began=began,
        runs=len(runs),
        flows=flows,
        recovered=tuple(flow for flow in flows if flow in well),
        newest=tuple(runs[:SHOWN]),
        ids=tuple(run.id for run in runs),
    )


def _recovered(tx: Connection, flows: set[str]) -> set[str]:
    """Return the flows whose newest run that is over completed."""
    return {flow for flow in flows if _last_end(tx, flow) is StateType.COMPLETED}


def _last_end(tx: Connection, flow: str) -> StateType | None:
    newest = bulk.run(
        tx,
        "SELECT state_type FROM runs WHERE flow = ? ORDER BY expected DESC, id DESC"
        f" LIMIT {LOOKED_AT}",
        flow,
    )
    types = map(StateType, newest.scalars())
    return next((type_ for type_ in types if type_.terminal), None)
