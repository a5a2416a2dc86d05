"""Work pools, and the workers that claim runs from them."""

from __future__ import annotations

import asyncio
from copy import deepcopy
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from msgspec import Raw
from sqlalchemy import event as hooks

from peninsula.core import codec
from peninsula.core.base_templates import BASE_TEMPLATES
from peninsula.core.deployments import Submission
from peninsula.core.runs import RunKind
from peninsula.core.states import StateType
from peninsula.core.work import PAUSE_KEY, SUSPENSION
from peninsula.server.services.leases import Leases
from peninsula.server.storage.moments import moment
from peninsula.server.storage.referee import pauses, submissions
from peninsula.server.storage.referee.moves import Now
from peninsula.server.storage.referee.starts import MOST_UNREACHED
from tests.support.make import START, Teller, change, event, state

pytestmark = pytest.mark.anyio


class Work:
    """A pool on a server, asked as workers and people ask."""

    def __init__(self, world) -> None:
        self.world = world

    async def post(self, path: str, body: object = None, status: int = 200) -> Any:
        """The answer to a POST, whose status is that."""
        content = codec.encode({} if body is None else body)
        said = await self.world.http.post(f"/api/{path}", content=content)
        assert said.status_code == status, said.text
        return said.json() if said.content else None

    async def pool(self, name: str = "lake", **more: object) -> UUID:
        """A work pool of processes."""
        body = {"name": name, "type": "process", **more}
        return UUID((await self.post("work-pools", body, 201))["id"])

    async def worker(self, name: str = "one", pool: str = "lake") -> Teller:
        """A worker that has said that it is there."""
        teller = Teller()
        teller.tell(event("worker.began"))
        await self.world.take(teller.batch())
        await self.beat(teller, name, pool)
        return teller

    async def beat(self, worker: Teller, name: str = "one", pool: str = "lake", **more: Any):
        """A heartbeat of it."""
        told = {"emitter": str(worker.process.emitter), "name": name, "type": "process", **more}
        return await self.post(f"work-pools/{pool}/workers", told)

    async def submit(self, pool: UUID | None, after: float = -1, **more: Any) -> UUID:
        """A run that is due so many seconds from now."""
        services = self.world.services
        now = Now(services.stamps.wall(), services.stamps.next())
        wanted = Submission(
            run=uuid4(),
            flow="etl",
            name="brisk-otter",
            due=moment(now.at) + timedelta(seconds=after),
            pool=pool,
            **more,
        )
        run = await services.database.write(submissions.submit, services.dictionary, wanted, now)
        services.work.wake()
        return run

    async def jobs(self, worker: Teller, pool: str = "lake", **more: object) -> list[dict]:
        """What a worker is given."""
        asked = {"emitter": str(worker.process.emitter), "worker": "one", "limit": 10, **more}
        return (await self.post(f"work-pools/{pool}/claim", asked)).get("jobs", [])

    async def claim(self, worker: Teller, pool: str = "lake", **more: object) -> list[UUID]:
        """The runs that a worker is given."""
        return [UUID(job["run"]) for job in await self.jobs(worker, pool, **more)]

    async def state(self, run: UUID) -> str:
        """The name of the state that a run is in."""
        return (await self.world.get(f"flow-runs/{run}"))["state"]["name"]

    async def late(self) -> tuple[list[str], int, int]:
        """The runs that the overview calls late; how many the list of runs does, and the pool."""
        listed = await self.world.get("flow-runs/counts", state_name="Late")
        pool = await self.world.get("work-pools/lake")
        late = (await self.world.get("overview"))["late"]
        return [run["id"] for run in late], listed["total"], pool["late"]

    async def begin(self, run: UUID, start: int = 1, status: int = 200) -> UUID:
        """The process that begins a run."""
        emitter = uuid4()
        body = {"emitter": str(emitter), "start": start}
        await self.post(f"flow-runs/{run}/begin", body, status)
        return emitter


@pytest.fixture
def work(world) -> Work:
    """A server with no pool yet."""
    return Work(world)


async def test_a_run_that_is_due_goes_to_one_worker_and_no_other(work):
    """It is Pending then, and its event names the worker and the pool."""
    pool = await work.pool()
    one, other = await work.worker(), await work.worker("two")
    run = await work.submit(pool)
    assert await work.claim(one) == [run]
    assert await work.claim(other) == []
    assert await work.state(run) == "Pending"
    told = await work.world.get("events", resource=f"peninsula.flow-run.{run}", limit=1)
    assert {related["role"] for related in told["items"][0]["related"]} == {"worker", "work-pool"}


async def test_who_waits_is_answered_when_a_run_is_due(work):
    """Neither before, nor at the next look after it."""
    pool = await work.pool()
    worker = await work.worker()
    run = await work.submit(pool, after=0.3)
    assert await work.claim(worker) == []
    async with asyncio.timeout(5):
        assert await work.claim(worker, wait=30) == [run]


