"""P3 under hostile histories: a rebuild equals what is there, whatever came and whatever went."""

from __future__ import annotations

from datetime import datetime, timedelta
from random import Random
from typing import NamedTuple
from uuid import UUID, uuid4

import pytest

from peninsula.core.events import Event
from peninsula.core.records import Batch
from peninsula.core.resources import own
from peninsula.core.runs import Birth, EdgeKind, Origin, RunKind, StateChange, Upstream
from peninsula.core.states import NAMES
from peninsula.server.storage import intake, log
from peninsula.server.storage.prune import Policy, prune
from peninsula.server.storage.rebuild import rebuild
from tests.support.make import START, Teller, artifact, event, micros, state
from tests.support.soak import rounds

pytestmark = pytest.mark.anyio

SYSTEMS = ["s3://lake", "postgresql://db/warehouse", "https://api.github.com", "orders"]
HOURS = 10


class Actor(NamedTuple):
    """A run that events tell of."""

    run: UUID
    kind: RunKind
    root: UUID


class History:
    """Emitters that tell of the same few runs and resources, in no order and without sense."""

    def __init__(self, random: Random) -> None:
        """Invent the runs, all of one tree."""
        self.random = random
        top = uuid4()
        kinds = [RunKind.FLOW_RUN, *random.choices(list(RunKind), k=5)]
        self.actors = [Actor(uuid4() if at else top, kind, top) for at, kind in enumerate(kinds)]
        self.artifacts = [uuid4() for _ in range(3)]
        self.server_stamp = micros(START) + 3

    def batches(self) -> list[Batch]:
        """The records of some emitters in pieces, mixed up but for each emitter's own order."""
        # Four clocks that never show the same time: three emitters and the server.
        pieces = [self.pieces(Teller(clock=clock, step=4)) for clock in range(3)]
        mixed = []
        while any(pieces):
            mixed.append(self.random.choice([each for each in pieces if each]).pop(0))
        return mixed

    def pieces(self, teller: Teller) -> list[Batch]:
        """What one emitter tells, in four batches."""
        for _ in range(self.random.randrange(10, 40)):
            actor = self.random.choice(self.actors)
            match self.random.randrange(5):
                case 0:
                    teller.log(actor.run, actor.root, "a line")
                case 1 | 2:
                    teller.tell(self.state(actor), actor.run, actor.root)
                case 3:
                    teller.tell(self.artifact(), actor.run, actor.root)
                case _:
                    where = [(actor.run, actor.root), (None, None), (None, actor.root)]
                    teller.tell(self.call(), *self.random.choice(where))
        cuts = sorted(self.random.sample(range(1, 10), 3))
        spans = zip([0, *cuts], [*cuts, None], strict=True)
        return [teller.batch(after, upto) for after, upto in spans]

    def posted(self) -> list[log.Entry]:
        """What the server tells, and what was posted: events without an emitter."""
        return [self.entry() for _ in range(4)]

    def entry(self) -> log.Entry:
        """One of them."""
        self.server_stamp += 4
        actor = self.random.choice(self.actors)
        if self.random.random() < 0.5:
            return log.Entry(self.call(), self.server_stamp)
        return log.Entry(self.state(actor), self.server_stamp, actor.run, actor.root)

    def state(self, actor: Actor) -> Event:
        """A state of a run, told by whomever."""
        name = self.random.choice(sorted(NAMES))
        change = StateChange(
            type=NAMES[name],
            name=name,
            message=self.random.choice([None, "why"]),
            start=self.random.choice([1, 1, 2]),
            attempt=self.random.randrange(3),
            origin=self.random.choice(list(Origin)),
            born=self.birth(actor) if self.random.random() < 0.3 else None,
        )
        return state(actor.run, actor.kind, change, self.time())

    def birth(self, actor: Actor) -> Birth:
        """What a run is; each birth says something else, and the earliest counts."""
        upstream = [self.random.choice(self.actors).run for _ in EdgeKind]
        return Birth(
            name=self.random.choice(["a", "b"]),
            flow=self.random.choice([None, "nightly"]),
            tags=tuple(self.random.sample(["etl", "eu", "x"], self.random.randrange(3))),
            parent=self.random.choice([None, self.random.choice(self.actors).run]),
            root=actor.root,
            upstream=tuple(
                Upstream(run=run, kind=kind) for run, kind in zip(upstream, EdgeKind, strict=True)
            ),
        )

    def call(self) -> Event:
        """An event about a resource outside, with others related and descriptions told."""
        inside = [own(actor.kind.value, actor.run) for actor in self.actors[:2]]
        ids = [*(self.resource() for _ in range(3)), *inside]
        described = {"name": self.random.choice("ABC"), "labels": {"k": self.random.choice("ABC")}}
        related = [(id_, self.random.choice(["uses", "writes"])) for id_ in ids]
        return event(
            self.random.choice(["call.made", "call.failed", "orders.loaded"]),
            self.random.choice(ids),
            occurred=self.time(),
            related=self.random.sample(related, 2),
            about=described if self.random.random() < 0.5 else {},
        )

    def artifact(self) -> Event:
        """An artifact that is made or changed, and made again by whomever."""
        return artifact(
            self.random.choice(self.artifacts),
            self.random.randrange(9),
            updated=self.random.random() < 0.6,
            key=self.random.choice([None, "a", "b"]),
            description=self.random.choice([None, "why"]),
            occurred=self.time(),
        )

    def resource(self) -> str:
        """A system, or something in it."""
        system = self.random.choice(SYSTEMS)
        return f"{system}/raw/{self.random.randrange(3)}" if self.random.random() < 0.6 else system

    def time(self) -> datetime:
        """Within ten hours, at random: clocks are what they are."""
        return START + timedelta(seconds=self.random.randrange(HOURS * 3600))

    def policy(self) -> Policy:
        """Something that may go."""

        def before() -> int:
            return micros(self.time())

        kinds = ["call.*", "call.failed", "peninsula.artifact.created", "peninsula.*"]
        return Policy(
            events_before=self.random.choice([None, before()]),
            logs_before=self.random.choice([None, before()]),
            kinds_before={kind: before() for kind in self.random.sample(kinds, 2)},
            pin_failed=self.random.random() < 0.5,
        )


