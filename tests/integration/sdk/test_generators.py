"""Generator functions as tasks and flows: they run while someone takes their values."""

from __future__ import annotations

import asyncio
import gc
import inspect
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest

from peninsula import flow, get_run_logger, runtime, tags, task
from peninsula.core.errors import InvalidError, ParameterError, RunTimeoutError
from peninsula.sdk.interrupting.interrupts import interrupt
from peninsula.sdk.interrupting.orders import cancellation, give
from peninsula.sdk.runs import current_run, current_tags
from peninsula.task_runners import ProcessPoolTaskRunner
from peninsula.transactions import transaction

FOREVER = 600


@task
def count(to):
    """Yield numbers, return how many."""
    yield from range(to)
    return to


@task
async def acount(to):
    """Yield numbers, awaiting between them."""
    for number in range(to):
        await asyncio.sleep(0)
        yield number


@task
def keep(value):
    """Return what it is given."""
    return value


class House:
    """Have a method that yields."""

    def __init__(self, size):
        self.size = size

    @task
    def rows(self):
        """Yield numbers."""
        yield from range(self.size)


def test_a_run_begins_with_the_first_value_and_ends_with_the_last(told):
    """The call alone begins nothing; in between it is Running."""
    values = count(2)
    assert inspect.isgenerator(values)
    assert told.runs() == []
    assert next(values) == 0
    assert told.one("count").states == ["Running"]
    assert list(values) == [1]
    assert told.one("count").states == ["Running", "Completed"]


def test_an_async_generator_does_so_too(told):
    """It is an async generator, to be used by `async for`."""

    @flow
    async def etl():
        values = acount(2)
        assert inspect.isasyncgen(values)
        assert await anext(values) == 0
        assert told.one("acount").states == ["Running"]
        return [value async for value in values]

    assert asyncio.run(etl()) == [1]
    assert told.one("acount").states == ["Running", "Completed"]


def test_yield_from_takes_values_and_the_return_value(told):
    """A generator flow may hand on what a generator task yields."""

    @flow
    def etl():
        returned = yield from count(3)
        yield f"{returned} in all"

    assert list(etl()) == [0, 1, 2, "3 in all"]
    assert told.one("etl").states == told.one("count").states == ["Running", "Completed"]
    assert told.one("count").born.parent == told.one("etl").id


def test_an_exception_in_it_fails_the_run_and_reaches_the_consumer(told):
    """After the values that came before."""

    @task
    def broken():
        yield 1
        raise ValueError("no rows")

    @flow
    def etl():
        values = broken()
        assert next(values) == 1
        with pytest.raises(ValueError, match="no rows"):
            next(values)
        assert list(values) == []

    etl()
    run = told.one("broken")
    assert run.states == ["Running", "Failed"]
    assert run.message == "ValueError: no rows"


def test_what_is_sent_and_thrown_reaches_the_generator(told):
    """As it would without a run around."""

    @task
    def echo():
        heard = yield "ready"
        while True:
            try:
                heard = yield heard
            except KeyError as error:
                heard = error

    @flow
    def etl():
        values = echo()
        assert next(values) == "ready"
        assert values.send("hello") == "hello"
        error = KeyError("key")
        assert values.throw(error) is error
        with pytest.raises(LookupError):
            values.throw(LookupError("gone"))

    etl()
    assert told.one("echo").message == "LookupError: gone"


def test_what_is_sent_and_thrown_reaches_an_async_generator():
    """`asend` and `athrow` do the same."""

    @task
    async def echo():
        heard = yield "ready"
        try:
            yield heard
        except KeyError:
            yield "caught"

    @flow
    async def etl():
        values = echo()
        assert await anext(values) == "ready"
        assert await values.asend("hello") == "hello"
        assert await values.athrow(KeyError("key")) == "caught"
        await values.aclose()

    asyncio.run(etl())


def test_what_the_consumer_throws_is_not_retried(told):
    """It asked for that exception, and wants it back."""

    @flow
    def etl():
        values = count.with_options(retries=3)(3)
        next(values)
        with pytest.raises(KeyError):
            values.throw(KeyError("mine"))

    etl()
    assert told.one("count").states == ["Running", "Failed"]


def test_leaving_the_loop_completes_the_run(told):
    """Its cleanup runs at once, and the message says how far it came."""
    left = []

    @task
    def rows():
        try:
            yield from range(10)
        finally:
            left.append(runtime.task_run.name)

    @flow
    def etl():
        for row in rows():
            if row == 2:
                break
        assert left == ["rows-0"]
        assert told.one("rows").state == "Completed"

    etl()
    assert told.one("rows").message == "Its consumer closed it after 3 values."


def test_leaving_an_async_loop_completes_the_run(told):
    """At the latest when the flow ends that it is in."""

    @flow
    async def etl():
        async for row in acount(10):
            if row == 2:
                break
        gc.collect()

    asyncio.run(etl())
    run = told.one("acount")
    assert run.states == ["Running", "Completed"]
    assert run.message == "Its consumer closed it after 3 values."
    assert [each.born.task or "etl" for each in told.runs()] == ["etl", "acount"]


