"""The server itself: health, metrics, pruning, rebuilding, backups, and duties that go on."""

from __future__ import annotations

import asyncio
import shutil
import threading
from datetime import UTC, datetime, timedelta

import pytest

from peninsula.core import codec
from peninsula.core.answers import Meta
from peninsula.core.errors import ConflictError, UnavailableError
from peninsula.core.records import PROTOCOL
from peninsula.core.version import VERSION
from peninsula.server.services.adoption import Adoption
from peninsula.server.services.duty import Duty
from peninsula.server.services.reception import Port
from peninsula.server.wiring import on_duty
from tests.support.lots import tell_lots
from tests.support.make import Teller, event

pytestmark = pytest.mark.anyio

PATIENCE = 10.0


async def test_a_server_says_what_it_is(world):
    """Version, log, protocol, and what it can do."""
    told = codec.decode(Meta, (await world.http.get("/api/meta")).content)
    assert (told.version, told.protocol) == (VERSION, PROTOCOL)
    assert told.log_id == world.services.log_id
    assert "stream" in told.capabilities


async def test_health_is_the_process_and_readiness_the_database(world):
    """Both answer without a key; without its database the process lives, but is not ready."""
    assert await world.get("health") == {"status": "ok"}
    assert await world.get("ready") == {"status": "ok"}
    world.services.database.stop()
    assert await world.get("health") == {"status": "ok"}
    answer = await world.http.get("/api/ready")
    assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")
    assert answer.headers["retry-after"]
    answer = await world.http.post("/api/events", content=codec.encode(event()))
    assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")


async def test_metrics_count_answers_and_positions(world):
    """In Prometheus' text format."""
    await world.http.post("/api/events", content=codec.encode([event(), event()]))
    await world.http.get("/api/events?limit=0")
    answer = await world.http.get("/api/metrics")
    assert answer.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    assert 'peninsula_answers_total{call="post_events",status="201"} 1' in answer.text
    assert 'peninsula_answers_total{call="list_events",status="422"} 1' in answer.text
    assert "peninsula_log_position 2" in answer.text


async def test_pruning_lets_go_what_the_settings_allow(open_world):
    """Old events go when it is asked for; the answer says how many."""
    world = await open_world(retain_days=7.0)
    teller = Teller()
    teller.tell(event(occurred=datetime.now(UTC) - timedelta(days=8)))
    teller.tell(event(occurred=datetime.now(UTC) - timedelta(days=6)))
    await world.take(teller.batch())
    answer = await world.http.post("/api/admin/prune")
    assert (answer.status_code, answer.json()["events"]) == (200, 1)
    assert len((await world.get("events"))["items"]) == 1


async def test_rebuilding_changes_nothing_that_was_right(world, random):
    """And says how many events it has replayed."""
    lots = tell_lots(random, trees=2)
    await world.take(lots.teller.batch())
    before = await world.get("flow-runs")
    answer = await world.http.post("/api/admin/rebuild")
    assert answer.json() == {"events": len(lots.events)}
    assert await world.get("flow-runs") == before


async def test_a_backup_is_a_whole_database(world, tmp_path):
    """Made while serving, at the path that was asked for."""
    if world.services.database.dialect == "postgresql" and not shutil.which("pg_dump"):
        pytest.skip("pg_dump is not on the PATH")
    await world.http.post("/api/events", content=codec.encode(event()))
    target = tmp_path / "copy"
    answer = await world.http.post("/api/admin/backup", json={"path": str(target)})
    assert answer.status_code == 200, answer.text
    assert answer.json() == {"path": str(target), "bytes": target.stat().st_size}


# --- duties --------------------------------------------------------------------------------------


class Counting(Duty[float]):
    """A duty that fails every other time."""

    def __init__(self) -> None:
        super().__init__(lambda: 0.0, 3600.0)
        self.ticks = 0
        self.ticked = asyncio.Event()

    async def tick(self, _: float) -> None:
        """Count, and fail at first."""
        self.ticks += 1
        self.ticked.set()
        if self.ticks % 2:
            msg = "The disk is full."
            raise UnavailableError(msg)


