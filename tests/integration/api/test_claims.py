"""Background task runs, and the task workers that claim them."""

from __future__ import annotations

import asyncio
from collections import Counter
from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from peninsula.core import claims, codec
from peninsula.core.answers import Poll
from peninsula.core.claims import Claims, Wanted
from peninsula.core.records import Orders
from peninsula.core.runs import Birth, Origin, RunKind
from peninsula.core.states import StateType
from peninsula.server.services.leases import Leases
from tests.support.make import START, Teller, change, event, state

pytestmark = pytest.mark.anyio


def deferred(teller: Teller, task: str = "send", after: int = 0, **details) -> UUID:
    """A background run that its caller has scheduled."""
    run = uuid4()
    told = change(
        StateType.SCHEDULED,
        born=Birth(name=f"{task}-1", task=task),
        origin=Origin.OBSERVER,
        details=details or claims.details_of("s3://lake/parameters"),
    )
    at = START + timedelta(seconds=after)
    teller.tell(state(run, RunKind.TASK_RUN, told, at), run, run)
    return run


def tell(worker: Teller, run: UUID, type_: StateType) -> None:
    """What a worker tells of a run that it has."""
    worker.tell(state(run, RunKind.TASK_RUN, change(type_)), run, run)


@pytest.fixture
async def worker(world) -> Teller:
    """A task worker whose journal the server knows."""
    teller = Teller()
    teller.tell(event("worker.began"))
    await world.take(teller.batch())
    return teller


async def answer(world, teller: Teller, *tasks: str, **more) -> Claims:
    """What the server answers to a worker that asks."""
    wanted = Wanted(emitter=teller.process.emitter, tasks=tasks or ("send",), **more)
    said = await world.http.post("/api/task-runs/claim", content=codec.encode(wanted))
    assert said.status_code == 200, said.text
    return codec.decode(Claims, said.content)


async def claim(world, teller: Teller, *tasks: str, **more) -> list[UUID]:
    """The runs that a worker gets."""
    return [each.run for each in (await answer(world, teller, *tasks, **more)).claims]


async def state_of(world, run: UUID) -> str:
    """The name of the state it is in."""
    return (await world.get(f"task-runs/{run}"))["state"]["name"]


async def scheduled(world, *tasks: str) -> list[UUID]:
    """Background runs of those tasks in the log, each a second after the other."""
    caller = Teller()
    runs = [deferred(caller, task, after) for after, task in enumerate(tasks or ("send",))]
    await world.take(caller.batch())
    return runs


async def test_a_run_goes_to_who_asks_first_and_to_nobody_else(world, worker):
    """It is Pending from then on, and its events name the worker."""
    [run] = await scheduled(world)
    assert await claim(world, worker, limit=5) == [run]
    assert await claim(world, Teller(), limit=5) == []
    assert await state_of(world, run) == "Pending"
    told = await world.get("events", resource=f"peninsula.task-run.{run}", limit=1)
    [related] = told["items"][0]["related"]
    assert related["id"] == f"peninsula.task-worker.{worker.process.emitter}"


async def test_a_worker_gets_runs_of_its_tasks_only_the_oldest_first(world, worker):
    """And no more than it asked for."""
    first, other, second = await scheduled(world, "send", "resize", "send")
    assert await claim(world, worker, "send", limit=1) == [first]
    assert await claim(world, worker, "send", "wash", limit=5, seen=1 << 60) == [second]
    assert await state_of(world, other) == "Scheduled"


async def test_a_run_that_waits_in_its_flows_process_is_no_workers(world, worker):
    """AwaitingRetry is Scheduled, too; so is a state that someone made."""
    caller = Teller()
    run = deferred(caller, nothing=True)
    again = uuid4()
    told = change(StateType.SCHEDULED, name="AwaitingRetry", born=Birth(name="s", task="send"))
    caller.tell(state(again, RunKind.TASK_RUN, told), again, again)
    await world.take(caller.batch())
    assert await claim(world, worker) == []
    assert await state_of(world, run) == "Scheduled"


async def test_who_waits_is_answered_when_a_run_comes(world, worker):
    """Long before its wait is over."""
    waiting = asyncio.create_task(claim(world, worker, wait=30.0))
    while not world.services.claims._waiting:  # noqa: ASYNC110  it has no event
        await asyncio.sleep(0)
    [run] = await scheduled(world)
    async with asyncio.timeout(5):
        assert await waiting == [run]


async def test_a_server_that_stops_lets_go_who_waits(world, worker):
    """With an answer."""
    waiting = asyncio.create_task(claim(world, worker, wait=30.0))
    while not world.services.claims._waiting:  # noqa: ASYNC110  as above
        await asyncio.sleep(0)
    world.services.let_go()
    async with asyncio.timeout(5):
        assert await waiting == []


