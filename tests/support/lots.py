"""A log with something of everything, for tests that ask questions of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from random import Random
from typing import NamedTuple
from uuid import UUID, uuid4

from peninsula.core import codec
from peninsula.core.artifacts import ArtifactKind
from peninsula.core.records import EventRecord
from peninsula.core.resources import own
from peninsula.core.runs import Birth, EdgeKind, RunKind, StateChange, Upstream, is_state_event
from peninsula.core.states import StateType
from tests.support.make import START, Teller, artifact, change, event, state

NAMES = ("orders.loaded", "orders.loaded.late", "orders.lost", "Größe.geändert", "call.made")
PLACES = (
    "s3://lake",
    "s3://lake/raw/a.csv",
    "s3://lake/raw/b.csv",
    "postgresql://db.internal/warehouse",
    "https://api.github.com/repos",
    "custom.thing",
)
ROLES = ("uses", "reads", "owner")
TAGS = ("etl", "eu", "nightly", "rare")
KEYS = ("quality", "report-2")
FLOWS = ("nightly", "hourly", "Nightly-2")
WORDS = ("alpha", "Beta", "needle", "ÄÖÜ", 'quo"te', "100%")


class Lots(NamedTuple):
    """What was told."""

    teller: Teller
    runs: dict[UUID, RunKind]
    events: list[UUID]


def tell_lots(random: Random, trees: int = 8, size: int = 9) -> Lots:
    """Tell of trees of runs three deep, of calls in them, and of events outside of them."""
    lots = Lots(Teller(), {}, [])
    for _ in range(trees):
        _tree(random, lots, size)
        for _ in range(random.randrange(6)):
            _happen(random, lots, None, None)
    return lots


def births_of(lots: Lots) -> dict[UUID, Birth]:
    """Return what was told of each run's beginning."""
    births: dict[UUID, Birth] = {}
    for record in lots.teller.records:
        if isinstance(record, EventRecord) and is_state_event(record.event.event):
            born = codec.decode(StateChange, record.event.payload).born
            if born is not None:
                births[record.run] = born
    return births


def below(top: UUID, births: Mapping[UUID, Birth]) -> set[UUID]:
    """Return a run and everything below it."""
    found = {top}
    while more := {run for run, born in births.items() if born.parent in found} - found:
        found |= more
    return found


def _tree(random: Random, lots: Lots, size: int) -> None:
    root = uuid4()
    kinds = {root: RunKind.FLOW_RUN}
    _begin(random, lots, root, RunKind.FLOW_RUN, None, root)
    for _ in range(random.randrange(size)):
        parent = random.choice([run for run, kind in kinds.items() if kind is RunKind.FLOW_RUN])
        kind = random.choices((RunKind.TASK_RUN, RunKind.FLOW_RUN), (3, 1))[0]
        run = uuid4()
        _begin(random, lots, run, kind, parent, root, tuple(kinds))
        kinds[run] = kind
        for _ in range(random.randrange(4)):
            _happen(random, lots, run, root)
        lots.teller.log(run, root, f"line of {random.choice(WORDS)}", "another")
        if random.random() < 0.5:
            _make(random, lots, run, root)
    for run, kind in kinds.items():
        if random.random() < 0.8:
            _end(random, lots, run, kind, root)


def _begin(
    random: Random,
    lots: Lots,
    run: UUID,
    kind: RunKind,
    parent: UUID | None,
    root: UUID,
    known: Sequence[UUID] = (),
) -> None:
    at = START + timedelta(seconds=random.randrange(3600))
    flow = kind is RunKind.FLOW_RUN
    born = Birth(
        name=f"{random.choice(WORDS)}-{random.randrange(5)}",
        flow=random.choice(FLOWS) if flow else None,
        task=None if flow else random.choice(("clean", "load")),
        parent=parent,
        root=root,
        tags=tuple(random.sample(TAGS, random.randrange(3))),
        expected=at + timedelta(seconds=random.randrange(60)) if random.random() < 0.5 else None,
        deployment=random.choice((None, UUID(int=7), UUID(int=8))),
        upstream=tuple(
            Upstream(
                run=one, parameter=random.choice((None, "rows")), kind=random.choice([*EdgeKind])
            )
            for one in random.sample(known, min(len(known), random.randrange(3)))
        ),
    )
    first = random.choice((StateType.SCHEDULED, StateType.PENDING, StateType.RUNNING))
    lots.runs[run] = kind
    _tell(lots, state(run, kind, change(first, born=born), at), run, root)
    if first is not StateType.RUNNING and random.random() < 0.8:
        later = at + timedelta(seconds=random.randrange(1, 90))
        _tell(lots, state(run, kind, change(StateType.RUNNING), later), run, root)


def _end(random: Random, lots: Lots, run: UUID, kind: RunKind, root: UUID) -> None:
    at = START + timedelta(seconds=random.randrange(3600, 7200))
    ends = (StateType.COMPLETED, StateType.FAILED, StateType.CRASHED, StateType.CANCELLED)
    told = change(random.choice(ends))
    if told.type is StateType.FAILED and random.random() < 0.5:
        told = change(StateType.FAILED, name="TimedOut", message="too long")
    _tell(lots, state(run, kind, told, at), run, root)


def _happen(random: Random, lots: Lots, run: UUID | None, root: UUID | None) -> None:
    about = random.choice(PLACES)
    if run is not None and random.random() < 0.15:
        about = _some_run(random, lots)
    related = [
        (random.choice((*PLACES, _some_run(random, lots))), random.choice(ROLES))
        for _ in range(random.choice((0, 0, 1, 2)))
    ]
    told = event(
        random.choice(NAMES),
        about,
        occurred=START + timedelta(seconds=random.randrange(7200)),
        related=related,
        payload={"word": random.choice(WORDS), "n": random.randrange(3)},
        follows=random.choice(lots.events) if lots.events and random.random() < 0.2 else None,
    )
    _tell(lots, told, run, root)


def _make(random: Random, lots: Lots, run: UUID, root: UUID) -> None:
    made, at = uuid4(), START + timedelta(seconds=random.randrange(7200))
    key = random.choice((None, *KEYS))
    kind = random.choice([*ArtifactKind])
    _tell(lots, artifact(made, random.choice(WORDS), key=key, kind=kind, occurred=at), run, root)
    if random.random() < 0.5:
        again = artifact(made, "again", updated=True, kind=kind, occurred=at)
        _tell(lots, again, run, root)


def _some_run(random: Random, lots: Lots) -> str:
    run, kind = random.choice([*lots.runs.items()])
    return own(kind.value, run)


def _tell(lots: Lots, told, run: UUID | None, root: UUID | None) -> None:
    lots.events.append(lots.teller.tell(told, run, root).id)
