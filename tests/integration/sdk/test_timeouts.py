"""A run that takes too long is interrupted, wherever it runs."""

from __future__ import annotations

import asyncio
import gc
import signal
import threading
import time
import weakref
from contextlib import suppress

import pytest

from peninsula import flow, task
from peninsula.core.errors import RunTimeoutError
from tests.support.soak import rounds

FOREVER = 30


def spin() -> None:
    """Be busy, in Python, for much longer than any test waits."""
    end = time.monotonic() + FOREVER
    while time.monotonic() < end:
        pass


def test_a_task_in_the_main_thread_is_interrupted_also_in_a_system_call(told):
    """A sleep ends at once; the exception is a TimeoutError that names the limit."""

    @task(timeout_seconds=0.05)
    def sleepy():
        time.sleep(FOREVER)

    @flow
    def etl():
        with pytest.raises(RunTimeoutError, match=r'"sleepy-0" took longer.*0.05 s') as no:
            sleepy()
        assert isinstance(no.value, TimeoutError)
        return "done"

    began = time.monotonic()
    assert etl() == "done"
    assert time.monotonic() - began < FOREVER / 2
    run = told.one("sleepy")
    assert run.states == ["Running", "TimedOut"]
    assert told.one("etl").state == "Completed"


def test_a_task_on_a_thread_is_interrupted_between_two_bytecodes(told):
    """Threads other than the main one have limits, too."""

    @task(timeout_seconds=0.05)
    def busy():
        spin()

    @flow
    def etl():
        return busy.submit().wait()

    began = time.monotonic()
    etl()
    assert time.monotonic() - began < FOREVER / 2
    assert told.one("busy").state == "TimedOut"


def test_what_cannot_be_interrupted_is_named_and_ends_timed_out_all_the_same(told, monkeypatch):
    """A thread inside of a system call cannot be reached; the message says where it was."""
    monkeypatch.setattr("peninsula.sdk.interrupting.deadlines.LATE", 0.05)
    gate = threading.Event()

    @task(timeout_seconds=0.02)
    def stuck():
        while not gate.is_set():
            with suppress(BaseException):  # interrupted before it waits
                threading.Timer(0.2, gate.set).start()
                gate.wait()
        return "too late"

    @flow
    def etl():
        return stuck.submit().wait()

    etl()
    run = told.one("stuck")
    assert run.state == "TimedOut"
    assert "could not be interrupted in wait (threading.py:" in run.message


def test_a_coroutine_is_cancelled_where_it_awaits(told):
    """And the code around it is not."""

    @task(timeout_seconds=0.05)
    async def sleepy():
        await asyncio.sleep(FOREVER)

    @flow
    async def etl():
        with pytest.raises(RunTimeoutError):
            await sleepy()
        await asyncio.sleep(0)
        return "done"

    assert asyncio.run(etl()) == "done"
    assert told.one("sleepy").states == ["Running", "TimedOut"]
    assert told.one("etl").state == "Completed"


def test_a_flow_that_runs_out_of_time_cancels_what_runs_in_it(told):
    """The task in the same thread, and the one on another."""

    @task
    def busy():
        spin()

    @flow(timeout_seconds=0.2)
    def etl():
        busy.submit()
        busy()

    with pytest.raises(RunTimeoutError, match="flow run"):
        etl()
    assert told.one("etl").state == "TimedOut"
    assert [run.state for run in told.all("busy")] == ["Cancelled", "Cancelled"]
    assert all("ran out of time" in run.message for run in told.all("busy"))


def test_an_async_flow_that_runs_out_of_time_cancels_what_it_awaits(told):
    """Coroutines side by side, and a thread."""

    @task
    async def sleepy():
        await asyncio.sleep(FOREVER)

    @task
    def busy():
        spin()

    @flow(timeout_seconds=0.2)
    async def etl():
        busy.submit()
        await asyncio.gather(sleepy(), sleepy())

    with pytest.raises(RunTimeoutError):
        asyncio.run(etl())
    assert told.one("etl").state == "TimedOut"
    states = [run.state for name in ("sleepy", "busy") for run in told.all(name)]
    assert states == ["Cancelled"] * 3