async def test_who_waits_is_answered_when_a_run_is_made(work):
    """Long before its wait is over."""
    pool = await work.pool()
    worker = await work.worker()
    waiting = asyncio.create_task(work.claim(worker, wait=30))
    while not work.world.services.work.waiting:  # noqa: ASYNC110  it has no event
        await asyncio.sleep(0)
    run = await work.submit(pool)
    async with asyncio.timeout(5):
        assert await waiting == [run]


async def test_an_answer_that_was_lost_is_given_again(work):
    """To the same worker, with the same start, and to nobody else."""
    pool = await work.pool()
    worker = await work.worker()
    run = await work.submit(pool)
    [first] = await work.jobs(worker)
    [again] = await work.jobs(worker)
    assert (again["run"], again["start"], again["claimed"]) == (str(run), 1, first["claimed"])
    assert again["key"] != first["key"]


async def test_runs_go_by_the_priority_of_their_queue_then_their_own(work):
    """And by when they were due, last."""
    pool = await work.pool()
    await work.post("work-pools/lake/queues", {"name": "slow", "priority": 5}, 201)
    worker = await work.worker()
    slow = await work.submit(pool, after=-9, queue="slow")
    late = await work.submit(pool, after=-3)
    urgent = await work.submit(pool, after=-1, priority=-5)
    assert await work.claim(worker, limit=3) == [urgent, late, slow]


async def test_a_worker_of_a_queue_gets_the_runs_of_that_queue_only(work):
    """Whatever waits in others."""
    pool = await work.pool()
    await work.post("work-pools/lake/queues", {"name": "slow"}, 201)
    worker = await work.worker()
    run = await work.submit(pool, queue="slow")
    assert await work.claim(worker, queues=["default"]) == []
    assert await work.claim(worker, queues=["slow"]) == [run]


@pytest.mark.parametrize("limited", ["pool", "queue", "deployment"])
async def test_no_more_runs_are_given_than_a_limit_allows(work, limited):
    """Of the pool, of the queue, of the deployment; when one is over, the next is given."""
    pool = await work.pool(concurrency_limit=1 if limited == "pool" else None)
    if limited == "queue":
        await work.post("work-pools/lake/queues/default", {"concurrency_limit": 1})
    deployment = await _deployment(work) if limited == "deployment" else None
    worker = await work.worker()
    runs = [await work.submit(pool, after=-9 + at, deployment=deployment) for at in range(2)]
    assert await work.claim(worker, limit=5) == runs[:1]
    assert await work.claim(worker, seen=1 << 61) == []
    crash = {"emitter": str(worker.process.emitter), "start": 1, "message": "It is gone."}
    await work.post(f"flow-runs/{runs[0]}/crashed", crash)
    assert await work.claim(worker, seen=1 << 61) == runs[1:]


async def test_a_new_run_collides_with_what_is_under_way_when_it_is_due(work):
    """Not when a worker next has room, as the first is over by then."""
    pool = await work.pool()
    deployment = await _deployment(work, "CANCEL_NEW")
    worker = await work.worker()
    first = await work.submit(pool, deployment=deployment)
    assert await work.claim(worker) == [first]
    second = await work.submit(pool, after=5, deployment=deployment)
    scheduler = work.world.services.scheduler
    now = work.world.services.stamps.wall()
    await scheduler.tick(now)
    assert await work.state(second) == "Scheduled"
    assert scheduler._timer.when() - asyncio.get_running_loop().time() <= 5
    await scheduler.tick(now + 5_000_000)
    assert await work.state(second) == "Cancelled"
    gone = {"emitter": str(worker.process.emitter), "start": 1, "message": "It is gone."}
    await work.post(f"flow-runs/{first}/crashed", gone)
    third = await work.submit(pool, deployment=deployment)
    assert await work.claim(worker, seen=1 << 61) == [third]


async def test_new_runs_that_nobody_takes_collide_with_each_other(work):
    """However long no worker is there, as many wait as may run; those are not cancelled later."""
    pool = await work.pool()
    deployment = await _deployment(work, "CANCEL_NEW")
    worker = await work.worker()
    again = await work.submit(pool, after=-60, deployment=deployment)
    assert await work.claim(worker) == [again]
    gone = {"emitter": str(worker.process.emitter), "start": 1, "message": "It is gone."}
    await work.post(f"flow-runs/{again}/crashed", gone)
    runs = [await work.submit(pool, after=-9 + at, deployment=deployment) for at in range(3)]
    await work.world.services.scheduler.tick(work.world.services.stamps.wall())
    assert [await work.state(run) for run in runs] == ["Scheduled", "Cancelled", "Cancelled"]
    message = (await work.world.get(f"flow-runs/{runs[1]}"))["state"]["message"]
    assert "due before it and not over" in message
    await work.post(f"flow-runs/{again}/retry")
    assert await work.claim(worker, seen=1 << 61) == [again]
    await work.world.services.scheduler.tick(work.world.services.stamps.wall())
    assert await work.state(runs[0]) == "Scheduled"


