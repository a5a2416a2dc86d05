"""A key for one run, in the hands of code that wants more: other processes and trees are safe."""

from __future__ import annotations

from uuid import UUID, uuid4

import pytest
from msgspec import structs

from peninsula.core import codec
from peninsula.core.answers import Poll
from peninsula.core.records import Batch
from peninsula.core.runs import Birth, RunKind, Upstream
from peninsula.core.states import StateType
from tests.support.make import Teller, artifact, batch, change, event, state

pytestmark = pytest.mark.anyio


class Tree:
    """A flow run that a process began, and a task run below it."""

    def __init__(self) -> None:
        self.top, self.task, self.report = uuid4(), uuid4(), uuid4()
        self.teller = Teller()
        self.begin(self.top, self.top, Birth(name="r", flow="f"))
        below = Birth(name="t", task="t", parent=self.top, root=self.top)
        self.begin(self.task, self.top, below, RunKind.TASK_RUN)
        self.teller.tell(artifact(self.report, "begun", key="report"), self.task, self.top)

    def begin(
        self, run: UUID, root: UUID | None, born: Birth, kind: RunKind = RunKind.FLOW_RUN
    ) -> None:
        """Tell of a run's first state; the record says `root`."""
        told = change(StateType.RUNNING, born=born)
        self.teller.tell(state(run, kind, told), run, root)


class Holder:
    """Whoever has the key of a run."""

    def __init__(self, world, run: UUID, secret: str) -> None:
        self.run = run
        self.http = world.remote(Authorization=f"Bearer {secret}")

    async def post(self, path: str, body: object) -> int:
        """The status of the answer."""
        return (await self.http.post(f"/api/{path}", content=codec.encode(body))).status_code

    async def send(self, sent: Batch) -> int:
        """The status of the answer to a batch."""
        return await self.post("intake", sent)


@pytest.fixture
async def guarded(open_world):
    """A server that asks who comes."""
    return await open_world(trusted=False)


@pytest.fixture
async def other(guarded) -> Tree:
    """A tree that a process of another key began, and which it goes on with."""
    tree = Tree()
    await guarded.take(tree.teller.batch())
    return tree


@pytest.fixture
async def holder(guarded) -> Holder:
    """The holder of the key of a run that nobody has told of yet."""
    run = uuid4()
    made = await guarded.services.keys.add("run", ("emit", "read"), run=run)
    return Holder(guarded, run, made.secret)


@pytest.mark.parametrize(
    "parts",
    [
        {"closing": True},
        {"closing": True, "adopted": True},
        {"first": 1_000_000, "lost_before": 999_999},
        {"first": 4},
    ],
)
async def test_a_batch_in_the_name_of_another_process_is_refused(guarded, holder, other, parts):
    """Its runs go on, and so do its numbers."""
    assert await holder.send(batch([], other.teller.process, **parts)) == 403
    [(state_type,)] = await guarded.rows("SELECT state_type FROM runs WHERE task IS FALSE")
    assert state_type == "RUNNING"
    assert await guarded.rows("SELECT committed, closed FROM emitters") == [(3, False)]


async def test_the_leases_of_other_processes_are_not_renewed(guarded, holder, other):
    """Neither by a poll nor by a batch: who is silent is found to be."""
    guarded.services.leases._heard.clear()
    emitter = other.teller.process.emitter
    assert await holder.post("control", Poll(emitter=emitter, wait=0.0)) == 403
    assert await holder.send(batch([], other.teller.process)) == 403
    assert emitter.bytes not in guarded.services.leases._heard


async def test_the_process_of_the_run_polls_tells_and_closes(guarded, holder):
    """Its first poll may come before its first batch; whoever has the run's key goes on with it."""
    tree = Tree()
    poll = Poll(emitter=tree.teller.process.emitter, wait=0.0)
    assert await holder.post("control", poll) == 200
    own = Teller()
    begun = change(StateType.RUNNING, born=Birth(name="r", flow="f"))
    own.tell(state(holder.run, RunKind.FLOW_RUN, begun), holder.run, holder.run)
    assert await holder.send(own.batch()) == 200
    assert await holder.post("control", Poll(emitter=own.process.emitter, wait=0.0)) == 200
    own.tell(event(), holder.run, holder.run)
    assert await holder.send(own.batch(1, closing=True, adopted=True)) == 200
    assert await guarded.rows("SELECT committed, closed FROM emitters") == [(2, True)]


