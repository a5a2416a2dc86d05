"""Follow failures back: from the event of a run's state to the event that led to it, and on."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any, Final, NamedTuple
from uuid import UUID

from sqlalchemy import Connection

from peninsula.core.fold import stamp_of
from peninsula.core.life import BESIDE
from peninsula.core.resources import own
from peninsula.core.runs import Run, RunKind, StateChange, state_event
from peninsula.core.states import StateType
from peninsula.server.storage import bulk
from peninsula.server.storage.read import interned

__all__ = ["Step", "beside", "chains_of"]

LONGEST: Final = 12
"""Events of one chain: flows in flows, the task, its call, and what that follows."""

PASSED: Final = 500
"""Events of a run that are passed, from the newest, in search of the one that ended it."""

ENDS: Final = tuple(
    state_event(kind, StateChange(type=type_, name=name))
    for kind in RunKind
    for type_, name in (
        (StateType.FAILED, "Failed"),
        (StateType.FAILED, "TimedOut"),
        (StateType.CRASHED, "Crashed"),
    )
)


BEGINS: Final = (own("process", "created"), own("process", "started"))
"""What the end of a process follows, and no failure does."""


class Step(NamedTuple):
    """An event of a chain."""

    position: int
    id: bytes
    name: int
    resource: int | None
    """None when it is about `run` itself."""
    run: int | None
    follows: bytes | None

    @property
    def outside(self) -> bool:
        """Whether it is about something else than a run."""
        return self.resource is not None and self.resource > 0


_COLUMNS: Final = "e.position, e.id, e.name, e.resource, e.run, e.follows"


def chains_of(tx: Connection, runs: Collection[int]) -> dict[int, list[Step]]:
    """Return for each failed run the event of its state, then what that follows, step by step."""
    ends = ", ".join(map(str, interned.name_numbers(tx, ENDS))) or "0"
    states = bulk.select_in(tx, "SELECT id, state_key FROM runs WHERE id IN {}", runs)
    last = {run: _end(tx, run, stamp_of(bytes(key)), ends) for run, key in states}
    chains = {run: [step] for run, step in last.items() if step is not None}
    begins = set(interned.name_numbers(tx, BEGINS))
    for _ in range(LONGEST):
        wanted = {chain[-1].follows for chain in chains.values()} - {None}
        found = _by_id(tx, (id_ for id_ in wanted if id_ is not None))
        # That it was started is why a process could end, and says nothing of why it did.
        found = {id_: step for id_, step in found.items() if step.name not in begins}
        if not _lengthen(chains.values(), found):
            break
    return chains


def beside(tx: Connection, runs: Mapping[int, Run]) -> dict[int, list[Step]]:
    """Return what failures by groups of exceptions follow beside what their chains say."""
    ids = {number: _beside(run.state.details) for number, run in runs.items()}
    steps = _by_id(tx, {id_ for each in ids.values() for id_ in each})
    return {number: [steps[id_] for id_ in each if id_ in steps] for number, each in ids.items()}


def _beside(details: Mapping[str, Any]) -> list[bytes]:
    try:
        return [UUID(id_).bytes for id_ in details.get(BESIDE, ())]
    except (ValueError, TypeError, AttributeError):
        return []  # whoever emits states may say anything there


def _end(tx: Connection, run: int, stamp: int, ends: str) -> Step | None:
    # A process that got a signal may tell so after it was said what that was for.
    statement = (
        f"SELECT position, id, name, resource, run, follows FROM (SELECT {_COLUMNS}, e.stamp"
        f" FROM events e WHERE e.run = ? ORDER BY e.position DESC LIMIT {PASSED}) AS newest"
        f" WHERE resource IS NULL AND name IN ({ends})"
        " ORDER BY CASE WHEN stamp = ? THEN 0 ELSE 1 END, position DESC LIMIT 1"
    )
    row: Any = bulk.run(tx, statement, run, stamp).first()
    return _step(row) if row is not None else None


def _by_id(tx: Connection, ids: Iterable[bytes]) -> dict[bytes, Step]:
    rows = bulk.select_in(tx, f"SELECT {_COLUMNS} FROM events e WHERE e.id IN {{}}", ids)
    return {step.id: step for step in map(_step, rows)}


def _step(row: Any) -> Step:
    position, id_, name, resource, run, follows = row
    return Step(
        position,
        bytes(id_),
        name,
        resource,
        run,
        bytes(follows) if follows is not None else None,
    )


def _lengthen(chains: Iterable[list[Step]], found: Mapping[bytes, Step]) -> bool:
    """Add to each chain what its last event follows; tell whether any grew."""
    grew = False
    for chain in chains:
        follows = chain[-1].follows
        step = found.get(follows) if follows is not None else None
        # Who emits events may have them follow each other in a ring.
        if step is not None and all(step.id != known.id for known in chain):
            chain.append(step)
            grew = True
    return grew