async def test_runs_that_were_due_before_a_deployment_cancels_new_ones_stay(work):
    """They were asked for when it had them wait."""
    pool = await work.pool()
    deployment = await _deployment(work, "CANCEL_NEW", updated=1 << 60)
    runs = [await work.submit(pool, after=-9 + at, deployment=deployment) for at in range(2)]
    await work.world.services.scheduler.tick(work.world.services.stamps.wall())
    assert [await work.state(run) for run in runs] == ["Scheduled"] * 2


async def test_a_run_that_is_tried_again_is_not_new_and_due_from_then_on(work):
    """A full deployment has it wait, and it is not late by the time that it was over."""
    pool = await work.pool()
    deployment = await _deployment(work, "CANCEL_NEW")
    worker = await work.worker()
    run = await work.submit(pool, after=-3600, deployment=deployment)
    assert await work.claim(worker) == [run]
    gone = {"emitter": str(worker.process.emitter), "start": 1, "message": "It is gone."}
    await work.post(f"flow-runs/{run}/crashed", gone)
    other = await work.submit(pool, deployment=deployment)
    assert await work.claim(worker, seen=1 << 61) == [other]
    await work.post(f"flow-runs/{run}/retry")
    assert await work.claim(worker, seen=1 << 61) == []
    now = work.world.services.stamps.wall()
    await work.world.services.scheduler.tick(now)
    assert await work.state(run) == "Scheduled"
    await work.post(f"flow-runs/{other}/crashed", gone)
    [job] = await work.jobs(worker, seen=1 << 61)
    assert (job["run"], job["start"]) == (str(run), 2)
    assert datetime.fromisoformat(job["due"]) > moment(now) - timedelta(minutes=1)


async def _deployment(work, strategy: str = "ENQUEUE", updated: int = 0) -> UUID:
    id_ = uuid4()
    values = {
        "id": id_.bytes, "flow": "etl", "name": "nightly", "tags": "\n", "pull_steps": "[]",
        "parameters": "{}", "parameter_schema": "{}", "enforce_parameter_schema": True,
        "job_variables": "{}", "paused": False, "concurrency_limit": 1,
        "collision_strategy": strategy, "created": 0, "updated": updated,
    }  # fmt: skip

    def add(tx) -> None:
        from peninsula.server.storage import tables  # noqa: PLC0415  for this unit

        tx.execute(tables.deployments.insert().values(**values))

    await work.world.services.database.write(add)
    return id_


async def test_a_paused_pool_and_a_paused_queue_give_nothing(work):
    """Until they are resumed."""
    pool = await work.pool(paused=True)
    worker = await work.worker()
    run = await work.submit(pool)
    assert await work.claim(worker) == []
    await work.post("work-pools/lake", {"paused": False})
    await work.post("work-pools/lake/queues/default", {"paused": True})
    assert await work.claim(worker) == []
    await work.post("work-pools/lake/queues/default", {"paused": False})
    assert await work.claim(worker) == [run]


async def test_a_run_that_was_not_begun_is_given_back(work):
    """So often, and no more: the address of the server may be wrong where it runs."""
    pool = await work.pool()
    worker = await work.worker()
    run = await work.submit(pool)
    told = {"emitter": str(worker.process.emitter), "message": "Gone.", "unreached": True}
    message = "Gone. The process found no server, and did not begin the run"
    for start in range(1, MOST_UNREACHED + 1):
        [job] = await work.jobs(worker, seen=1 << 61)
        assert (job["run"], job["start"]) == (str(run), start)
        await work.post(f"flow-runs/{run}/crashed", told | {"start": start})
        assert await work.state(run) == "Scheduled"
        await work.begin(run, start, status=409)  # nobody begins the start that was given back
        again = await work.post(f"flow-runs/{run}/crashed", told | {"start": start})
        assert again["start"] == start + 1
        assert again["state"]["message"] == f"{message}: it is given back, to be started anew."
    await work.claim(worker, seen=1 << 61)
    ended = await work.post(f"flow-runs/{run}/crashed", told | {"start": MOST_UNREACHED + 1})
    assert ended["state"]["name"] == "Crashed"
    assert ended["state"]["message"] == f"{message}, as {MOST_UNREACHED} times before."


async def test_a_run_that_is_late_each_time_is_given_back_no_more_often(work):
    """Its worker is busy, say: that nobody takes it for a while begins nothing."""
    pool = await work.pool()
    worker = await work.worker()
    run = await work.submit(pool)
    told = {"emitter": str(worker.process.emitter), "message": "Gone.", "unreached": True}
    states = []
    for start in range(1, MOST_UNREACHED + 2):
        later = work.world.services.stamps.wall() + 3_600_000_000
        await work.world.services.scheduler.tick(later)
        states.append(await work.state(run))
        [job] = await work.jobs(worker, seen=1 << 61)
        assert job["start"] == start
        await work.post(f"flow-runs/{run}/crashed", told | {"start": start})
    assert states == ["Late"] * (MOST_UNREACHED + 1)
    assert await work.state(run) == "Crashed"