async def test_the_keys_of_two_runs_do_not_share_an_emitter(guarded, holder):
    """The one that told first keeps it, also where neither told of a run."""
    second = uuid4()
    made = await guarded.services.keys.add("second", ("emit",), run=second)
    teller = Teller()
    teller.tell(event())
    assert await holder.send(teller.batch()) == 200
    teller.tell(event())
    assert await Holder(guarded, second, made.secret).send(teller.batch(1)) == 403
    assert await holder.send(teller.batch(1)) == 200


@pytest.mark.parametrize(
    ("root", "parent", "upstream"),
    [
        ("top", "top", None),
        ("top", "own", None),
        ("own", "top", None),
        ("own", "task", None),
        (None, "own", None),
        ("own", "own", "task"),
    ],
)
async def test_a_birth_hangs_no_run_on_another_tree(guarded, holder, other, root, parent, upstream):
    """Whatever its record says: the birth is what the tree is made of."""
    runs = {"own": holder.run, "top": other.top, "task": other.task, None: None}
    before = await guarded.rows("SELECT count(*) FROM runs")
    edges = (Upstream(run=runs[upstream]),) if upstream else ()
    born = Birth(name="t", task="t", root=runs[root], parent=runs[parent], upstream=edges)
    told = Tree()
    told.teller.records.clear()
    told.begin(uuid4(), holder.run, born, RunKind.TASK_RUN)
    assert await holder.send(told.teller.batch()) == 403
    assert await guarded.rows("SELECT count(*) FROM runs") == before


async def test_a_run_is_put_nowhere_but_below_its_own(holder):
    """Neither a new top of a tree, nor the run itself below another."""
    for run, root, born in (
        (uuid4(), None, Birth(name="r", flow="f")),
        (uuid4(), holder.run, Birth(name="r", flow="f")),
        (holder.run, holder.run, Birth(name="r", flow="f", root=uuid4())),
    ):
        told = Tree()
        told.teller.records.clear()
        told.begin(run, root, born)
        assert await holder.send(told.teller.batch()) == 403


async def test_artifacts_of_other_trees_are_not_changed(guarded, holder, other):
    """Who has the id of one may change it, in the tree that made it."""
    teller = Teller()
    teller.tell(artifact(other.report, "mine", updated=True), holder.run, holder.run)
    assert await holder.send(teller.batch()) == 403
    assert await guarded.rows("SELECT body FROM artifacts") == [('"begun"',)]
    own = Teller()
    report = uuid4()
    own.tell(artifact(report, "begun", key="report"), holder.run, holder.run)
    own.tell(artifact(report, "done", updated=True), holder.run, holder.run)
    assert await holder.send(own.batch()) == 200


async def test_artifacts_of_no_run_are_not_changed_either(guarded, holder):
    """Neither taken into the run's tree, nor given another body where they are."""
    maker, free = Teller(), uuid4()
    maker.tell(artifact(free, "begun", key="free"))
    await guarded.take(maker.batch())
    for run in (holder.run, None):
        for updated in (False, True):
            teller = Teller()
            teller.tell(artifact(free, "mine", updated=updated), run, run)
            assert await holder.send(teller.batch()) == 403
    assert await guarded.rows("SELECT body, run FROM artifacts") == [('"begun"', None)]


async def test_slots_are_not_taken_in_the_name_of_others(guarded, holder, other):
    """Neither of their runs nor of their processes; in its own name a run takes what it needs."""
    wanted = {"names": ["lake"]}
    for taken in (
        {"run": other.top},
        {"run": other.task},
        {"emitter": other.teller.process.emitter},
    ):
        assert await holder.post("concurrency-slots", {**wanted, **taken}) == 403
    own = {**wanted, "run": holder.run, "emitter": uuid4()}
    assert await holder.post("concurrency-slots", own) == 200


async def test_a_run_follows_what_happens_in_it_and_nothing_else(guarded, holder, other):
    """Not all that there is, and nothing of another tree."""
    assert (await holder.http.get("/api/stream")).status_code == 403
    assert (await holder.http.get("/api/stream", params={"run": str(other.top)})).status_code == 403


async def test_a_key_without_a_run_takes_over_what_a_run_has_left(guarded, holder):
    """A worker ships the journal of a run's process that was killed."""
    teller = Teller()
    teller.tell(event(), holder.run, holder.run)
    assert await holder.send(teller.batch()) == 200
    teller.tell(event(), holder.run, holder.run)
    left = structs.replace(teller.batch(1), adopted=True, closing=True)
    assert (await guarded.take(left)).committed == 2
