"""Processes that fall silent, end or come back, and what that says of their runs."""

from __future__ import annotations

from datetime import timedelta
from random import Random
from uuid import UUID, uuid4

import pytest

from peninsula.core import codec
from peninsula.core.filters import EventFilter
from peninsula.core.fold import Fact, RunFold, fold
from peninsula.core.records import EventRecord
from peninsula.core.runs import Birth, RunKind, StateChange
from peninsula.core.states import StateType
from peninsula.server.services.leases import Leases
from peninsula.server.storage.read import events, run_rows
from peninsula.server.wiring import Uptime
from tests.support.make import START, Teller, change, event, micros, state
from tests.support.soak import SOAK

pytestmark = pytest.mark.anyio

LIVES = 400 if SOAK else 40


class Clock:
    """A server's uptime that a test sets."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        """Seconds."""
        return self.seconds


@pytest.fixture
def clock():
    """The uptime, which stands still until told."""
    return Clock()


@pytest.fixture
def watch(world, clock):
    """The lease duty, ticked by hand; the world's reception tells it who was heard."""
    services = world.services
    leases = Leases(
        services.database, services.dictionary, services.stamps, timedelta(seconds=60), clock
    )
    services.reception._leases = leases
    return leases


def begun(teller: Teller, name: str = "r") -> UUID:
    """A flow run that has begun."""
    run = uuid4()
    told = change(StateType.RUNNING, born=Birth(name=name, flow="f"))
    teller.tell(state(run, RunKind.FLOW_RUN, told), run, run)
    return run


async def run_now(world, run: UUID):
    """The run as it is now."""
    return await world.read(run_rows.run_by_id, RunKind.FLOW_RUN, run)


async def names(world, run: UUID) -> list[str]:
    """The last parts of the names of the run's events, oldest first."""
    page = await world.read(events.find_events, EventFilter(run=run), newest_first=False, limit=200)
    return [event.event.rpartition(".")[2] for event in page.items]


async def test_a_silent_process_is_presumed_crashed_after_its_time(world, watch, clock):
    """Sixty seconds of this server's uptime, not one less; the state says it is presumed."""
    teller = Teller()
    run = begun(teller)
    await world.take(teller.batch())
    for seconds in (0, 30, 59.9):
        clock.seconds = seconds
        await watch.tick(clock())
        assert (await run_now(world, run)).state.name == "Running"
    clock.seconds = 60
    await watch.tick(clock())
    told = await run_now(world, run)
    assert told.state.type is StateType.CRASHED
    assert "60 s" in told.state.message
    assert told.state.details["process"] == str(teller.process.emitter)
    assert await world.rows("SELECT origin FROM runs") == [("presumed",)]


async def test_whoever_is_heard_keeps_its_lease(world, watch, clock):
    """By a batch or by a poll."""
    teller = Teller()
    run = begun(teller)
    await world.take(teller.batch())
    for step in range(1, 10):
        clock.seconds = 40.0 * step
        await watch.heard(teller.process.emitter)
        await watch.tick(clock())
    assert (await run_now(world, run)).state.name == "Running"


async def test_a_server_that_was_away_gives_everyone_their_time(world, watch, clock):
    """A new server has seen nobody fall silent yet, whatever the time is."""
    teller = Teller()
    run = begun(teller)
    await world.take(teller.batch())
    services = world.services
    for _ in range(5):
        fresh = Leases(
            services.database, services.dictionary, services.stamps, timedelta(seconds=60), clock
        )
        await fresh.tick(clock())
        clock.seconds += 59
        await fresh.tick(clock())
    assert (await run_now(world, run)).state.name == "Running"


async def test_another_server_that_hears_the_process_counts(world, watch, clock):
    """A lease that changes in the database is alive, whoever changes it."""
    teller = Teller()
    run = begun(teller)
    await world.take(teller.batch())
    services = world.services
    other = Leases(
        services.database, services.dictionary, services.stamps, timedelta(seconds=60), Clock()
    )
    for step in range(8):
        clock.seconds = 30.0 * step
        await other.heard(teller.process.emitter)
        await other.tick(0.0)
        await watch.tick(clock())
    assert (await run_now(world, run)).state.name == "Running"


async def test_runs_without_a_process_are_left_alone(world, watch, clock):
    """Suspended ones gave it up, scheduled ones have none, finished ones need none."""
    teller = Teller()
    suspended, over = begun(teller), begun(teller)
    teller.tell(
        state(suspended, RunKind.FLOW_RUN, change(StateType.PAUSED, name="Suspended")),
        suspended,
        suspended,
    )
    teller.tell(state(over, RunKind.FLOW_RUN, change(StateType.COMPLETED)), over, over)
    await world.take(teller.batch())
    for seconds in (0, 100):
        clock.seconds = seconds
        await watch.tick(clock())
    assert (await run_now(world, suspended)).state.name == "Suspended"
    assert (await run_now(world, over)).state.name == "Completed"