ROUNDS = rounds(3, soak=100)


@pytest.mark.parametrize("turn", range(ROUNDS))
async def test_a_rebuild_is_what_is_there_after_anything(store, random, turn):
    """Batches, posts and prunes in any order; then the projections are made again."""
    history = History(random)
    for batch in history.batches():
        assert (await store.take(batch)).refused == ()
        if random.random() < 0.2:
            await store.database.write(intake.post, store.dictionary, history.posted())
        if random.random() < 0.2:
            await prune(store.database, store.dictionary, history.policy())
    there = await store.projections()
    await rebuild(store.database, store.dictionary)
    assert await store.projections() == there


@pytest.mark.parametrize("turn", range(ROUNDS))
async def test_a_prune_changes_nothing_that_outlives_events(store, random, turn):
    """Runs, edges, counts, artifacts are the same after it; no number is left without text."""
    history = History(random)
    for batch in history.batches():
        await store.take(batch)
    outlive = ("runs", "tags", "edges", "event_counts", "artifacts")
    there = await store.projections()
    await prune(store.database, store.dictionary, history.policy())
    left = await store.projections()
    assert {name: left[name] for name in outlive} == {name: there[name] for name in outlive}
    for table in ("links", "catalogue", "descriptions", "touches"):
        lost = f"SELECT resource FROM {table} WHERE resource > 0 AND resource NOT IN"
        assert await store.rows(f"{lost} (SELECT id FROM resources)") == []
    lost = "SELECT resource FROM events WHERE resource > 0 AND resource NOT IN"
    assert await store.rows(f"{lost} (SELECT id FROM resources)") == []
    orphans = "SELECT position FROM links WHERE position NOT IN (SELECT position FROM events)"
    assert await store.rows(orphans) == []
