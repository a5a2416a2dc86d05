"""Cancelling a run, and the poll by which its process hears of it."""

from __future__ import annotations

import asyncio
from uuid import UUID, uuid4

import pytest

from peninsula.core import codec
from peninsula.core.answers import Poll
from peninsula.core.filters import EventFilter
from peninsula.core.records import Orders
from peninsula.core.runs import Birth, RunKind
from peninsula.core.states import StateType
from peninsula.server.services.control import Control
from peninsula.server.services.keys import OWNER
from peninsula.server.storage.read import events, run_rows
from tests.support.make import Teller, change, state

pytestmark = pytest.mark.anyio


def begun(teller: Teller, *states: StateType, **parts) -> UUID:
    """A flow run that went through these states."""
    run = uuid4()
    born = Birth(name="nightly-1", flow="nightly")
    for place, one in enumerate(states or (StateType.RUNNING,)):
        told = change(one, born=born if place == 0 else None, **parts)
        teller.tell(state(run, RunKind.FLOW_RUN, told), run, run)
    return run


async def poll(world, teller: Teller, *, wait: float = 0.0, acknowledged=()) -> Orders:
    """What the process is told."""
    asked = Poll(emitter=teller.process.emitter, wait=wait, acknowledged=tuple(acknowledged))
    answer = await world.http.post("/api/control", content=codec.encode(asked))
    assert answer.status_code == 200, answer.text
    return codec.decode(Orders, answer.content)


async def polled(control: Control, teller: Teller) -> None:
    """Return once the process's poll is open."""
    while teller.process.emitter not in control._polls:  # noqa: ASYNC110  it has no event
        await asyncio.sleep(0)


async def cancel(world, run: UUID, **body):
    """The answer to a request to cancel."""
    return await world.http.post(f"/api/flow-runs/{run}/cancel", json=body)


async def test_a_running_run_is_cancelling_until_its_process_answers(world):
    """The process is told; its own Cancelled then settles it."""
    teller = Teller()
    run = begun(teller)
    await world.take(teller.batch())
    answer = await cancel(world, run, message="not today")
    assert answer.status_code == 200
    assert answer.json()["state"]["type"] == "CANCELLING"
    assert "not today" in answer.json()["state"]["message"]
    told = await poll(world, teller)
    assert [(c.run, c.action, c.message) for c in told.commands] == [(run, "cancel", "not today")]
    teller.tell(state(run, RunKind.FLOW_RUN, change(StateType.CANCELLED)), run, run)
    await world.take(teller.batch(1))
    assert (await world.get(f"flow-runs/{run}"))["state"]["type"] == "CANCELLED"
    assert (await poll(world, teller)).commands == ()


async def test_a_poll_waits_and_is_answered_as_soon_as_there_is_a_word(world):
    """Long before its wait is over."""
    teller = Teller()
    run = begun(teller)
    await world.take(teller.batch())
    waiting = asyncio.create_task(poll(world, teller, wait=30.0))
    await polled(world.services.control, teller)
    await cancel(world, run)
    async with asyncio.timeout(5):
        assert [command.run for command in (await waiting).commands] == [run]


async def test_a_command_is_said_until_it_is_acknowledged_by_whom_it_is_for(world):
    """A lost answer loses nothing, and another process cannot make it go away."""
    teller, other = Teller(), Teller()
    run = begun(teller)
    begun(other)
    await world.take(teller.batch())
    await world.take(other.batch())
    await cancel(world, run)
    (command,) = (await poll(world, teller)).commands
    assert (await poll(world, other, acknowledged=[command.id])).commands == ()
    assert (await poll(world, teller)).commands == (command,)
    assert (await poll(world, teller, acknowledged=[command.id, uuid4()])).commands == ()


@pytest.mark.parametrize("before", [StateType.SCHEDULED, StateType.PENDING])
async def test_a_run_that_no_process_has_is_cancelled_at_once(world, before):
    """As when it was scheduled by someone who is gone."""
    teller = Teller()
    run = begun(teller, before)
    await world.services.intake.take(teller.batch(closing=True))
    answer = await cancel(world, run)
    assert answer.json()["state"]["type"] == "CANCELLED"
    assert (await poll(world, teller)).commands == ()
    assert await world.rows("SELECT count(*) FROM commands") == [(0,)]