async def test_a_run_that_was_begun_is_not_given_back(work):
    """Whatever the exit code of its process says."""
    pool = await work.pool()
    worker = await work.worker()
    run = await work.submit(pool)
    await work.claim(worker)
    await work.begin(run)
    told = {"emitter": str(worker.process.emitter), "start": 1, "message": "Gone."}
    ended = await work.post(f"flow-runs/{run}/crashed", told | {"unreached": True})
    assert (ended["state"]["name"], ended["state"]["message"]) == ("Crashed", "Gone.")


async def test_a_run_is_begun_once(work):
    """Asked again, the same process gets the same answer; another is refused."""
    pool = await work.pool()
    worker = await work.worker()
    run = await work.submit(pool, parameters=Raw(b'{"day":1}'), entrypoint="etl.py:etl")
    await work.begin(run, status=409)  # nobody has claimed it
    await work.claim(worker)
    process = await work.begin(run)
    again = {"emitter": str(process), "start": 1}
    job = await work.post(f"flow-runs/{run}/begin", again)
    assert job["parameters"] == {"day": 1}
    assert "key" not in job
    await work.begin(run, status=409)
    await work.begin(run, start=2, status=409)


async def test_a_run_whose_worker_ended_before_it_began_is_given_anew(work):
    """With another start: a process of the first one is refused."""
    pool = await work.pool()
    one, other = await work.worker(), await work.worker("two")
    run = await work.submit(pool)
    await work.claim(one)
    await work.world.services.leases.ended(one.process.emitter)
    assert await work.state(run) == "Scheduled"
    [job] = await work.jobs(other)
    assert (job["run"], job["start"]) == (str(run), 2)
    await work.begin(run, start=1, status=409)
    await work.begin(run, start=2)


async def test_a_worker_that_fell_silent_keeps_nothing_that_was_not_begun(work):
    """Nobody presumes anything: who would begin it has to ask, and is refused."""
    pool = await work.pool()
    worker = await work.worker()
    run = await work.submit(pool)
    await work.claim(worker)
    services = work.world.services
    passed = [0.0]
    leases = Leases(
        services.database, services.dictionary, services.stamps, timedelta(60), lambda: passed[0]
    )
    await leases.tick(0.0)
    await leases.tick(timedelta(61).total_seconds())
    assert await work.state(run) == "Scheduled"
    await work.begin(run, status=409)


async def test_a_begun_run_crashes_with_its_process_and_not_with_its_worker(work):
    """From its begin on, the lease of the process counts."""
    pool = await work.pool()
    worker = await work.worker()
    run = await work.submit(pool)
    await work.claim(worker)
    process = await work.begin(run)
    await work.world.services.leases.ended(worker.process.emitter)
    assert await work.state(run) == "Pending"
    await work.world.services.leases.ended(process)
    assert await work.state(run) == "Crashed"


async def test_a_worker_says_that_the_process_of_a_run_is_gone(work):
    """By an event that the Crashed state follows; nothing happens to a run that is over."""
    pool = await work.pool()
    worker = await work.worker()
    run = await work.submit(pool)
    await work.claim(worker)
    crash = {
        "emitter": str(worker.process.emitter), "start": 1, "message": "Killed.",
        "follows": str(uuid4()),
    }  # fmt: skip
    told = await work.post(f"flow-runs/{run}/crashed", crash)
    assert told["state"]["message"] == "Killed."
    again = await work.post(f"flow-runs/{run}/crashed", crash | {"message": "Again."})
    assert again["state"]["message"] == "Killed."
    events = await work.world.get("events", resource=f"peninsula.flow-run.{run}", limit=1)
    assert events["items"][0]["follows"] == crash["follows"]


async def test_what_a_worker_saw_stands_before_what_the_server_found_out(work):
    """Whoever comes first: the exit is why, not that a journal was left."""
    pool = await work.pool()
    worker = await work.worker()
    run = await work.submit(pool)
    await work.claim(worker)
    process = await work.begin(run)
    await work.world.services.leases.ended(process)
    assert await work.state(run) == "Crashed"
    crash = {
        "emitter": str(worker.process.emitter), "start": 1, "message": "Killed.",
        "follows": str(uuid4()),
    }  # fmt: skip
    told = await work.post(f"flow-runs/{run}/crashed", crash)
    assert told["state"]["message"] == "Killed."


async def test_a_claimed_run_that_is_cancelled_is_so_when_its_process_is_gone(work):
    """Its worker is told to stop it, and it is not begun any more."""
    pool = await work.pool()
    worker = await work.worker()
    run = await work.submit(pool)
    await work.claim(worker)
    await work.post(f"flow-runs/{run}/cancel", {"message": "wrong day"})
    assert await work.state(run) == "Cancelling"
    await work.begin(run, status=409)
    orders = await work.post("control", {"emitter": str(worker.process.emitter)})
    assert {each["action"] for each in orders["commands"]} == {"cancel", "stop"}
    crash = {"emitter": str(worker.process.emitter), "start": 1, "message": "It is gone."}
    told = await work.post(f"flow-runs/{run}/crashed", crash)
    assert told["state"]["name"] == "Cancelled"
    assert "wrong day" in told["state"]["message"]