async def test_what_never_reached_its_worker_is_given_to_it_again(world, worker):
    """The worker says up to which answer it has heard."""
    [run] = await scheduled(world)
    lost = await answer(world, worker)
    assert [each.run for each in lost.claims] == [run]
    assert await claim(world, worker) == [run]
    assert await claim(world, worker, seen=lost.stamp) == []


async def test_each_of_many_workers_gets_other_runs(world):
    """However they come at once."""
    runs = await scheduled(world, *["send"] * 40)
    given = await asyncio.gather(*(claim(world, Teller(), limit=5) for _ in range(12)))
    assert Counter(run for some in given for run in some) == Counter(runs)


async def test_what_a_worker_never_began_is_there_for_the_next_when_it_has_ended(world, worker):
    """It is known that nothing of the first can come any more."""
    begun, waiting = await scheduled(world, "send", "send")
    assert await claim(world, worker, limit=2) == [begun, waiting]
    tell(worker, begun, StateType.RUNNING)
    await world.take(worker.batch(1, closing=True))
    assert await state_of(world, begun) == "Crashed"
    assert await state_of(world, waiting) == "Scheduled"
    assert await claim(world, Teller(), limit=2) == [waiting]


async def test_what_a_silent_worker_never_began_is_presumed_crashed(world, worker):
    """Until the worker is heard after all: then it is as the worker says."""
    [run] = await scheduled(world)
    await claim(world, worker)
    services = world.services
    seconds = 0.0
    leases = Leases(
        services.database,
        services.dictionary,
        services.stamps,
        timedelta(seconds=60),
        lambda: seconds,
    )
    await leases.tick(0.0)
    assert await state_of(world, run) == "Pending"
    seconds = 61.0
    await leases.tick(seconds)
    assert await state_of(world, run) == "Crashed"
    assert await world.rows("SELECT origin FROM runs") == [("presumed",)]
    tell(worker, run, StateType.RUNNING)
    await world.take(worker.batch(1))
    assert await state_of(world, run) == "Running"


async def test_claims_of_runs_that_are_over_are_forgotten(world, worker):
    """The table holds what workers have in hand, not what they ever had."""
    runs = await scheduled(world, "send", "send")
    for run in runs:
        seen = (await answer(world, worker, limit=1)).stamp
        tell(worker, run, StateType.COMPLETED)
    await world.take(worker.batch(1))
    [last] = await scheduled(world)
    assert await claim(world, worker, limit=5, seen=seen) == [last]
    assert [bytes(uuid) for (uuid,) in await world.rows("SELECT run FROM claims")] == [last.bytes]


# --- cancelling ----------------------------------------------------------------------------------


async def cancel(world, run: UUID):
    """The answer to a request to cancel."""
    return await world.http.post(f"/api/task-runs/{run}/cancel", json={})


async def test_a_run_that_nobody_claimed_is_cancelled_at_once(world, worker):
    """And never given out."""
    [run] = await scheduled(world)
    assert (await cancel(world, run)).json()["state"]["name"] == "Cancelled"
    assert await claim(world, worker) == []


@pytest.mark.parametrize("begun", [False, True])
async def test_the_worker_is_told_to_cancel_what_it_has(world, worker, begun):
    """Also when nobody has heard that it began."""
    [run] = await scheduled(world)
    await claim(world, worker)
    if begun:
        tell(worker, run, StateType.RUNNING)
        await world.take(worker.batch(1))
    assert (await cancel(world, run)).json()["state"]["name"] == "Cancelling"
    poll = Poll(emitter=worker.process.emitter, wait=0.0, acknowledged=())
    said = await world.http.post("/api/control", content=codec.encode(poll))
    orders = codec.decode(Orders, said.content)
    assert [(each.run, each.action) for each in orders.commands] == [(run, "cancel")]


async def test_a_task_run_in_its_flows_process_is_cancelled_with_its_flow(world):
    """The answer says how."""
    caller = Teller()
    run, root = uuid4(), uuid4()
    born = Birth(name="clean-0", task="clean", parent=root, root=root)
    caller.tell(state(run, RunKind.TASK_RUN, change(StateType.RUNNING, born=born)), run, root)
    await world.take(caller.batch())
    said = await cancel(world, run)
    assert said.status_code == 409
    assert f"peninsula flow-run cancel {root}" in said.json()["message"]


async def test_a_run_that_is_over_cannot_be_cancelled(world, worker):
    """It keeps its state."""
    [run] = await scheduled(world)
    await claim(world, worker)
    tell(worker, run, StateType.COMPLETED)
    await world.take(worker.batch(1))
    assert (await cancel(world, run)).status_code == 409
    assert await state_of(world, run) == "Completed"


async def test_a_request_without_tasks_is_refused(world):
    """So is a limit of none."""
    for body in ({"tasks": []}, {"tasks": ["send"], "limit": 0}, {"tasks": ["a\nb"]}):
        asked = {"emitter": str(uuid4()), **body}
        said = await world.http.post("/api/task-runs/claim", json=asked)
        assert said.status_code in {400, 422}, said.text
