"""Tell the journal what becomes of a run."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from datetime import datetime
from functools import lru_cache
from typing import Any, Final
from uuid import UUID

from msgspec import Raw, structs

from peninsula.core import codec
from peninsula.core.events import Event, Resource
from peninsula.core.ids import uuid7
from peninsula.core.life import BESIDE
from peninsula.core.runs import Birth, RunKind, StateChange
from peninsula.core.states import StateType, event_part
from peninsula.journal import emitter
from peninsula.sdk.arguments.summaries import summarize
from peninsula.sdk.interrupting.gates import Interrupt
from peninsula.sdk.runs import FlowRun, Run
from peninsula.sdk.states import State
from peninsula.sdk.telling import causes, narration

__all__ = ["EDGES", "new_id", "report"]

EDGES: Final = 150
"""Edges told with one event: they fit into its limit whatever the parameters are called."""


def new_id() -> UUID:
    """Return an id for something that happens now."""
    try:
        entropy = _entropy.pop()
    except IndexError:
        entropy = _draw()
    return uuid7(time.time_ns() // 1000, entropy)


# A system call for each of the three ids of a task run would cost more than all else that makes
# them. A forked child draws its own.
_entropy: Final[list[bytes]] = []
os.register_at_fork(after_in_child=_entropy.clear)


def _draw() -> bytes:
    drawn = os.urandom(2048)
    _entropy.extend(drawn[at : at + 8] for at in range(8, len(drawn), 8))
    return drawn[:8]


def report(run: Run, change: StateChange, *, told: bool = True) -> None:
    """Put a run into a state and tell of it, unless it is over or another process's.

    Not `told` is a first state before the run's name or parameters are known; the next one is
    told as the first.
    """
    if run.inherited:
        return
    if not isinstance(run, FlowRun):
        _report(run, change, told=told)
        return
    with run.telling:
        _report(run, change, told=told)
        if run.held is not None and change is not run.held:
            run.behind = change
            if change.type is not StateType.PAUSED:
                _report(run, structs.replace(run.held, attempt=change.attempt), told=told)


def _report(run: Run, change: StateChange, *, told: bool) -> None:
    if run.state is not None and run.over:
        return
    if run.start > 1:
        change = structs.replace(change, start=run.start)
    occurred = emitter.current().now()
    _enter(run, change, occurred)
    if told:
        _tell(run, change, occurred)


def _enter(run: Run, change: StateChange, occurred: datetime) -> None:
    run.state = State(
        type=change.type,
        name=change.name,
        message=change.message,
        timestamp=occurred,
        details=change.details,
        data=_data(run) if change.type.terminal else None,
        run=run.id,
    )
    if change.type is StateType.RUNNING:
        run.run_count = change.attempt + 1
        run.start_time = run.start_time or occurred


def _tell(run: Run, change: StateChange, occurred: datetime) -> None:
    journal = emitter.current()
    fault = change.type in _FAULTS
    if run.calls is not None and run.over:
        run.calls.settle()
    cause = causes.cause_of(run) if fault else None
    if beside := causes.causes_beside(run, cause):
        change = structs.replace(change, details={**change.details, BESIDE: beside})
    event = _event(run, change, occurred, cause)
    journal.emit_own(event, run=run.id, root=run.root.id)
    if not run.told:
        run.told = True
        for more in _further_births(run):
            rest = _event(run, structs.replace(change, born=more), occurred, event.follows)
            journal.emit_own(rest, run=run.id, root=run.root.id)
    loud = run.kind is RunKind.FLOW_RUN or (run.root.start > 1 and change.name == "Cached")
    if loud or change.name not in narration.QUIET:
        narration.tell(run, change, known=causes.was_told_below(run))
    if fault:
        causes.mark(run, event.id)


_FAULTS: Final = frozenset({StateType.FAILED, StateType.CRASHED})


def _event(run: Run, change: StateChange, occurred: datetime, follows: UUID | None) -> Event:
    name, payload = _plain(change.type, change.name, change.attempt)
    if not run.told:
        payload = Raw(codec.encode(structs.replace(change, born=_birth(run))))
    elif change.message is not None or change.details or change.born is not None or run.start > 1:
        payload = Raw(codec.encode(change))
    return Event(
        id=new_id(),
        occurred=occurred,
        event=run.prefix + name,
        resource=Resource(id=run.resource, name=None if run.told else run.name),
        payload=payload,
        follows=follows,
    )


@lru_cache
def _plain(type_: StateType, name: str, attempt: int) -> tuple[str, Raw]:
    """Return the last part of the event's name, and the payload of a change that says no more."""
    change = StateChange(type=type_, name=name, attempt=attempt)
    return event_part(type_, name), Raw(codec.encode(change))


def _birth(run: Run) -> Birth:
    born = _plain_birth(run)
    if not isinstance(run, FlowRun) or run.deployed is None:
        return born
    made = run.deployed
    return structs.replace(
        born,
        parent=made.parent,
        expected=run.expected,
        version=made.version or born.version,
        code=made.code,
        deployment=made.id,
        created=made.created,
    )


def _plain_birth(run: Run) -> Birth:
    definition = run.definition
    is_flow = run.kind is RunKind.FLOW_RUN
    return Birth(
        name=run.name,
        flow=definition.name if is_flow else None,
        task=None if is_flow else definition.name,
        key=run.key,
        parent=None if run.parent is None else run.parent.id,
        root=None if run.root is run else run.root.id,
        tags=tuple(sorted(run.tags)),
        parameters=summarize(run.parameters, definition.signature.secret),
        retries=definition.retries,
        version=definition.version,
        code=definition.code,
        upstream=run.inputs.upstream[:EDGES],
    )


def _further_births(run: Run) -> Iterator[Birth]:
    """Give what else is to be told of a run with more edges than one event holds.

    The state is told again with each, which changes nothing, as the first birth counts; the edges
    of all births are kept.
    """
    edges = run.inputs.upstream
    for at in range(EDGES, len(edges), EDGES):
        root = None if run.root is run else run.root.id
        yield Birth(name=run.name, root=root, upstream=edges[at : at + EDGES])


def _data(run: Run) -> Any:
    if run.error is None:
        if run.memory is None or run.definition.cache_result_in_memory:
            return run.data
        return run.memory.stored() or run.data
    # An interrupt is the engine's own business; the state's message says what it was for.
    return None if isinstance(run.error, Interrupt) else run.error