def test_limits_nest(told):
    """The inner one ends the task; the outer one stays in force."""

    @task(timeout_seconds=0.05)
    def sleepy():
        time.sleep(FOREVER)

    @flow(timeout_seconds=0.3)
    def etl():
        sleepy(return_state=True)
        time.sleep(FOREVER)

    with pytest.raises(RunTimeoutError, match="flow run"):
        etl()
    assert told.one("sleepy").state == "TimedOut"
    assert told.one("etl").state == "TimedOut"


def test_a_timed_out_attempt_is_retried(told):
    """The limit is one attempt's."""
    calls = []

    @task(timeout_seconds=0.05, retries=1)
    def sleepy():
        calls.append(1)
        if len(calls) == 1:
            time.sleep(FOREVER)
        return "second"

    assert sleepy() == "second"
    assert told.one("sleepy").states == ["Running", "Retrying", "Completed"]


def test_code_that_swallows_exceptions_is_interrupted_all_the_same(told):
    """The interrupt is no Exception, and a timeout that was swallowed is one still."""

    @task(timeout_seconds=0.05)
    def stubborn():
        try:
            time.sleep(FOREVER)
        except Exception:  # noqa: BLE001  what the test is about
            return "swallowed"

    @task(timeout_seconds=0.05)
    def more_stubborn():
        try:
            time.sleep(FOREVER)
        except BaseException:  # noqa: BLE001  what the test is about
            return "swallowed"

    for each in (stubborn, more_stubborn):
        with pytest.raises(RunTimeoutError):
            each()


def test_the_users_alarm_stays_the_users(told):
    """Limits do not use SIGALRM, nor leave a handler behind."""
    rung = []
    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGURG)}
    old = signal.signal(signal.SIGALRM, lambda *_: rung.append(1))
    try:

        @task(timeout_seconds=5)
        def work():
            signal.setitimer(signal.ITIMER_REAL, 0.02)
            time.sleep(0.2)

        work()
    finally:
        signal.signal(signal.SIGALRM, old)
    assert rung == [1]
    assert {number: signal.getsignal(number) for number in before} == before


def test_a_task_that_is_in_time_is_left_alone(told):
    """Thousands of limits that nobody reaches leave nothing behind."""

    @task(timeout_seconds=60)
    def quick():
        return 1

    @flow
    def etl():
        return sum(quick() for _ in range(300))

    assert etl() == 300


class Held:
    """Something that is seen to go."""


def test_what_a_run_held_that_timed_out_goes_with_it(told, uncaptured):
    """A connection with its locks is not kept by the limit that has passed, nor by one to come."""
    held = []

    @task(timeout_seconds=0.05)
    def sleepy():
        mine = Held()
        held.append(weakref.ref(mine))
        time.sleep(FOREVER)

    @task(timeout_seconds=FOREVER)
    def fails():
        mine = Held()
        held.append(weakref.ref(mine))
        raise ValueError

    @task(timeout_seconds=FOREVER)
    def outer():
        sleepy(return_state=True)
        fails(return_state=True)
        gc.collect()
        return [each() for each in held]

    @flow
    def etl():
        return outer()

    with uncaptured():  # what pytest captures keeps the error, as a record of the log
        assert etl() == [None, None]
    assert told.one("sleepy").state == "TimedOut"


def test_a_timeout_error_of_the_code_itself_is_timed_out(told):
    """As in Prefect: a socket that timed out has the same state."""

    @task
    def fetch():
        raise TimeoutError("the server did not answer")

    with pytest.raises(TimeoutError, match="did not answer"):
        fetch()
    assert told.one("fetch").state == "TimedOut"
    assert told.one("fetch").message == "TimeoutError: the server did not answer"


def test_limits_that_pass_at_any_moment_leave_every_run_with_one_end(told, random):
    """Threads are interrupted in the user's code only, and never twice for one limit."""

    @task
    def inner():
        return [number * number for number in range(200)]

    @flow
    def etl():
        futures = []
        for _ in range(rounds(80, soak=20_000)):
            limit = random.choice([random.uniform(0.0005, 0.02), FOREVER])

            @task(name="work", timeout_seconds=limit)
            def work():
                for _ in range(20):
                    inner()
                return "in time"

            futures.append(work.submit())
        return [future.wait() for future in futures] and "done"

    assert etl() == "done"
    ends = {run.states[-1] for run in told.all("work")}
    assert ends == {"Completed", "TimedOut"}
    assert {run.states[-1] for run in told.all("inner")} <= {"Completed", "Cancelled"}
    for run in told.runs():
        assert sum(change.type.terminal for change in run.changes) == 1, run.states
