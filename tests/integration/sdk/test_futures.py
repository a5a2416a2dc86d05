"""Futures: which is over first, which are not over, and cancelling them."""

from __future__ import annotations

import asyncio
import threading

import pytest

from peninsula import flow, task
from peninsula.core.errors import RunCancelledError, UpstreamError
from peninsula.futures import as_completed, wait
from peninsula.task_runners import ProcessPoolTaskRunner, ThreadPoolTaskRunner
from tests.support.processes import wait_until

PATIENCE = 20
FOREVER = 600


@task
def keep(value):
    """Return what it is given."""
    return value


@task
def await_(event, value):
    """Return when the event is set."""
    assert event.wait(PATIENCE)
    return value


@task
def spin(begun):
    """Run until someone interrupts it."""
    begun.set()
    while True:
        pass


def test_futures_come_in_the_order_in_which_they_end():
    """Not in the order in which they were submitted, and each once."""
    gates = [threading.Event() for _ in range(3)]

    @flow
    def etl():
        futures = [await_.submit(gate, number) for number, gate in enumerate(gates)]
        found = []
        gates[2].set()
        for future in as_completed([*futures, futures[0]]):
            found.append(future.result())
            gates[found[-1] - 1].set()
        return found

    assert etl() == [2, 1, 0]


def test_a_time_limit_ends_the_wait_for_the_rest():
    """The error says how many are missing; what is over came before."""
    gate = threading.Event()

    @flow
    def etl():
        futures = [keep.submit(1), await_.submit(gate, 2)]
        futures[0].wait()
        coming = as_completed(futures, timeout=0.05)
        assert next(coming).result() == 1
        with pytest.raises(TimeoutError, match=r"1 of 2 task runs are not over after 0\.05 s"):
            next(coming)
        done, not_done = wait(futures, timeout=0.01)
        assert (done, not_done) == ({futures[0]}, {futures[1]})
        gate.set()
        assert wait(futures).done == set(futures)

    etl()


def test_waiting_threads_of_a_small_pool_do_the_work_themselves():
    """A task that waits for tasks by `as_completed` does not keep the only thread from them."""

    @task
    def outer():
        return sorted(future.result() for future in as_completed(keep.map([1, 2, 3])))

    @flow(task_runner=ThreadPoolTaskRunner(max_workers=1))
    def etl():
        return outer.submit().result(timeout=PATIENCE)

    assert etl() == [1, 2, 3]


def test_a_future_that_has_not_begun_is_cancelled_at_once(told):
    """It never runs, and neither does what waits for it."""
    gate = threading.Event()

    @flow(task_runner=ThreadPoolTaskRunner(max_workers=1))
    def etl():
        first = await_.submit(gate, 1)
        second = keep.submit(2)
        third = keep.submit(second)
        assert second.cancel()
        assert not second.cancel()
        with pytest.raises(RunCancelledError, match="Its future was cancelled"):
            second.result(timeout=PATIENCE)
        gate.set()
        with pytest.raises(UpstreamError):
            third.result(timeout=PATIENCE)
        assert first.result(timeout=PATIENCE) == 1
        assert not first.cancel()
        return "done"

    assert etl() == "done"
    assert [run.states for run in told.all("keep")] == [
        ["Pending", "Cancelled"],
        ["Pending", "NotReady"],
    ]


def test_a_task_that_runs_is_interrupted(told):
    """And ends Cancelled; the flow goes on."""
    begun = threading.Event()

    @flow
    def etl():
        future = spin.submit(begun)
        assert begun.wait(PATIENCE)
        assert future.cancel()
        with pytest.raises(RunCancelledError, match='"spin-0" was cancelled'):
            future.result(timeout=PATIENCE)
        return "done"

    assert etl() == "done"
    assert told.one("spin").states == ["Pending", "Running", "Cancelled"]


def test_a_coroutine_that_runs_is_cancelled_where_it_awaits(told):
    """Its cleanup runs."""
    begun, left = threading.Event(), threading.Event()

    @task
    async def sleepy():
        begun.set()
        try:
            await asyncio.sleep(FOREVER)
        finally:
            left.set()

    @flow
    async def etl():
        future = sleepy.submit()
        await asyncio.to_thread(begun.wait, PATIENCE)
        future.cancel()
        with pytest.raises(RunCancelledError):
            await future.result_async(timeout=PATIENCE)

    asyncio.run(etl())
    assert left.is_set()
    assert told.one("sleepy").state == "Cancelled"


def test_awaiting_a_result_lets_the_loop_go_on():
    """What the task waits for is done by another task of the same loop."""
    gate = threading.Event()

    @flow
    async def etl():
        future = await_.submit(gate, "kept")

        async def open_gate():
            gate.set()

        results = await asyncio.gather(future.result_async(timeout=PATIENCE), open_gate())
        assert await future.result_async() == "kept"
        return results[0]

    assert asyncio.run(etl()) == "kept"


def test_awaiting_in_the_only_thread_of_a_pool_keeps_nobody_from_it():
    """The work is done in another thread, and the loop of the task that awaits goes on."""

    @task
    async def outer():
        return await keep.submit("kept").result_async()

    @flow(task_runner=ThreadPoolTaskRunner(max_workers=1))
    def etl():
        return outer.submit().result(timeout=PATIENCE)

    assert etl() == "kept"


def test_awaiting_has_a_time_limit():
    """As waiting has."""
    gate = threading.Event()

    @flow
    async def etl():
        future = await_.submit(gate, 1)
        with pytest.raises(TimeoutError, match=r"not over after 0.01 s"):
            await future.result_async(timeout=0.01)
        gate.set()

    asyncio.run(etl())


def test_a_task_in_another_process_is_cancelled_there(told, tmp_path):
    """The order is passed on to the process, and the next task finds it free."""
    begun = tmp_path / "begun"

    @task
    def turn():
        begun.touch()
        while True:
            pass

    @flow(task_runner=ProcessPoolTaskRunner(max_workers=1))
    def etl():
        future = turn.submit()
        wait_until(begun.exists, what="the task to begin")
        assert future.cancel()
        with pytest.raises(RunCancelledError):
            future.result(timeout=PATIENCE)
        return keep.submit("kept").result(timeout=PATIENCE)

    assert etl() == "kept"
    assert told.one("turn").states[-1] == "Cancelled"