def test_a_cleanup_that_fails_fails_the_run(told):
    """And whoever closes the generator gets the exception, as without a run."""

    @task
    def rows():
        try:
            yield 1
        finally:
            raise OSError("disk full")

    values = rows()
    next(values)
    with pytest.raises(OSError, match="disk full"):
        values.close()
    assert told.one("rows").states == ["Running", "Failed"]


def test_a_flow_ends_the_generators_that_nobody_consumed_to_their_end(told):
    """Their runs end before its own, also if someone still holds them."""
    held = []

    @flow
    def etl():
        values = count(5)
        held.append(values)
        return next(values)

    etl()
    assert told.one("count").state == "Completed"
    names = [record.event.event for record in told.events()]
    assert names.index("peninsula.task-run.completed") < names.index("peninsula.flow-run.completed")
    assert list(held[0]) == []


def test_a_retry_begins_again_from_the_first_value(told):
    """As in Prefect; the log says that the consumer gets values twice."""
    attempts = []

    @task(retries=1)
    def rows():
        attempts.append(1)
        yield "a"
        if len(attempts) == 1:
            raise ValueError("gone")
        yield "b"

    assert list(rows()) == ["a", "a", "b"]
    run = told.one("rows")
    assert run.states == ["Running", "Retrying", "Completed"]
    assert any("its consumer gets its values again" in line for line in run.log)


def test_a_time_limit_interrupts_the_generator_and_not_its_consumer(told):
    """It counts from the first value on; the consumer hears of it when it wants the next."""

    @task(timeout_seconds=0.05)
    def slow():
        yield 1
        time.sleep(FOREVER)

    @task(timeout_seconds=0.05)
    def idle():
        yield 1
        yield 2

    @flow
    def etl():
        values = slow()
        assert next(values) == 1
        with pytest.raises(RunTimeoutError):
            next(values)
        others = idle()
        assert next(others) == 1
        until(lambda: _run_of(others).order is not None)
        with pytest.raises(RunTimeoutError):
            next(others)

    etl()
    assert told.one("slow").states == told.one("idle").states == ["Running", "TimedOut"]


def until(true: Callable[[], bool]) -> None:
    """Wait for what no signal tells: that an order was given to a run that rests."""
    deadline = time.monotonic() + 20
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.001)


def _run_of(values: Any) -> Any:
    return values.gi_frame.f_locals["run"]


def test_a_time_limit_cancels_an_async_generator_where_it_awaits(told):
    """And its cleanup runs."""
    left = []

    @task(timeout_seconds=0.05)
    async def slow():
        try:
            yield 1
            await asyncio.sleep(FOREVER)
        finally:
            left.append(True)

    @flow
    async def etl():
        with pytest.raises(RunTimeoutError):
            async for _ in slow():
                pass
        await asyncio.sleep(0)

    asyncio.run(etl())
    assert told.one("slow").states == ["Running", "TimedOut"]
    assert left == [True]


def test_a_cancelled_flow_cancels_the_generator_it_consumes(told):
    """Though it rests at that moment; its cleanup runs."""
    left = []

    @task
    def rows():
        try:
            yield from range(10)
        finally:
            left.append(True)

    @flow
    def etl():
        for _ in rows():
            give(current_run(), cancellation(current_run(), "enough"))

    assert etl(return_state=True).name == "Cancelled"
    run = told.one("rows")
    assert run.states == ["Running", "Cancelled"]
    assert run.message.endswith("that it belongs to was cancelled.")
    assert left == [True]


def test_neither_side_sees_the_context_of_the_other(told):
    """Current run, tags, logs: each has its own, whoever runs first."""

    @task
    def rows():
        with tags("inside"):
            keep("of the generator")
            get_run_logger().info("one")
            yield current_run().name
        assert current_tags() == {"around"}
        yield current_run().name

    @flow
    def etl():
        with tags("around"):
            values = rows()
            assert next(values) == "rows-0"
            assert current_tags() == {"around"}
        keep("of the consumer")
        get_run_logger().info("two")
        assert next(values) == "rows-0"
        assert current_run().name == runtime.flow_run.name

    etl()
    inner, outer = told.all("keep")
    assert (inner.born.parent, inner.born.tags) == (told.one("rows").id, ("around", "inside"))
    assert (outer.born.parent, outer.born.tags) == (told.one("etl").id, ())
    assert told.one("rows").log == ["one"]
    assert "two" in told.one("etl").log


def test_neither_side_sees_the_context_of_the_other_in_a_loop(told):
    """An async generator that awaits runs keeps its context over the awaits."""

    @task
    async def inner():
        await asyncio.sleep(0)

    @task
    async def rows():
        with tags("inside"):
            await inner()
            yield 1
            await inner()
            yield 2

    @flow
    async def etl():
        async for _ in rows():
            assert current_tags() == set()
            await inner()

    asyncio.run(etl())
    parents = [run.born.parent for run in told.all("inner")]
    inside, outside = told.one("rows").id, told.one("etl").id
    assert parents == [inside, outside, inside, outside]
    assert [run.born.tags for run in told.all("inner")] == [("inside",), (), ("inside",), ()]


