"""Read which events failures follow, as far as nobody has said that these are not the cause."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Final
from uuid import UUID

from sqlalchemy import Connection, select

from peninsula.core.answers import LoggedEvent
from peninsula.core.causes import Alike
from peninsula.core.resources import system_of
from peninsula.core.runs import Run
from peninsula.core.states import StateType
from peninsula.server.storage import bulk, tables
from peninsula.server.storage.read import chains, interned, origins
from peninsula.server.storage.read.dismissed import dismissed_here

__all__ = ["chains_left", "standing", "steps_of", "what_led"]

BELOW: Final = 5
"""Failed runs below a run that says only that others failed which are looked at, the first ones."""

_runs = tables.runs.c
_FAILED: Final = (StateType.FAILED.value, StateType.CRASHED.value)


def what_led(
    tx: Connection,
    runs: Mapping[int, Run],
    followed: Mapping[int, Sequence[chains.Step]],
) -> dict[int, LoggedEvent]:
    """Return by run at the top the event that is the linked cause of its failure: the first."""
    facts = steps_of(tx, runs, followed)
    events = origins.events_at(tx, {step.position for steps in facts.values() for step in steps})
    left = standing(
        tx,
        {
            runs[number].id: [events[step.position] for step in steps]
            for number, steps in facts.items()
        },
    )
    return {
        number: min(found, key=lambda event: (event.occurred, event.id))
        for number, run in runs.items()
        if (found := left[run.id])
    }


def steps_of(
    tx: Connection, runs: Mapping[int, Run], followed: Mapping[int, Sequence[chains.Step]]
) -> dict[int, list[chains.Step]]:
    """Return by run at the top the events outside that its failure follows.

    Of one that only says that others failed, as it returned them, those that led to these.
    """
    below = _below(tx, [number for number in runs if len(followed.get(number, ())) <= 1])
    led = chains.chains_of(tx, {each for found in below.values() for each in found})
    beside = chains.beside(tx, runs)
    return {
        number: origins.facts(
            run,
            followed.get(number, ()),
            (led.get(each, ()) for each in below.get(number, ())),
            beside[number],
        )
        for number, run in runs.items()
    }


def standing(
    tx: Connection, facts: Mapping[UUID, Iterable[LoggedEvent]]
) -> dict[UUID, list[LoggedEvent]]:
    """Return what is left of the facts of each run at the top when the dismissed ones are gone."""
    dismissed = dismissed_here(tx, facts.keys())
    return {
        run: [event for event in events if _alike(event) not in dismissed.get(run, ())]
        for run, events in facts.items()
    }


def chains_left(
    tx: Connection, chains: Mapping[int, Sequence[chains.Step]]
) -> dict[int, list[chains.Step]]:
    """Return what failed runs followed without the events that were dismissed as its cause."""
    roots = _roots(tx, chains)
    dismissed = dismissed_here(tx, set(roots.values()))
    concerned = {run for run in chains if roots.get(run) in dismissed}
    steps = [step for run in concerned for step in chains[run] if step.outside]
    labels = interned.labels_of(
        tx,
        names={step.name for step in steps},
        resources={step.resource for step in steps if step.resource is not None},
    )
    alike = {
        step: (labels.names[step.name], system_of(labels.resources[step.resource]))
        for step in steps
        if step.resource is not None
    }
    return {
        run: [
            step
            for step in chain
            if run not in concerned or alike.get(step) not in dismissed[roots[run]]
        ]
        for run, chain in chains.items()
    }


def _roots(tx: Connection, runs: Collection[int]) -> dict[int, UUID]:
    """Return by run the id of the flow run at its top."""
    statement = (
        "SELECT runs.id, run_ids.uuid FROM runs JOIN run_ids ON run_ids.id = runs.root"
        " WHERE runs.id IN {}"
    )
    return {run: UUID(bytes=bytes(uuid)) for run, uuid in bulk.select_in(tx, statement, runs)}


def _alike(event: LoggedEvent) -> Alike:
    return event.event, system_of(event.resource.id)


def _below(tx: Connection, roots: Collection[int]) -> dict[int, list[int]]:
    """Return the runs that failed first in the trees of those."""
    found: defaultdict[int, list[int]] = defaultdict(list)
    for root in roots:
        failed = tx.execute(
            select(_runs.id)
            .where(_runs.root == root, _runs.id != root, _runs.state_type.in_(_FAILED))
            .order_by(_runs.state_at, _runs.id)
            .limit(BELOW)
        )
        found[root].extend(failed.scalars())
    return found