async def test_a_failed_run_is_tried_again_with_the_next_start(work):
    """Its job says that it goes on; what the first start still tells changes nothing."""
    pool = await work.pool()
    worker = await work.worker()
    run = await work.submit(pool)
    await work.claim(worker)
    first = Teller()
    first.tell(state(run, RunKind.FLOW_RUN, change(StateType.RUNNING)), run, run)
    first.tell(state(run, RunKind.FLOW_RUN, change(StateType.FAILED)), run, run)
    await work.world.take(first.batch())
    await work.post(f"flow-runs/{run}/retry")
    assert await work.state(run) == "Scheduled"
    await work.world.services.leases.ended(first.process.emitter)
    assert await work.state(run) == "Scheduled"
    [job] = await work.jobs(worker, seen=1 << 61)
    assert (job["start"], job["retry"]) == (2, True)
    await work.post(f"flow-runs/{run}/retry", status=409)


async def test_a_run_that_is_tried_again_is_late_from_then_on(work):
    """Not from when it was due first; pool, list and overview count the same as late."""
    pool = await work.pool()
    run = await work.submit(pool, after=-86_400, expected=START)
    teller = Teller()
    teller.tell(state(run, RunKind.FLOW_RUN, change(StateType.FAILED)), run, run)
    await work.world.take(teller.batch())
    assert (await work.late()) == ([], 0, 0)
    await work.post(f"flow-runs/{run}/retry")
    again = (await work.world.get(f"flow-runs/{run}"))["state"]["timestamp"]
    overview = await work.world.get("overview")
    assert ([each["id"] for each in overview["next"]], overview["late"]) == ([str(run)], [])
    assert overview["due"] == {str(run): again}
    await work.world.services.scheduler.tick(work.world.services.stamps.wall() + 3_600_000_000)
    assert (await work.late()) == ([str(run)], 1, 1)
    overview = await work.world.get("overview")
    assert (overview["due"], overview["next"]) == ({str(run): again}, [])


async def test_a_run_that_was_cancelled_before_it_ran_does_not_go_on(work):
    """Its next start is its first one: it has no name of its template yet, and no results."""
    pool, worker = await work.pool(), await work.worker()
    run = await work.submit(pool)
    await work.post(f"flow-runs/{run}/cancel")
    await work.post(f"flow-runs/{run}/retry")
    [job] = await work.jobs(worker)
    assert (job["start"], "retry" in job) == (2, False)


async def test_a_worker_watches_over_the_starts_that_it_names(work):
    """The process of an earlier start may still be there when another worker has the next one."""
    pool = await work.pool()
    one, two = await work.worker(), await work.worker("two")
    run = await work.submit(pool)
    await work.claim(one)
    crash = {"emitter": str(one.process.emitter), "start": 1, "message": "It is gone."}
    await work.post(f"flow-runs/{run}/crashed", crash)
    await work.post(f"flow-runs/{run}/retry")
    assert await work.claim(two) == [run]
    assert (await work.beat(one, runs={str(run): 1}))["running"] == 0
    await work.post(f"flow-runs/{run}/cancel")
    orders = await work.post("control", {"emitter": str(two.process.emitter)})
    assert {each["action"] for each in orders["commands"]} == {"cancel", "stop"}
    assert (await work.beat(one, runs={str(run): 2}))["running"] == 1


async def test_a_run_of_a_program_is_not_tried_again_by_workers(work):
    """Nobody but the program knows how to start it."""
    run = uuid4()
    program = Teller()
    program.tell(state(run, RunKind.FLOW_RUN, change(StateType.FAILED)), run, run)
    await work.world.take(program.batch())
    said = await work.post(f"flow-runs/{run}/retry", status=409)
    assert "Run the program again" in said["message"]


async def failed(work, of: str) -> UUID:
    """A run of a deployment that failed."""
    run = UUID((await work.post(f"deployments/{of}/runs", status=201))["id"])
    process = Teller()
    process.tell(state(run, RunKind.FLOW_RUN, change(StateType.FAILED)), run, run)
    await work.world.take(process.batch())
    return run


async def startable(work, run: UUID) -> bool:
    """What the page of the run goes by."""
    return (await work.world.get(f"flow-runs/{run}/summary"))["startable"]


