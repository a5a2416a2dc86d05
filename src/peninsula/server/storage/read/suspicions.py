"""Read who is suspected of a failure: the events near it, judged by the past of its flow."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

import msgspec
from msgspec import Struct
from sqlalchemy import Connection

from peninsula.core import calls, causes
from peninsula.core.answers import LoggedEvent
from peninsula.core.life import BECAUSE
from peninsula.core.runs import Run
from peninsula.server.storage.read import history, nearby
from peninsula.server.storage.read.dismissed import read_dismissed

__all__ = ["failure_of", "likely", "seen_of", "suspicions"]


def failure_of(run: Run, began: Run, touched: Mapping[str, datetime]) -> causes.Failure:
    """Return what is known of the failure of a run, which began in that one.

    `touched`: the ids of what it touched, and when first.
    """
    states = (run.state, began.state)
    texts = [text for state in states for text in (state.message, *_because(state.details))]
    return causes.Failure(
        at=run.state.timestamp,
        text=" \n".join(text for text in texts if text),
        touched=frozenset(touched),
        since=touched,
        timed_out=next((_lasted(one) for one in (began, run) if _is_overdue(one)), None),
    )


TIMED_OUT: Final = "TimedOut"
"""Name of the state of a run that took longer than it might."""


def _is_overdue(run: Run) -> bool:
    return run.state.name == TIMED_OUT


def _lasted(run: Run) -> float:
    return (run.state.timestamp - (run.started or run.created)).total_seconds()


def _because(details: Mapping[str, Any]) -> list[str]:
    said = details.get(BECAUSE, ())
    return [text for text in said if isinstance(text, str)] if isinstance(said, list) else []


def suspicions(
    tx: Connection,
    root: int,
    failure: causes.Failure,
    linked: Sequence[LoggedEvent],
    near: nearby.Nearby,
) -> tuple[causes.Suspicion, ...]:
    """Return who is suspected of the failure of a run in the tree of `root`."""
    found = causes.candidates(failure, _all_seen(linked, near))
    past = history.past_runs(tx, root) if found else ()
    # What is alike has one past, but for how long ago it counts.
    kinds = {(causes.alike(one.seen), one.strength, one.seen.in_run): one for one in found}
    pasts = {kind: _history(tx, one, past) for kind, one in kinds.items()}
    weighed = [(one, pasts[causes.alike(one.seen), one.strength, one.seen.in_run]) for one in found]
    return causes.judged(failure, weighed, read_dismissed(tx, root))


def likely(
    tx: Connection, root: int, failure: causes.Failure, near: nearby.Nearby
) -> causes.Suspicion | None:
    """Return the probable cause of a failure that follows nothing, as far as needs no past."""
    weighed = [(one, one.history) for one in causes.candidates(failure, _all_seen((), near))]
    dismissed = read_dismissed(tx, root)
    return causes.probable(causes.judged(failure, weighed, dismissed))


def _all_seen(linked: Sequence[LoggedEvent], near: nearby.Nearby) -> Iterable[causes.Seen]:
    facts = {event.id for event in linked}
    yield from (seen_of(event, linked=True) for event in linked)
    yield from (seen_of(event, own=True) for event in near.own if event.id not in facts)
    yield from (seen_of(event) for event in near.others if event.id not in facts)


def seen_of(event: LoggedEvent, *, own: bool = False, linked: bool = False) -> causes.Seen:
    """Return what causes are found by, of an event."""
    name = event.event
    is_call = name.startswith(calls.CALL)
    call = _CALL.decode(event.payload) if is_call else _NO_CALL
    return causes.Seen(
        id=event.id,
        name=name,
        resource=event.resource.id,
        occurred=event.occurred,
        related=tuple(related.id for related in event.related),
        method=call.method,
        seconds=(call.seconds if call.busy is None else call.busy) or 0.0,
        in_run=event.run is not None,
        own=own,
        linked=linked,
        unreturned=is_call and name.endswith(f".{calls.LOST}") and not call.idle,
        idle=call.idle,
        cut_off=call.ordered == TIMED_OUT,
        error=call.error or "",
        status=call.status,
        follows=event.follows,
    )


class _Called(Struct):
    method: str = ""
    seconds: float | None = None
    busy: float | None = None
    idle: bool = False
    ordered: str | None = None
    error: str | None = None
    status: int | None = None


_CALL: Final = msgspec.json.Decoder(_Called)
_NO_CALL: Final = _Called()


def _history(
    tx: Connection, suspicion: causes.Suspicion, past: Sequence[causes.PastRun]
) -> causes.Occurrence:
    sightings = history.sightings(tx, suspicion.seen, past)
    if suspicion.strength is causes.Strength.LINKED and not suspicion.seen.in_run:
        sightings += history.followers(tx, suspicion.seen, past)
    return causes.occurrence(past, sightings, suspicion.strength)