async def test_a_process_that_ends_takes_its_runs_with_it_at_once(world, watch):
    """Its closing batch is the proof: Crashed as observed, with what is not known said."""
    teller = Teller()
    run, over = begun(teller), begun(teller)
    teller.tell(state(over, RunKind.FLOW_RUN, change(StateType.COMPLETED)), over, over)
    await world.take(teller.batch(closing=True))
    told = await run_now(world, run)
    assert told.state.type is StateType.CRASHED
    assert "without a word" in told.state.message
    assert told.state.details["exit"] is None
    assert sorted(await world.rows("SELECT origin FROM runs")) == [("engine",), ("observer",)]
    assert (await run_now(world, over)).state.name == "Completed"


@pytest.mark.parametrize("last", ["event", "line", "state"])
async def test_a_run_of_a_dead_process_ended_with_its_last_sign_of_life(world, watch, last):
    """The last it has told, and at least its last state; that it crashed was seen later."""
    teller = Teller()
    run = begun(teller)
    match last:
        case "event":
            teller.tell(event(occurred=START + timedelta(seconds=7)), run, run)
        case "line":
            teller.log(run, run, "one", "two")
    await world.take(teller.batch(adopted=True, closing=True))
    told = await run_now(world, run)
    sign = {
        "event": timedelta(seconds=7),
        "line": timedelta(milliseconds=1, microseconds=1),
        "state": timedelta(0),
    }
    assert told.ended == START + sign[last]
    assert told.state.timestamp > told.ended


async def test_a_silent_process_has_ended_when_its_lease_was_last_renewed(world, watch, clock):
    """Also once that is proven: the proof is no sign of life."""
    teller = Teller()
    run = begun(teller)
    await world.take(teller.batch())
    await watch.tick(clock())
    ((renewed,),) = await world.rows("SELECT renewed FROM leases")
    clock.seconds = 60
    await watch.tick(clock())
    assert micros((await run_now(world, run)).ended) == renewed
    await watch.ended(teller.process.emitter)
    proven = await run_now(world, run)
    assert (micros(proven.ended), proven.state.details["exit"]) == (renewed, None)


async def test_an_adopted_journal_ends_its_process_with_its_last_batch(world, watch):
    """Not before: more may come, and settle it otherwise."""
    teller = Teller()
    run = begun(teller)
    teller.tell(state(run, RunKind.FLOW_RUN, change(StateType.FAILED)), run, run)
    await world.take(teller.batch(0, 1, adopted=True))
    assert (await run_now(world, run)).state.name == "Running"
    await world.take(teller.batch(1, 2, adopted=True, closing=True))
    assert (await run_now(world, run)).state.name == "Failed"


async def test_a_server_that_died_before_it_said_so_says_it_later(world, watch, clock):
    """A process that had ended is found by the next tick, of any server."""
    teller = Teller()
    run = begun(teller)
    await world.services.intake.take(teller.batch(closing=True))
    assert (await run_now(world, run)).state.name == "Running"
    await watch.tick(clock())
    assert (await run_now(world, run)).state.name == "Crashed"


# --- coming back ---------------------------------------------------------------------------------


async def test_a_process_that_reports_again_is_said_to_reappear(world, watch, clock):
    """Its run is Running again, by an event, though its engine says nothing new."""
    teller = Teller()
    run = begun(teller)
    await world.take(teller.batch())
    for seconds in (0, 60):
        clock.seconds = seconds
        await watch.tick(clock())
    assert (await run_now(world, run)).state.name == "Crashed"
    await watch.heard(teller.process.emitter)
    assert (await run_now(world, run)).state.name == "Running"
    assert await names(world, run) == ["running", "crashed", "reappeared"]
    for seconds in (90, 119, 150):
        clock.seconds = seconds
        await watch.heard(teller.process.emitter)
        await watch.tick(clock())
    assert (await run_now(world, run)).state.name == "Running"


async def test_a_run_that_was_to_be_cancelled_is_cancelling_again(world, watch, clock):
    """Its process has yet to hear of it."""
    teller = Teller()
    run = begun(teller)
    await world.take(teller.batch())
    await world.http.post(f"/api/flow-runs/{run}/cancel", json={"message": "stop"})
    for seconds in (0, 60):
        clock.seconds = seconds
        await watch.tick(clock())
    assert (await run_now(world, run)).state.name == "Crashed"
    await watch.heard(teller.process.emitter)
    told = await run_now(world, run)
    assert told.state.type is StateType.CANCELLING
    assert "stop" in told.state.message