async def test_a_run_of_a_deployment_that_was_deleted_is_not_tried_again(work):
    """Who serves the flow anew serves another deployment: it would be Late for ever."""
    made = {"flow": "etl", "name": "nightly", "entrypoint": "etl.py:etl"}
    of = (await work.post("deployments", made, 201))["id"]
    run = await failed(work, of)
    assert await startable(work, run)
    await work.world.http.delete(f"/api/deployments/{of}")
    assert not await startable(work, run)
    said = await work.post(f"flow-runs/{run}/retry", status=409)
    assert "Serve or deploy the flow anew" in said["message"]
    assert await work.state(run) == "Failed"


async def test_a_run_in_a_pool_is_tried_again_without_its_deployment_but_not_without_the_pool(work):
    """All that a worker needs is kept with the run."""
    await work.pool()
    made = {"flow": "etl", "name": "nightly", "entrypoint": "etl.py:etl", "work_pool": "lake"}
    of = (await work.post("deployments", made, 201))["id"]
    run, other = await failed(work, of), await failed(work, of)
    await work.world.http.delete(f"/api/deployments/{of}")
    assert await startable(work, run)
    await work.post(f"flow-runs/{run}/retry")
    assert await work.claim(await work.worker()) == [run]
    await work.post(f"flow-runs/{run}/cancel")
    process = Teller()
    process.tell(state(run, RunKind.FLOW_RUN, change(StateType.CANCELLED, start=2)), run, run)
    await work.world.take(process.batch())
    assert (await work.world.http.delete("/api/work-pools/lake")).status_code == 204
    assert not await startable(work, other)
    said = await work.post(f"flow-runs/{other}/retry", status=409)
    assert "Deploy the flow to a pool that is there" in said["message"]


async def test_a_template_that_cannot_be_filled_in_crashes_the_run_at_its_claim(work):
    """With a message that names the variable."""
    template = {
        "job_configuration": {"image": "{{ image }}"},
        "variables": {"properties": {"image": {"type": "string"}}, "required": ["image"]},
    }
    pool = await work.pool(base_job_template=template)
    worker = await work.worker()
    bare = await work.submit(pool)
    given = await work.submit(pool, job_variables=Raw(b'{"image":"etl:1"}'))
    [job] = await work.jobs(worker)
    assert (job["run"], job["configuration"]) == (str(given), {"image": "etl:1"})
    told = await work.world.get(f"flow-runs/{bare}")
    assert told["state"]["name"] == "Crashed"
    assert "'image' has no value" in told["state"]["message"]


async def test_a_bad_template_is_refused_with_the_key_at_fault(work):
    """Before anyone waits for its runs."""
    template = {"job_configuration": {"env": {"A": "{{ a }}"}}, "variables": {"properties": {}}}
    body = {"name": "lake", "type": "process", "base_job_template": template}
    said = await work.post("work-pools", body, 422)
    assert "job_configuration.env.A names {{ a }}" in said["message"]


@pytest.mark.parametrize(
    ("variable", "said"),
    [
        ({"type": "strin"}, "'properties.image.type' takes one of array, boolean, integer"),
        ({"type": "string", "minLength": -1}, "'properties.image.minLength' is less than"),
        ({"type": "string", "enum": "a"}, "'properties.image.enum' takes a list"),
        ({"type": "string", "pattern": "("}, 'is not a "regex"'),
    ],
)
async def test_variables_of_a_template_that_are_no_json_schema_are_refused(work, variable, said):
    """With the keyword at fault: no deployment could set them."""
    template = {"variables": {"type": "object", "properties": {"image": variable}}}
    body = {"name": "lake", "type": "process", "base_job_template": template}
    assert said in (await work.post("work-pools", body, 422))["message"]
    await work.pool("lake")
    changed = {"base_job_template": template}
    assert said in (await work.post("work-pools/lake", changed, 422))["message"]


async def test_amounts_that_kubernetes_would_not_read_are_refused(work):
    """When a deployment is made, or a run asked for, and not by a pod that never comes."""
    await work.post("work-pools", {"name": "pods", "type": "kubernetes"}, 201)
    wanted = {"flow": "etl", "name": "nightly", "work_pool": "pods"}
    lots = {"job_variables": {"cpu": "lots"}}
    said = await work.post("deployments", wanted | lots, 422)
    assert said["message"].endswith("Requested: `500m`, `2`.")
    assert said["details"]["place"] == ["job_variables", "cpu"]
    amounts = {"job_variables": {"cpu": "500m", "memory": "1.5Gi"}}
    made = await work.post("deployments", wanted | amounts, 201)
    said = await work.post(f"deployments/{made['id']}/runs", lots, 422)
    assert "'cpu'" in said["message"]
    more = {"job_variables": {"memory": "1e9"}}
    await work.post(f"deployments/{made['id']}/runs", more, 201)


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("pod_watch_timeout_seconds", -5),
        ("node_lost_timeout_seconds", -1),
        ("finished_job_ttl", -1),
        ("job_timeout_seconds", 0),
        ("image", "bad image!"),
        ("image", ""),
    ],
)
async def test_what_no_job_of_kubernetes_can_be_is_refused(work, variable, value):
    """When a deployment is made."""
    await work.post("work-pools", {"name": "pods", "type": "kubernetes"}, 201)
    wanted = {"flow": "etl", "name": "nightly", "work_pool": "pods"}
    said = await work.post("deployments", wanted | {"job_variables": {variable: value}}, 422)
    assert said["details"]["place"] == ["job_variables", variable]


