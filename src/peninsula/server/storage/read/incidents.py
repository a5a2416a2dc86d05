"""Put failed runs together that seem to have failed for one reason."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from typing import Final, NamedTuple
from uuid import UUID

import msgspec
from msgspec import Struct, structs
from sqlalchemy import Connection

from peninsula.core.answers import FailedRun, FailureGroup, LoggedEvent
from peninsula.core.calls import CALL
from peninsula.core.causes import WINDOW, Seen, Strength, Suspicion, error_type, is_refused
from peninsula.core.resources import kind_of, system_of
from peninsula.core.runs import Run
from peninsula.core.states import StateType
from peninsula.server.storage import bulk
from peninsula.server.storage.read import chains, interned, nearby, origins, suspicions
from peninsula.server.storage.read.facts import what_led
from peninsula.server.storage.read.touched import read_touched

__all__ = ["read_incidents"]

SHOWN: Final = 5
"""Runs that a group shows whole."""

LOOKED_AT: Final = 20
"""Newest runs of a flow among which the last that is over is looked for."""

SUSPECTED: Final = 25
"""Failures without a linked cause of which the probable one is looked for: the newest of each
group, those that failed last; then the newest of what is left of groups. Each takes a few ms,
a tenth of a second in a log of a hundred events a second."""

_SURENESS: Final = list(Strength)


class _Cause(NamedTuple):
    system: str | None
    event: str | None
    """What happened to the system, by the event's name."""
    error: str | None
    flow: str | None
    """Errors without a system are put together only within one flow."""


class _Group(Struct):
    cause: _Cause
    runs: list[Run]
    led: dict[UUID, Seen] = msgspec.field(default_factory=dict)
    """What its runs follow."""
    strength: Strength | None = None
    unsought: bool = False


def read_incidents(tx: Connection, failed: Sequence[Run]) -> tuple[FailureGroup, ...]:
    """Return failed runs at the top, the newest first, by their probable cause.

    Those that follow an event of one system belong together where it is of one name and of one
    type of exception, and those of which such an event is the likely cause. Of the rest, runs of
    one flow with one error.
    """
    numbers = interned.run_numbers(tx, [run.id for run in failed])
    followed = chains.chains_of(tx, numbers.values())
    led = what_led(tx, {numbers[run.id]: run for run in failed}, followed)
    grouped: dict[_Cause, _Group] = {}
    for run in failed:
        event = led.get(numbers[run.id])
        cause = _cause(run, event)
        group = grouped.setdefault(cause, _Group(cause, []))
        if event is not None:
            group.led[event.id] = suspicions.seen_of(event, linked=True)
        group.strength = Strength.LINKED if cause.system else None
        group.runs.append(run)
    groups = _with_likely(tx, list(grouped.values()), numbers)
    newest = {numbers[group.runs[0].id] for group in groups}
    began = origins.read_origins(tx, {run: followed[run] for run in newest & followed.keys()})
    well = _recovered(tx, {run.flow for run in failed if run.flow is not None})
    return tuple(
        _told(group, _led(began.get(number), led.get(number)), well)
        for group in groups
        for number in (numbers[group.runs[0].id],)
    )


def _cause(run: Run, led: LoggedEvent | None) -> _Cause:
    if led is None:
        return _Cause(None, None, error_type(run.state.message) or run.state.name, run.flow)
    is_call = led.event.startswith(CALL)
    error = _CALL.decode(led.payload).error_type if is_call else None
    return _Cause(system_of(led.resource.id), led.event, error, None)


class _Called(Struct):
    error_type: str | None = None


_CALL: Final = msgspec.json.Decoder(_Called)


def _led(began: FailedRun | None, led: LoggedEvent | None) -> FailedRun | None:
    return None if began is None else structs.replace(began, led_by=led)


# --- of those that follow nothing ----------------------------------------------------------------


def _with_likely(
    tx: Connection, groups: Sequence[_Group], numbers: Mapping[UUID, int]
) -> list[_Group]:
    """Return the groups, those joined whose newest failure has the same probable cause.

    Of a group only those come along that failed when the newest did, by that cause: what others of
    the flow failed by is looked for by itself.
    """
    joined = {group.cause: group for group in groups if group.strength is not None}
    waiting = deque(group for group in groups if group.strength is None)
    sought = 0
    while waiting:
        group = waiting.popleft()
        group.unsought = sought >= SUSPECTED
        sought += 1
        newest = group.runs[0]
        found = None if group.unsought else _likely(tx, newest, numbers[newest.id])
        if found is not None:
            seen, error = found.seen, group.cause
            if left := [run for run in group.runs if not _is_soon(run, found)]:
                waiting.append(_Group(error, left))
            group.runs = [run for run in group.runs if _is_soon(run, found)]
            group.strength = found.strength
            group.cause = _Cause(system_of(seen.resource), seen.name, None, None)
        known = joined.setdefault(_kin(joined.values(), found) or group.cause, group)
        if known is not group:
            known.runs = sorted([*known.runs, *group.runs], key=_newest_first)
            known.strength = min((known.strength, group.strength), key=_surest)
    return sorted(joined.values(), key=lambda group: _newest_first(group.runs[0]))


def _kin(groups: Iterable[_Group], found: Suspicion | None) -> _Cause | None:
    """Return the group of those that follow what is suspected, or failed there soon after it.

    A call of the run's own is nobody else's reason to fail, and of another's failed call only those
    are the kin who follow it. Whose question was wrong did not fail by what befell the system.
    """
    if found is None or (found.seen.own and found.seen.method):
        return None
    system = system_of(found.seen.resource)
    for group in groups:
        if group.cause.system != system or group.strength is not Strength.LINKED:
            continue
        if found.seen.id in group.led:
            return group.cause
        soon = any(_is_soon(run, found) for run in group.runs)
        if soon and not found.seen.method and not all(map(is_refused, group.led.values())):
            return group.cause
    return None


def _is_soon(run: Run, found: Suspicion) -> bool:
    """Tell whether it failed soon after what is suspected."""
    return timedelta() <= run.state.timestamp - found.seen.occurred <= WINDOW


def _newest_first(run: Run) -> tuple[float, int]:
    return -run.expected.timestamp(), -run.id.int


def _surest(strength: Strength | None) -> int:
    return len(_SURENESS) if strength is None else _SURENESS.index(strength)


def _likely(tx: Connection, run: Run, number: int) -> Suspicion | None:
    """Return the probable cause of a failure that follows nothing, or nothing that stands."""
    touched = read_touched(tx, number, number)
    failure = suspicions.failure_of(run, run, touched.since)
    near = nearby.read_nearby(tx, failure, number, touched)
    return suspicions.likely(tx, number, failure, near)


# --- what is told of them ------------------------------------------------------------------------


def _told(group: _Group, began: FailedRun | None, well: set[str]) -> FailureGroup:
    cause, runs = group.cause, group.runs
    flows = tuple(dict.fromkeys(run.flow for run in runs if run.flow is not None))
    return FailureGroup(
        cause=cause.system,
        kind=kind_of(cause.system) if cause.system else None,
        event=cause.event,
        error=cause.error,
        strength=group.strength,
        unsought=group.unsought,
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
