"""A command of the server ends a flow run and all below it, wherever they run."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from uuid import UUID, uuid4

import pytest

from peninsula import flow, task
from peninsula.core.errors import RunCancelledError
from peninsula.core.records import Command
from peninsula.runtime import flow_run
from peninsula.task_runners import ProcessPoolTaskRunner
from tests.support.intake import Intake
from tests.support.processes import wait_until

FOREVER = 30


@pytest.fixture
def intake(monkeypatch: pytest.MonkeyPatch) -> Iterator[Intake]:
    """A server that takes what the test's runs tell, and gives commands."""
    with Intake() as running:
        monkeypatch.setenv("PENINSULA_API_URL", running.url)
        yield running


@pytest.fixture
def cancel(intake: Intake) -> Callable[[], None]:
    """Cancel the flow run that this is called in, as someone else would."""

    def cancel() -> None:
        assert flow_run.id is not None
        intake.command(
            Command(id=uuid4(), run=UUID(flow_run.id), action="cancel", message="Too late today.")
        )

    return cancel


def test_a_flow_in_the_main_thread_is_cancelled_also_in_a_system_call(told, cancel):
    """The call raises; the state says who asked for it."""

    @flow
    def etl():
        cancel()
        time.sleep(FOREVER)

    with pytest.raises(RunCancelledError, match="Too late today"):
        etl()
    assert told.one("etl").states == ["Running", "Cancelled"]
    assert told.one("etl").message == "Too late today."


def test_tasks_below_are_cancelled_with_their_flow(told, cancel):
    """In the same thread, on another one, and before it began."""

    @task
    def sleepy():
        time.sleep(FOREVER)

    @task
    def busy():
        end = time.monotonic() + FOREVER
        while time.monotonic() < end:
            pass

    @flow
    def etl():
        waiting = busy.submit()
        sleepy.submit(wait_for=[waiting])
        cancel()
        sleepy()

    with pytest.raises(RunCancelledError):
        etl()
    assert told.one("etl").state == "Cancelled"
    below = [*told.all("sleepy"), *told.all("busy")]
    assert [run.state for run in below] == ["Cancelled"] * 3
    assert all(f'"{told.one("etl").name}" that it belongs to' in run.message for run in below)


def test_a_cancelled_subflow_raises_where_it_was_called(told, cancel):
    """The flow around it goes on."""

    @flow
    def inner():
        cancel()
        time.sleep(FOREVER)

    @flow
    def outer():
        with pytest.raises(RunCancelledError, match="Too late"):
            inner()
        return "went on"

    assert outer() == "went on"
    assert told.one("inner").state == "Cancelled"
    assert told.one("outer").state == "Completed"


def test_coroutines_are_cancelled_where_they_await(told, cancel):
    """All that the flow gathered, and a thread it waits for."""

    @task
    async def sleepy():
        await asyncio.sleep(FOREVER)

    @flow
    async def etl():
        cancel()
        await asyncio.gather(sleepy(), sleepy())

    with pytest.raises(RunCancelledError, match="Too late"):
        asyncio.run(etl())
    assert told.one("etl").state == "Cancelled"
    assert [run.state for run in told.all("sleepy")] == ["Cancelled", "Cancelled"]


def test_a_cancelled_async_subflow_leaves_its_caller_alone(told, cancel):
    """The asyncio task that awaits it is not cancelled."""

    @flow
    async def inner():
        cancel()
        await asyncio.sleep(FOREVER)

    @flow
    async def outer():
        with pytest.raises(RunCancelledError):
            await inner()
        await asyncio.sleep(0.01)
        async with asyncio.timeout(FOREVER):
            await asyncio.sleep(0.01)
        return "went on"

    assert asyncio.run(outer()) == "went on"
    assert told.one("outer").state == "Completed"


def test_a_function_below_a_coroutine_is_interrupted_there(told, cancel):
    """A task that blocks the event loop does not keep its flow from being cancelled."""

    @task
    def sleepy():
        time.sleep(FOREVER)

    @flow
    async def etl():
        cancel()
        sleepy()

    with pytest.raises(RunCancelledError):
        asyncio.run(etl())
    assert told.one("etl").state == "Cancelled"
    assert told.one("sleepy").state == "Cancelled"


def test_a_flow_on_a_thread_is_cancelled_through_what_it_waits_for(told, cancel):
    """It waits for a future, where no exception reaches it; the future's run is interrupted."""

    @task
    def busy():
        end = time.monotonic() + FOREVER
        while time.monotonic() < end:
            pass

    @flow
    def inner():
        future = busy.submit()
        cancel()
        future.wait()

    @task
    def around():
        return inner(return_state=True).name

    @flow
    def outer():
        return around.submit().result()

    assert outer() == "Cancelled"
    assert told.one("busy").state == "Cancelled"
    assert told.one("outer").state == "Completed"


def test_retries_do_not_bring_a_cancelled_run_back(told, cancel):
    """Also while it waits for the next attempt."""

    @flow(retries=3, retry_delay_seconds=FOREVER)
    def etl():
        cancel()
        raise ValueError("no rows")

    with pytest.raises(RunCancelledError):
        etl()
    states = told.one("etl").states
    assert states[0] == "Running"
    assert states[-1] == "Cancelled"
    assert "Retrying" not in states


def test_the_cancellation_hook_is_called(told, cancel):
    """It sees the state that the flow ended in."""
    seen = []

    @flow(on_cancellation=[lambda *told_of: seen.append((told_of[0].name, told_of[2].name))])
    def etl():
        cancel()
        time.sleep(FOREVER)

    with pytest.raises(RunCancelledError):
        etl()
    assert seen == [("etl", "Cancelled")]


def test_a_task_that_cannot_be_interrupted_is_left_behind(told, cancel, monkeypatch):
    """The flow does not wait for it for ever; its state names where it hangs."""
    monkeypatch.setattr("peninsula.sdk.running.children.GRACE", 0.2)
    begun, gate = threading.Event(), threading.Event()

    @task
    def stuck():
        while not gate.is_set():
            with suppress(BaseException):  # interrupted before it waits
                begun.set()
                gate.wait(FOREVER)

    @flow
    def etl():
        stuck.submit()
        assert begun.wait(FOREVER)
        cancel()
        time.sleep(FOREVER)

    with pytest.raises(RunCancelledError):
        etl()
    gate.set()
    run = told.one("stuck")
    assert run.state == "Cancelled"
    assert "could not be interrupted in wait (threading.py:" in run.message


def test_a_command_that_this_version_does_not_know_changes_nothing(told, intake):
    """It is said in the log."""

    @flow
    def etl():
        intake.command(Command(id=uuid4(), run=UUID(flow_run.id), action="rewind"))
        intake.wait_for(lambda _: any("cannot rewind" in line for line in intake.lines()))
        return "went on"

    assert etl() == "went on"


def test_tasks_in_other_processes_are_cancelled_with_their_flow(told, cancel):
    """Also in a system call; their own processes tell it."""

    @task
    def sleepy(_):
        time.sleep(FOREVER)

    @flow(task_runner=ProcessPoolTaskRunner(max_workers=1))
    def etl():
        sleepy.map([1])
        wait_until(lambda: any("Running" in run.states for run in told.all("sleepy")))
        cancel()

    with pytest.raises(RunCancelledError):
        etl()
    run = told.one("sleepy")
    assert run.states == ["Pending", "Running", "Cancelled"]
    assert "that it belongs to was cancelled" in run.message