@pytest.mark.parametrize(
    "image", ["etl", "registry.example:5000/team/etl:1.2-b_3", "[::1]:5000/etl@sha256:0a1b"]
)
async def test_names_of_images_are_taken(work, image):
    """With registry, tag or digest."""
    await work.post("work-pools", {"name": "pods", "type": "kubernetes"}, 201)
    wanted = {"flow": "etl", "name": "nightly", "work_pool": "pods"}
    await work.post("deployments", wanted | {"job_variables": {"image": image}}, 201)


async def test_another_namespace_than_that_of_the_pool_is_refused(work):
    """Its worker watches one. Where the template names none, only the worker knows which."""
    template = deepcopy(BASE_TEMPLATES["kubernetes"])
    body = {"name": "pods", "type": "kubernetes"}
    await work.post("work-pools", body, 201)
    wanted = {"flow": "etl", "name": "nightly", "work_pool": "pods"}
    other = {"job_variables": {"namespace": "other"}}
    made = await work.post("deployments", wanted | other, 201)
    template["variables"]["properties"]["namespace"]["default"] = "etl"
    await work.post("work-pools/pods", {"base_job_template": template}, 200)
    for path, more in (("deployments", wanted), (f"deployments/{made['id']}/runs", {})):
        said = await work.post(path, more | other, 422)
        assert "'etl'" in said["message"]
        assert said["details"]["place"] == ["job_variables", "namespace"]
    for same in ("etl", ""):
        await work.post("deployments", wanted | {"job_variables": {"namespace": same}}, 201)
    template["job_configuration"]["namespace"] = "team-{{ namespace }}"
    await work.post("work-pools/pods", {"base_job_template": template}, 200)
    await work.post("deployments", wanted | {"job_variables": {"namespace": "etl"}}, 201)
    said = await work.post("deployments", wanted | other, 422)
    assert "'team-other'" in said["message"]


async def test_a_worker_of_another_type_is_refused(work):
    """Its runs would be started in no way that it knows."""
    await work.pool()
    beat = {"emitter": str(uuid4()), "name": "one", "type": "kubernetes"}
    said = await work.post("work-pools/lake/workers", beat, 409)
    assert "--type process" in said["message"]


async def test_pools_say_what_waits_and_who_is_there(work):
    """And so do their queues and workers."""
    pool = await work.pool()
    worker = await work.worker()
    await work.submit(pool)
    await work.submit(pool, after=60)
    found = await work.world.get("work-pools/lake")
    assert (found["online"], found["waiting"], found["running"]) == (1, 1, 0)
    await work.claim(worker)
    [queue] = await work.world.get("work-pools/lake/queues")
    assert (queue["name"], queue["waiting"], queue["running"]) == ("default", 0, 1)
    [there] = await work.world.get("workers")
    assert (there["name"], there["status"], there["running"]) == ("one", "online", 1)


async def test_a_pool_with_runs_that_wait_is_not_deleted(work):
    """Without them, it is, with its queues."""
    pool = await work.pool()
    run = await work.submit(pool)
    said = await work.world.http.delete("/api/work-pools/lake")
    assert said.status_code == 409
    await work.post(f"flow-runs/{run}/cancel")
    assert (await work.world.http.delete("/api/work-pools/lake")).status_code == 204
    assert await work.world.get("work-pools") == []


async def test_a_silent_worker_is_said_to_be_lost(work):
    """Once, a minute after its last heartbeat."""
    await work.pool()
    await work.worker()
    services = work.world.services
    later = services.stamps.wall() + 61_000_000
    await services.work.tick(later)
    await services.work.tick(later)
    told = await work.world.get("events", name="peninsula.worker.lost")
    assert len(told["items"]) == 1
    [there] = await work.world.get("workers")
    assert there["status"] == "offline"


async def test_the_key_of_a_run_is_for_that_run_and_goes_after_it(work):
    """It begins its own run and no other."""
    pool = await work.pool()
    worker = await work.worker()
    run = await work.submit(pool)
    [job] = await work.jobs(worker)
    caller = await work.world.services.keys.caller(job["key"])
    assert caller.run == run
    crash = {"emitter": str(worker.process.emitter), "start": 1, "message": "Gone."}
    await work.post(f"flow-runs/{run}/crashed", crash)
    await work.world.services.work.tick(work.world.services.stamps.wall() + 3_700_000_000)
    assert await work.world.rows("SELECT count(*) FROM api_keys") == [(0,)]