async def test_a_suspended_run_is_cancelled_at_once(world):
    """Its process gave it up and waits no more."""
    teller = Teller()
    run = begun(teller)
    teller.tell(state(run, RunKind.FLOW_RUN, change(StateType.PAUSED, name="Suspended")), run, run)
    await world.take(teller.batch())
    assert (await cancel(world, run)).json()["state"]["type"] == "CANCELLED"


@pytest.mark.parametrize(
    "end", [StateType.COMPLETED, StateType.FAILED, StateType.CRASHED, StateType.CANCELLED]
)
async def test_a_run_that_is_over_cannot_be_cancelled(world, end):
    """The table of moves says so, and the answer names the state."""
    teller = Teller()
    run = begun(teller, StateType.RUNNING, end)
    await world.take(teller.batch())
    answer = await cancel(world, run)
    assert answer.status_code == 409
    assert answer.json()["code"] == "conflict"
    assert "nightly-1" in answer.json()["message"]
    assert (await world.get(f"flow-runs/{run}"))["state"]["type"] == end.value


async def test_cancelling_twice_is_cancelling_once(world):
    """No second event, no second command."""
    teller = Teller()
    run = begun(teller)
    await world.take(teller.batch())
    first, second = await cancel(world, run), await cancel(world, run)
    assert first.json() == second.json()
    assert len((await poll(world, teller)).commands) == 1


async def test_the_event_says_who_cancelled(world):
    """The caller is related to it as the actor."""
    teller = Teller()
    run = begun(teller)
    await world.take(teller.batch())
    await cancel(world, run)
    page = await world.read(
        events.find_events, EventFilter(names=("peninsula.flow-run.cancelling",))
    )
    (event,) = page.items
    assert [(related.role, related.name) for related in event.related] == [
        ("actor", "the owner of this home")
    ]
    assert event.root == run


async def test_an_engine_whose_clock_is_ahead_is_cancelling_all_the_same(world):
    """The word comes after the state that it is about, whatever the clocks say."""
    teller = Teller(clock=world.services.stamps.wall() - 1_769_824_800_000_000 + 3_600_000_000)
    run = begun(teller)
    await world.take(teller.batch())
    assert (await cancel(world, run)).json()["state"]["type"] == "CANCELLING"


async def test_what_another_server_was_asked_is_said_here_too(world):
    """The tick finds it in the database and wakes the poll."""
    teller = Teller()
    run = begun(teller)
    await world.take(teller.batch())
    services = world.services
    here = services.control
    there = Control(
        services.database,
        services.dictionary,
        services.stamps,
        services.leases,
        services.stamps.wall,
    )
    waiting = asyncio.create_task(poll(world, teller, wait=30.0))
    await polled(here, teller)
    await there.cancel(RunKind.FLOW_RUN, run, OWNER, None)
    await here.tick(services.stamps.wall())
    if services.database.dialect == "sqlite":
        # One process writes a SQLite database, so there is no other server to listen for.
        here.close()
    async with asyncio.timeout(5):
        assert [command.run for command in (await waiting).commands] == [run]


async def test_a_stopping_server_answers_its_polls(world):
    """So that it need not wait for them."""
    teller = Teller()
    begun(teller)
    await world.take(teller.batch())
    waiting = asyncio.create_task(poll(world, teller, wait=30.0))
    await polled(world.services.control, teller)
    world.services.let_go()
    async with asyncio.timeout(5):
        assert (await waiting).commands == ()
        assert (await poll(world, teller, wait=30.0)).commands == ()


async def test_a_poll_renews_the_lease(world):
    """A process that has nothing to tell is alive all the same."""
    teller = Teller()
    begun(teller)
    await world.services.intake.take(teller.batch())
    assert await world.rows("SELECT count(*) FROM leases") == [(0,)]
    await poll(world, teller)
    await world.services.leases.tick(1.0)
    assert await world.rows("SELECT count(*) FROM leases") == [(1,)]


async def test_old_commands_are_forgotten(world):
    """A week after they were asked, whoever they were for."""
    teller = Teller()
    run = begun(teller)
    await world.take(teller.batch())
    await cancel(world, run)
    await world.services.control.tick(world.services.stamps.wall())
    assert await world.rows("SELECT count(*) FROM commands") == [(1,)]
    await world.services.control.tick(world.services.stamps.wall() + 8 * 86_400_000_000)
    assert await world.rows("SELECT count(*) FROM commands") == [(0,)]
    told = await world.read(run_rows.run_by_id, RunKind.FLOW_RUN, run)
    assert told.state.type is StateType.CANCELLING