async def test_a_duty_goes_on_after_a_failure(caplog):
    """It is logged, and the next tick comes."""
    duty = Counting()
    await duty.start()
    await duty.start()
    for count in (1, 2, 3):
        duty.poke()
        async with asyncio.timeout(PATIENCE):
            await duty.ticked.wait()
        duty.ticked.clear()
        assert duty.ticks == count
    await duty.stop()
    await duty.stop()
    assert "The disk is full." in caplog.text


class Hindered(Duty[float]):
    """A duty that cannot do its work in some of its ticks."""

    def __init__(self, problems: list[Exception | None]) -> None:
        super().__init__(lambda: 0.0, 0.0)
        self.problems = problems
        self.done = asyncio.Event()

    async def tick(self, _: float) -> None:
        """Meet the next problem, if there is one."""
        if not self.problems:
            self.done.set()
        elif (problem := self.problems.pop(0)) is not None:
            raise problem


@pytest.mark.parametrize("problem", [UnavailableError("It is away."), ConflictError("A rebuild.")])
async def test_what_hinders_a_duty_is_said_when_it_begins_and_when_it_is_over(caplog, problem):
    """One line each, and no traceback: a database may be away for hours."""
    duty = Hindered([problem, problem, problem, None, problem])
    await duty.start()
    async with asyncio.timeout(PATIENCE):
        await duty.done.wait()
    await duty.stop()
    said = [(record.levelname, record.getMessage(), record.exc_info) for record in caplog.records]
    waits = f"Hindered waits and will be tried again: {problem.message}"
    goes_on = "Hindered goes on again"
    assert said == [("WARNING", text, None) for text in (waits, goes_on, waits, goes_on)]


async def test_all_duties_start_and_stop_together(world):
    """Twice, as each start has its stop."""
    for _ in range(2):
        async with on_duty(world.services, lambda _: None):
            pass


async def test_journals_are_taken_in_again_and_again(world):
    """At once, and in each round; a round that fails is followed by the next."""
    rounds: list[int] = []
    teller = Teller()
    teller.tell(event())
    failed, done = asyncio.Event(), asyncio.Event()
    loop = asyncio.get_running_loop()

    def adopt(port: Port) -> None:
        rounds.append(len(rounds))
        if len(rounds) == 1:
            loop.call_soon_threadsafe(failed.set)
            msg = "The disk is full."
            raise UnavailableError(msg)
        port.take(codec.encode(teller.batch(adopted=True)))
        loop.call_soon_threadsafe(done.set)

    adoption = Adoption(adopt, world.services.reception, lambda: 0.0)
    await adoption.start()
    async with asyncio.timeout(PATIENCE):
        await failed.wait()
        adoption.poke()
        await done.wait()
    await adoption.stop()
    assert len((await world.get("events"))["items"]) == 1


async def test_a_round_that_is_broken_off_ends_with_its_batch(world):
    """What is left is refused, so that the thread ends before the database does."""
    begun, closed, refused = asyncio.Event(), threading.Event(), []
    loop = asyncio.get_running_loop()
    teller = Teller()
    for _ in range(3):
        teller.tell(event())

    def adopt(port: Port) -> None:
        for place in range(3):
            try:
                port.take(codec.encode(teller.batch(place, place + 1)))
            except UnavailableError as problem:
                refused.append(problem)
                raise
            loop.call_soon_threadsafe(begun.set)
            closed.wait(PATIENCE)

    adoption = Adoption(adopt, world.services.reception, lambda: 0.0)
    await adoption.start()
    async with asyncio.timeout(PATIENCE):
        await begun.wait()
        stopping = asyncio.create_task(adoption.stop())
        await asyncio.sleep(0)
        closed.set()
        await stopping
    assert len(refused) == 1