async def test_many_runs_are_cancelled_and_deleted_each_by_itself(work):
    """The answer says of each that could not be, why."""
    pool = await work.pool()
    runs = [await work.submit(pool) for _ in range(2)]
    unknown = uuid4()
    ids = [str(id_) for id_ in (*runs, unknown)]
    told = await work.post("flow-runs/cancel", {"ids": ids, "message": "wrong day"})
    assert told["done"] == ids[:2]
    assert [(each["id"], each["code"]) for each in told["refused"]] == [(ids[2], "not-found")]
    told = await work.post("flow-runs/delete", {"ids": ids})
    assert (told["done"], len(told["refused"])) == (ids[:2], 1)
    assert (await work.world.get("flow-runs/counts"))["total"] == 0


# --- pauses --------------------------------------------------------------------------------------


@pytest.mark.parametrize(("what", "held"), [("pause", "Paused"), ("suspend", "Suspended")])
async def test_a_run_that_is_claimed_and_not_begun_is_held_by_the_server(work, what, held):
    """The process that was started for it is refused; resumed, it is claimed as the next start."""
    worker, run = await claimed(work)
    await work.post(f"flow-runs/{run}/{what}")
    assert await work.state(run) == held
    await work.begin(run, status=409)
    ended = {"emitter": str(worker.process.emitter), "start": 1, "message": "It ended."}
    await work.post(f"flow-runs/{run}/crashed", ended)
    await work.post(f"flow-runs/{run}/resume")
    assert [job["start"] for job in await work.jobs(worker)] == [2]


async def claimed(work: Work) -> tuple[Teller, UUID]:
    """Return a worker and the run that it has claimed."""
    pool, worker = await work.pool(), await work.worker()
    run = await work.submit(pool)
    assert await work.claim(worker) == [run]
    return worker, run


async def test_a_run_that_is_resumed_too_late_for_its_process_starts_anew(work):
    """The process had given itself up when it would have heard."""
    worker, run = await claimed(work)
    process = Teller()
    begun = {"emitter": str(process.process.emitter), "start": 1}
    await work.post(f"flow-runs/{run}/begin", begun)
    process.tell(state(run, RunKind.FLOW_RUN, change(StateType.RUNNING)), run, run)
    await work.world.take(process.batch())
    await work.post(f"flow-runs/{run}/suspend")
    heard = {"emitter": str(process.process.emitter), "wait": 0, "acknowledged": []}
    [command] = (await work.post("control", heard))["commands"]
    process.tell(state(run, RunKind.FLOW_RUN, change(StateType.PAUSED)), run, run)
    await work.world.take(process.batch())
    await work.post(f"flow-runs/{run}/resume")
    details = {SUSPENSION: command["id"]}
    suspended = change(StateType.PAUSED, name="Suspended", details=details)
    process.tell(state(run, RunKind.FLOW_RUN, suspended), run, run)
    await work.world.take(process.batch())
    pauses = work.world.services.pauses
    await pauses.tick(work.world.services.stamps.wall())
    assert [job["start"] for job in await work.jobs(worker)] == [2]


async def test_a_question_that_is_answered_too_late_for_its_process_starts_the_run_anew(work):
    """Nobody else would ask again; where nobody has answered, the run stays Suspended."""
    worker, run = await claimed(work)
    process = Teller()
    begun = {"emitter": str(process.process.emitter), "start": 1}
    await work.post(f"flow-runs/{run}/begin", begun)
    asks = {PAUSE_KEY: "1"}
    process.tell(state(run, RunKind.FLOW_RUN, change(StateType.PAUSED, details=asks)), run, run)
    await work.world.take(process.batch())
    await work.post(f"flow-runs/{run}/resume", {"input": {"value": 41}})
    for key, held in (("2", "Suspended"), ("1", "Scheduled")):
        ended = change(StateType.PAUSED, name="Suspended", details={PAUSE_KEY: key})
        process.tell(state(run, RunKind.FLOW_RUN, ended), run, run)
        await work.world.take(process.batch())
        await work.world.services.pauses.tick(work.world.services.stamps.wall())
        assert await work.state(run) == held
    assert [job["start"] for job in await work.jobs(worker)] == [2]


async def test_suspended_runs_are_looked_at_all_at_once(work):
    """However many wait for people."""
    process, counts = Teller(), []
    now = Now(work.world.services.stamps.wall(), work.world.services.stamps.next())
    suspended = change(StateType.PAUSED, name="Suspended", details={PAUSE_KEY: "1"})
    for run in (uuid4(), uuid4()):
        process.tell(state(run, RunKind.FLOW_RUN, suspended), run, run)
        await work.world.take(process.batch())
        counts.append(await work.world.read(statements_of, work.world.services.dictionary, now))
    assert counts[0] == counts[1]


def statements_of(tx, dictionary, now) -> int:
    """How many a look at runs that may have been resumed makes."""
    statements = []

    def note(_, __, statement, *___):
        statements.append(statement)

    hooks.listen(tx, "before_cursor_execute", note)
    try:
        assert pauses.resume_late(tx, dictionary, now) == 0
    finally:
        hooks.remove(tx, "before_cursor_execute", note)
    return len(statements)