async def test_it_reappears_also_when_its_events_settle_it(world, watch, clock):
    """The batch that tells of the end comes after the event that says it is back."""
    teller = Teller()
    run = begun(teller)
    await world.take(teller.batch())
    for seconds in (0, 60):
        clock.seconds = seconds
        await watch.tick(clock())
    teller.tell(state(run, RunKind.FLOW_RUN, change(StateType.COMPLETED)), run, run)
    await world.take(teller.batch(1, closing=True))
    assert (await run_now(world, run)).state.name == "Completed"
    assert await names(world, run) == ["running", "crashed", "reappeared", "completed"]


async def test_a_new_server_remembers_who_was_presumed_crashed(world, watch, clock):
    """The lease says so, in the database."""
    teller = Teller()
    run = begun(teller)
    await world.take(teller.batch())
    for seconds in (0, 60):
        clock.seconds = seconds
        await watch.tick(clock())
    services = world.services
    fresh = Leases(
        services.database, services.dictionary, services.stamps, timedelta(seconds=60), clock
    )
    await fresh.learn()
    await fresh.heard(teller.process.emitter)
    assert (await run_now(world, run)).state.name == "Running"


async def test_a_presumption_becomes_proof_when_the_process_is_known_to_have_ended(
    world, watch, clock
):
    """Then it is Crashed as observed, which outranks what is presumed."""
    teller = Teller()
    run = begun(teller)
    await world.take(teller.batch())
    for seconds in (0, 60):
        clock.seconds = seconds
        await watch.tick(clock())
    await world.take(teller.batch(1, adopted=True, closing=True))
    assert (await run_now(world, run)).state.name == "Crashed"
    assert await world.rows("SELECT origin FROM runs") == [("observer",)]


STEPS = (
    change(StateType.RUNNING),
    change(StateType.PAUSED),
    change(StateType.RUNNING),
    change(StateType.SCHEDULED, name="AwaitingRetry"),
    change(StateType.RUNNING, name="Retrying", attempt=1),
    change(StateType.PAUSED, attempt=1),
    change(StateType.COMPLETED, attempt=1),
)


async def test_whenever_a_process_was_presumed_gone_its_own_story_counts_in_the_end(
    world, watch, clock, random
):
    """Any story, told in any parts, with silences anywhere between: the state is the story's."""
    for _ in range(LIVES):
        await one_life(world, watch, clock, random)


async def one_life(world, watch: Leases, clock: Clock, random: Random) -> None:
    """One process with one run, that falls silent now and then and tells late what it did."""
    now = world.services.stamps.wall()
    skew = random.choice((0, 0, -50_000_000, 50_000_000)) + now - micros(START)
    teller = Teller(clock=skew, step=random.choice((1, 1_000, 20_000_000)))
    run = begun(teller)
    for step in STEPS[1 : random.randrange(1, len(STEPS) + 1)]:
        teller.tell(state(run, RunKind.FLOW_RUN, step), run, run)
    sent = 0
    await watch.heard(teller.process.emitter)
    while sent < len(teller.records):
        upto = random.randrange(sent + 1, len(teller.records) + 1)
        await world.take(teller.batch(sent, upto))
        sent = upto
        for _ in range(random.randrange(4)):
            await watch.tick(clock())
            clock.seconds += random.choice((1, 61))
        if random.random() < 0.5:
            await watch.heard(teller.process.emitter)
    await watch.heard(teller.process.emitter)
    await watch.tick(clock())
    story = RunFold()
    for record in teller.records:
        story = fold(story, fact(record, teller))
    told = await run_now(world, run)
    assert (told.state.type, told.state.name) == (story.state.type, story.state.name)
    # The other lives must not fall silent in the next one's time.
    await world.take(teller.batch(sent, closing=True))


def fact(record: EventRecord, teller: Teller) -> Fact:
    """What a record says for the fold."""
    told = codec.decode(StateChange, record.event.payload)
    emitter = teller.process.emitter.bytes
    return Fact(told, record.event.occurred, record.stamp, emitter, record.number)


async def test_presuming_twice_is_presuming_once(world, watch, clock):
    """A server that looks again, or another one, adds no second event."""
    teller = Teller()
    run = begun(teller)
    await world.take(teller.batch())
    services = world.services
    other = Leases(
        services.database, services.dictionary, services.stamps, timedelta(seconds=60), clock
    )
    for seconds in (0, 60, 120, 180):
        clock.seconds = seconds
        await watch.tick(clock())
        await other.tick(clock())
    assert await names(world, run) == ["running", "crashed"]


async def test_uptime_does_not_count_while_the_server_was_stopped():
    """A process that was stopped for an hour has heard nobody, and blames nobody."""
    moments = iter((0.0, 5.0, 3605.0, 3610.0))
    uptime = Uptime(lambda: next(moments), most=10.0)
    assert [uptime(), uptime(), uptime()] == [5.0, 15.0, 20.0]
