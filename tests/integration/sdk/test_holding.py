"""A flow run that is paused or suspended from outside ends what runs, and begins nothing more."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from uuid import uuid4

import pytest

from peninsula import flow, task
from peninsula.core.errors import RunCancelledError
from peninsula.core.records import Command
from peninsula.sdk.interrupting.gates import Interrupt
from peninsula.sdk.running import holding
from peninsula.task_runners import ProcessPoolTaskRunner
from tests.support.intake import Intake
from tests.support.processes import wait_until
from tests.support.told import Told

Say = Callable[..., None]


@pytest.fixture
def intake(monkeypatch: pytest.MonkeyPatch) -> Iterator[Intake]:
    """A server that takes what the test's runs tell, and gives commands."""
    with Intake() as running:
        monkeypatch.setenv("PENINSULA_API_URL", running.url)
        yield running


@pytest.fixture
def say(intake: Intake, told: Told) -> Say:
    """Tell a flow run what to do, and wait until it is in that state."""

    def say(action: str, flow: str = "etl", until: str | None = None) -> None:
        run = told.one(flow).id
        intake.command(Command(id=uuid4(), run=run, action=action, message="By Ada."))
        if until is not None:
            wait_until(lambda: told.one(flow).state == until, what=f"{flow} to be {until}")

    return say


@pytest.fixture
def when_held(told: Told) -> Iterator[Callable[[str, Callable[[], None]], None]]:
    """Do something in another thread as soon as all runs of that name wait to begin."""
    threads = []

    def when_held(name: str, do: Callable[[], None], count: int = 1) -> None:
        def watch() -> None:
            wait_until(
                lambda: [run.state for run in told.all(name)] == ["Pending"] * count,
                what=f"{name} to be held",
            )
            do()

        threads.append(threading.Thread(target=watch))
        threads[-1].start()

    yield when_held
    for thread in threads:
        thread.join()


def test_a_paused_flow_begins_no_task_until_it_is_resumed(told, say, when_held):
    """The task that was under way is finished; the next one waits in its process."""

    @task
    def first():
        say("pause", until="Paused")

    @task
    def second():
        return 2

    @flow
    def etl():
        first()
        return second()

    when_held("second", lambda: say("resume"))
    assert etl() == 2
    assert told.one("etl").states == ["Running", "Paused", "Running", "Completed"]
    assert told.one("first").states == ["Running", "Completed"]
    assert told.one("second").states == ["Pending", "Running", "Completed"]


def test_submitted_tasks_wait_in_their_threads(told, say, when_held):
    """All that are there."""

    @task
    def first():
        say("pause", until="Paused")

    @flow
    def etl():
        first.submit().result()
        return sum(double.map([1, 2]).result())

    when_held("double", lambda: say("resume"), 2)
    assert etl() == 6
    assert {tuple(run.states) for run in told.all("double")} == {
        ("Pending", "Running", "Completed")
    }


@task
def double(number):
    """Twice the number."""
    return 2 * number


def test_tasks_for_other_processes_wait_in_their_flow(told, say, when_held):
    """No process gets them before."""

    @flow(task_runner=ProcessPoolTaskRunner(max_workers=1))
    def etl():
        say("pause", until="Paused")
        when_held("double", lambda: say("resume"))
        return double.submit(4).result()

    assert etl() == 8
    assert told.one("double").state == "Completed"


@task
def counts(stop):
    """Begins one task after the other until it is told to stop."""
    number = 0
    while not stop.exists():
        number = double(number + 1)
    return "stopped"


@pytest.fixture
def counting(told, tmp_path):
    """A flow whose task begins others in another process; `then` is done meanwhile."""

    @flow(task_runner=ProcessPoolTaskRunner(max_workers=1))
    def etl(then):
        running = counts.submit(tmp_path / "stop")
        wait_until(lambda: told.all("double"), what="the first")
        then()
        (tmp_path / "stop").touch()
        return running.result()

    return etl


def is_last_held(told: Told) -> bool:
    """Tell whether the newest of the tasks in the other process waits."""
    return told.all("double")[-1].states == ["Pending"]


def test_what_a_task_begins_in_another_process_is_held(told, say, counting):
    """The process is told, and told again when the flow is resumed."""

    def pause():
        say("pause", until="Paused")
        wait_until(lambda: is_last_held(told), what="one to be held")
        say("resume", until="Running")

    assert counting(pause) == "stopped"
    assert {run.state for run in told.all("double")} == {"Completed"}


def test_a_task_elsewhere_is_finished_with_what_it_begins_where_its_flow_is_suspended(
    told, say, counting, tmp_path
):
    """Also where it was held there before: nothing would end otherwise."""

    def suspend():
        say("pause", until="Paused")
        wait_until(lambda: is_last_held(told), what="one to be held")
        say("suspend")
        wait_until(lambda: not is_last_held(told), what="it to go on")
        (tmp_path / "stop").touch()
        wait_until(lambda: told.one("counts").state == "Completed", what="the task to end")
        double(1)

    with pytest.raises(Interrupt):
        counting(suspend)
    assert told.one("etl").state == "Suspended"


