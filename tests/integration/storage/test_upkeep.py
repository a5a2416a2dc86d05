"""Upkeep at its edges: ties, lost births, free pages, and silence while cancelling."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from peninsula.core.events import Related
from peninsula.core.records import EventRecord
from peninsula.core.runs import Birth, RunKind
from peninsula.core.states import StateType
from peninsula.server.storage import prune
from peninsula.server.storage.prune import Policy
from peninsula.server.storage.rebuild import rebuild
from peninsula.server.storage.referee import commands, leases
from peninsula.server.storage.referee.moves import Now
from tests.support.make import START, Teller, batch, change, event, micros, process, state

pytestmark = pytest.mark.anyio

DAY = timedelta(days=1)


async def pruned_and_rebuilt(store) -> None:
    """Let go what is older than START; the projections outlive it, and a rebuild."""
    before = await store.projections()
    done = await prune.prune(
        store.database, store.dictionary, Policy(events_before=micros(START), pin_failed=False)
    )
    assert done.events
    after = await store.projections()
    assert after["runs"] == before["runs"]
    await rebuild(store.database, store.dictionary)
    assert await store.projections() == after


async def test_descriptions_told_at_the_same_microsecond_are_the_same_after_a_rebuild(store):
    """The one that is pruned came later than the one that stays."""
    stays = event(about={"name": "stays"})
    goes = event(about={"name": "goes"}, occurred=START - DAY)
    for told in (stays, goes):
        await store.take(batch([EventRecord(number=1, stamp=7, event=told)], process()))
    await pruned_and_rebuilt(store)


async def test_a_run_whose_birth_was_lost_has_the_same_root_after_a_rebuild(store):
    """One of its records says the root and another, posted, does not."""
    run, root = uuid4(), uuid4()
    running = state(run, RunKind.TASK_RUN, change(StateType.RUNNING))
    done = state(run, RunKind.TASK_RUN, change(StateType.COMPLETED), START - DAY)
    told = [
        EventRecord(number=1, stamp=1, event=running),
        EventRecord(number=1, stamp=2, event=done, run=run, root=root),
    ]
    for record in told:
        await store.take(batch([record], process()))
    await pruned_and_rebuilt(store)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_a_step_gives_many_free_pages_back_to_the_disk(store):
    """A page at a time would take as many commits as there are pages."""

    def fill(tx) -> None:
        for start in range(40):
            statement = "INSERT INTO blobs (sha256, start, size, data) VALUES ('a', ?, 1, ?)"
            tx.exec_driver_sql(statement, (start, bytes(1024 * 1024)))

    await store.database.write(fill)
    await store.database.write(lambda tx: tx.exec_driver_sql("DELETE FROM blobs").close())
    [(free,)] = await store.rows("PRAGMA freelist_count")
    assert free > prune.PAGES
    await store.database.write(prune._give_back)
    [(left,)] = await store.rows("PRAGMA freelist_count")
    assert free - left == prune.PAGES


# --- silence -------------------------------------------------------------------------------------


class Silence:
    """A flow run in a process that a server loses sight of."""

    def __init__(self, store) -> None:
        """Nothing has been told."""
        self.store = store
        self.run: UUID = uuid4()
        self.teller = Teller()
        self.sent = 0

    def tell(self, type_: StateType, **parts) -> None:
        """The process enters a state; the server has not heard of it."""
        told = state(self.run, RunKind.FLOW_RUN, change(type_, **parts))
        self.teller.tell(told, self.run, self.run)

    async def ship(self) -> None:
        """The server hears what was told."""
        await self.store.take(self.teller.batch(self.sent))
        self.sent = len(self.teller.records)

    async def lapse(self) -> None:
        """A minute goes by without a word."""
        silent = {self.teller.process.emitter.bytes: 0}
        await self.write(leases.lapse, silent, timedelta(minutes=1), self.now())

    async def reappear(self) -> None:
        """A word after all."""
        await self.write(leases.restore, self.teller.process.emitter.bytes, self.now())

    async def cancel(self) -> None:
        """Somebody asks for the end."""
        actor = Related(id="peninsula.key.1", role="actor", name="someone")
        await self.write(commands.cancel, RunKind.FLOW_RUN, self.run, actor, None, self.now())

    async def write(self, unit, *args) -> None:
        """Have the referee rule."""
        await self.store.database.write(unit, self.store.dictionary, *args)

    def now(self) -> Now:
        """A minute after all that was told."""
        at = micros(START) + 10**8 + len(self.teller.records)
        return Now(at, at)

    async def state(self) -> str:
        """What the run is in."""
        [(name,)] = await self.store.rows("SELECT state_name FROM runs")
        return name


@pytest.fixture
async def silence(store) -> Silence:
    """A run that was Running when it was last heard of."""
    silence = Silence(store)
    silence.tell(StateType.RUNNING, born=Birth(name="a", flow="nightly"))
    await silence.ship()
    return silence


async def test_a_run_that_reappears_is_in_the_state_it_was_in(silence):
    """Presumed crashed, heard again, presumed anew."""
    await silence.lapse()
    assert await silence.state() == "Crashed"
    await silence.reappear()
    assert await silence.state() == "Running"


async def test_a_run_that_is_being_cancelled_can_be_presumed_crashed(silence):
    """Cancelling waits for a process; when that is gone for long, it is said."""
    await silence.cancel()
    assert await silence.state() == "Cancelling"
    await silence.lapse()
    assert await silence.state() == "Crashed"
    await silence.reappear()
    assert await silence.state() == "Cancelling"


async def test_what_a_process_told_before_it_was_given_up_counts_at_once_when_it_comes(silence):
    """It was paused, cut off and given up: its records win by themselves, by no second look."""
    silence.tell(StateType.PAUSED)
    await silence.lapse()
    await silence.ship()
    assert await silence.state() == "Paused"
    await silence.reappear()
    assert await silence.state() == "Paused"


async def test_what_a_process_told_in_several_batches_counts_at_once(silence):
    """The first batch takes the presumption back, and the later ones are heard too."""
    silence.tell(StateType.SCHEDULED, name="AwaitingRetry")
    await silence.lapse()
    await silence.reappear()
    await silence.ship()
    assert await silence.state() == "AwaitingRetry"
    silence.tell(StateType.RUNNING, name="Retrying", attempt=1)
    await silence.ship()
    assert await silence.state() == "Retrying"


async def test_events_that_are_pinned_no_more_go_with_the_next_prune(store):
    """When failed runs are not to be kept any longer, or one is found not to have failed."""
    runs = [uuid4(), uuid4()]
    told = [state(run, RunKind.FLOW_RUN, change(StateType.CRASHED), START - DAY) for run in runs]
    for event_ in told:
        await store.take(batch([EventRecord(number=1, stamp=1, event=event_)], process()))
    old = Policy(events_before=micros(START))
    assert (await prune.prune(store.database, store.dictionary, old)).pinned == 2
    lived = state(runs[0], RunKind.FLOW_RUN, change(StateType.COMPLETED, attempt=1))
    await store.take(batch([EventRecord(number=1, stamp=2, event=lived)], process()))
    assert (await prune.prune(store.database, store.dictionary, old)).events == 1
    off = Policy(events_before=micros(START), pin_failed=False)
    assert (await prune.prune(store.database, store.dictionary, off)).events == 1