def test_what_it_yields_is_known_as_its_result(told):
    """A task that takes a value has an edge to the run that yielded it."""

    @task
    def batches():
        yield [1, 2]
        yield [3]

    @flow
    def etl():
        return [keep(batch) for batch in batches()]

    assert etl() == [[1, 2], [3]]
    for run in told.all("keep"):
        assert run.upstream == {told.one("batches").id}


@pytest.mark.parametrize("generator", [count, acount])
def test_submitted_it_gives_the_list_of_its_values(told, generator):
    """As in Prefect: a future has one result."""

    @flow
    def etl():
        mapped = generator.map([1, 2])
        return generator.submit(3).result(), mapped.result()

    assert etl() == ([0, 1, 2], [[0], [0, 1]])
    assert {run.state for run in told.runs()} == {"Completed"}


def test_a_flow_of_a_generator_waits_for_what_it_submitted(told):
    """When its values are taken, its tasks come to their end, and then it does."""

    @flow
    def etl():
        yield keep.submit("a").task_run_id
        keep.submit("b")

    assert len(list(etl())) == 1
    assert [run.state for run in told.all("keep")] == ["Completed"] * 2
    assert told.one("etl").states == ["Running", "Completed"]


def test_ctrl_c_in_it_crashes_the_run(told):
    """And goes on to the consumer."""

    @task
    def rows():
        yield 1
        raise KeyboardInterrupt

    values = rows()
    next(values)
    with pytest.raises(KeyboardInterrupt):
        next(values)
    assert told.one("rows").states == ["Running", "Crashed"]


def test_arguments_are_checked_when_it_is_called():
    """Not when the first value is taken, far from the mistake."""
    with pytest.raises(ParameterError, match='task "count"'):
        count(1, 2)


def test_it_has_no_state_to_return():
    """Before its values are taken there is none; the error says what to do."""
    with pytest.raises(InvalidError, match="Iterate over the call"):
        count(1, return_state=True)


def test_results_of_what_runs_in_a_generator_flow_are_kept(told):
    """Its own cannot be; it passes the choice on to its tasks all the same."""

    @flow(persist_result=True)
    def etl():
        yield keep(1)

    assert list(etl()) == [1]
    assert "result" in told.one("keep").changes[-1].details
    assert "result" not in told.one("etl").changes[-1].details


def test_a_consumed_generator_is_rolled_back_with_its_transaction():
    """Its hooks are those of any task in a transaction."""
    heard = []

    @task
    def rows():
        yield from range(2)

    @rows.on_rollback
    def undo(_):
        heard.append("undone")

    def fail():
        with transaction():
            assert list(rows()) == [0, 1]
            raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        fail()
    assert heard == ["undone"]


def test_two_generators_can_be_consumed_by_turns(told):
    """Each goes on where it was; inside of an async flow, too, and with a generator subflow."""

    @flow
    async def numbers(count):
        async for number in acount(count):
            yield number

    @flow
    async def etl():
        one, two = numbers(2), acount(3)
        async for number in one:
            assert await anext(two) == number
        assert [number async for number in two] == [2]

    asyncio.run(etl())
    assert {run.state for run in told.runs()} == {"Completed"}
    inner, outer = sorted(told.all("acount"), key=lambda run: run.born.parent == told.one("etl").id)
    assert inner.born.parent == told.one("numbers").id
    assert outer.born.parent == told.one("numbers").born.parent == told.one("etl").id


def test_a_generator_may_go_on_in_another_thread(told):
    """Its run is interrupted where it is, and has its own context there."""
    names = []

    @task
    def rows():
        for _ in range(2):
            names.append((threading.current_thread().name, current_run().name))
            yield

    @flow
    def etl():
        values = rows()
        next(values)
        thread = threading.Thread(target=lambda: list(values), name="other")
        thread.start()
        thread.join()

    etl()
    assert names == [("MainThread", "rows-0"), ("other", "rows-0")]
    assert told.one("rows").states == ["Running", "Completed"]


def test_a_cancelled_async_flow_cancels_the_generator_that_it_awaits(told):
    """Where it awaits; its cleanup runs, and the flow ends after it."""
    left = []

    @task
    async def slow():
        try:
            yield 1
            await asyncio.sleep(FOREVER)
        finally:
            left.append(True)

    @flow
    async def etl():
        me = current_run()
        async for _ in slow():
            asyncio.get_running_loop().call_later(0.01, cancel, me)

    def cancel(run):
        give(run, cancellation(run, "enough"))
        interrupt(run)

    state = asyncio.run(etl(return_state=True))
    assert state.name == "Cancelled"
    assert told.one("slow").states == ["Running", "Cancelled"]
    assert left == [True]


def test_processes_run_what_generators_and_methods_submit():
    """The list of the values is sent back; the object of a method is sent along."""
    house = House(3)

    @flow(task_runner=ProcessPoolTaskRunner(max_workers=1))
    def etl():
        return count.submit(2).result(), house.rows.submit().result()

    assert etl() == ([0, 1], [0, 1, 2])