def test_coroutines_wait_without_blocking_their_loop(told, say, when_held):
    """What else the flow awaits goes on."""

    @task
    async def later():
        return 1

    @flow
    async def etl():
        await asyncio.to_thread(say, "pause", until="Paused")
        held = asyncio.gather(later(), later())
        await asyncio.to_thread(
            wait_until, lambda: len(told.all("later")) == 2, what="both to be held"
        )
        assert not held.done()
        await asyncio.to_thread(say, "resume")
        return sum(await held)

    assert asyncio.run(etl()) == 2


def test_a_subflow_is_paused_alone(told, say):
    """The flow around it begins what it likes."""
    gate = threading.Event()

    @task
    def inside():
        gate.wait()

    @task
    def beside():
        say("resume", "inner")

    @flow
    def inner():
        say("pause", "inner", until="Paused")
        held = inside.submit()
        beside_run.set()
        held.wait()

    @task
    def around():
        beside_run.wait()
        beside()
        gate.set()

    beside_run = threading.Event()

    @flow
    def outer():
        running = around.submit()
        inner()
        running.wait()

    outer()
    assert told.one("inner").states == ["Running", "Paused", "Running", "Completed"]
    assert told.one("outer").states == ["Running", "Completed"]


def test_a_retry_waits_while_its_flow_is_paused(told, say):
    """The attempt that failed is told, and the flow is Paused again after it."""
    resumed = threading.Event()

    @task(retries=1)
    def flaky():
        if resumed.is_set():
            return "well"
        say("pause", until="Paused")
        resumed.set()
        raise ValueError("not yet")

    @flow
    def etl():
        watching = threading.Thread(target=watch)
        watching.start()
        try:
            return flaky()
        finally:
            watching.join()

    def watch():
        resumed.wait()
        say("resume")

    assert etl() == "well"
    assert told.one("flaky").states == ["Running", "Retrying", "Completed"]


def test_a_paused_flow_is_cancelled(told, say, when_held):
    """In the main thread, and in threads of its tasks."""

    @task
    def held():
        raise AssertionError

    @flow
    def etl():
        say("pause", until="Paused")
        held.submit()
        held()

    when_held("held", lambda: say("cancel"), 2)
    with pytest.raises(RunCancelledError):
        etl()
    assert told.one("etl").states == ["Running", "Paused", "Cancelled"]
    assert {run.state for run in told.all("held")} == {"Cancelled"}


def test_a_suspended_flow_ends_when_its_tasks_have(told, say):
    """What runs is finished; what would begin is not begun."""
    finish = threading.Event()

    @task
    def running():
        finish.wait()
        return 1

    @task
    def next_one():
        raise AssertionError

    @flow
    def etl():
        running.submit()
        wait_until(lambda: told.all("running"), what="it to begin")
        say("suspend", until="Paused")
        threading.Thread(target=let_finish).start()
        next_one()

    def let_finish():
        wait_until(lambda: told.all("next_one"), what="the next to wait")
        finish.set()

    with pytest.raises(Interrupt):
        etl()
    assert told.one("running").state == "Completed"
    assert told.one("next_one").states == ["Pending", "Cancelled"]
    assert told.one("etl").states == ["Running", "Paused", "Suspended"]


def test_a_suspended_coroutine_ends_where_it_awaits(told, say):
    """Its tasks were to begin in asyncio tasks of their own."""

    @task
    async def next_one():
        raise AssertionError

    @flow
    async def etl():
        await asyncio.to_thread(say, "suspend", until="Paused")
        await asyncio.gather(next_one(), next_one())

    with pytest.raises(BaseException):  # noqa: B017, PT011  how a loop ends is its own business
        asyncio.run(etl())
    assert told.one("etl").states == ["Running", "Paused", "Suspended"]


def test_a_flow_that_is_to_be_suspended_may_be_resumed_before_that(told, say):
    """It goes on in its process."""
    finish = threading.Event()

    @task
    def running():
        finish.wait()

    @task
    def next_one():
        return "went on"

    @flow
    def etl():
        begun = running.submit()
        wait_until(lambda: told.all("running"), what="it to begin")
        say("suspend", until="Paused")
        held = next_one.submit()
        say("resume", until="Running")
        finish.set()
        begun.wait()
        return held.result()

    assert etl() == "went on"
    assert told.one("etl").states == ["Running", "Paused", "Running", "Completed"]


def test_a_task_that_ends_while_a_flow_is_resumed_is_not_its_last_one(told, say, monkeypatch):
    """What was to be suspended keeps its process from before anybody hears that it goes on."""
    finish = threading.Event()
    report = holding.reports.report

    def report_late(run, change):
        if change.name == "Running":
            finish.set()
            wait_until(lambda: told.one("running").state == "Completed", what="the task to end")
            run.root.holding.settle()
        report(run, change)

    @task
    def running():
        finish.wait()

    @task
    def next_one():
        return "went on"

    @flow
    def etl():
        running.submit()
        wait_until(lambda: told.all("running"), what="it to begin")
        say("suspend", until="Paused")
        held = next_one.submit()
        monkeypatch.setattr(holding.reports, "report", report_late)
        say("resume", until="Running")
        return held.result()

    assert etl() == "went on"
    assert told.one("etl").states == ["Running", "Paused", "Running", "Completed"]


def test_a_paused_flow_that_has_nothing_to_begin_ends(told, say):
    """There is nothing left to hold back."""

    @flow
    def etl():
        say("pause", until="Paused")
        return "done"

    assert etl() == "done"
    assert told.one("etl").states == ["Running", "Paused", "Completed"]
