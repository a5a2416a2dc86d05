"""Submitting and mapping: futures, threads, and what waits for what."""

from __future__ import annotations

import asyncio
import threading
from contextvars import ContextVar
from dataclasses import dataclass
from textwrap import dedent
from typing import Any

import pytest
from pydantic import BaseModel, ConfigDict

from peninsula import allow_failure, flow, get_run_logger, opaque, tags, task, unmapped
from peninsula.core.errors import InvalidError, ParameterError
from peninsula.states import Completed
from peninsula.task_runners import ThreadPoolTaskRunner

PATIENCE = 20


@task
def double(number):
    """Return it twice."""
    return number * 2


@task
def add(one, two=1):
    """Return the sum."""
    return one + two


@task
def fail(*_):
    """Fail."""
    raise ValueError("no rows")


def test_submit_returns_at_once_and_the_run_is_pending_first(told):
    """The task runs on a thread; its first event is Pending, with the birth."""
    here = threading.Event()

    @task
    def wait():
        assert here.wait(PATIENCE)
        return threading.current_thread() is threading.main_thread()

    @flow
    def etl():
        future = wait.submit()
        assert not future.done()
        here.set()
        assert future.result(timeout=PATIENCE) is False
        assert future.done()
        assert future.state.is_completed()
        return future.task_run_id

    run_id = etl()
    run = told.one("wait")
    assert run.id == run_id
    assert run.states == ["Pending", "Running", "Completed"]


def test_futures_in_arguments_are_waited_for_and_replaced(told):
    """Also deep inside lists, dicts, dataclasses: the task gets results, and has the edges."""

    @dataclass
    class Order:
        amount: object

    @task
    def total(orders, options):
        return orders[0].amount + options["more"][0]

    @flow
    def etl():
        one, two = double.submit(1), double.submit(2)
        return total([Order(one)], {"more": (two,)})

    assert etl() == 6
    edges = {edge.parameter: edge.run for edge in told.one("total").born.upstream}
    first, second = told.all("double")
    assert edges == {"orders": first.id, "options": second.id}


def test_work_does_not_hold_a_thread_while_it_waits_for_others():
    """With one thread, a chain submitted in any order still runs."""
    gate = threading.Event()

    @task
    def first():
        assert gate.wait(PATIENCE)
        return 1

    @flow(task_runner=ThreadPoolTaskRunner(max_workers=1))
    def etl():
        start = first.submit()
        chain = add.submit(start)
        for _ in range(20):
            chain = add.submit(chain)
        gate.set()
        return chain.result(timeout=PATIENCE)

    assert etl() == 22


def test_a_task_that_waits_for_what_it_submitted_does_not_block_a_small_pool():
    """The thread that waits does the work itself: nested submits cannot starve each other."""

    @task
    def outer(depth):
        return 1 + (outer.submit(depth - 1).result() if depth else 0)

    @flow(task_runner=ThreadPoolTaskRunner(max_workers=2))
    def etl():
        return outer.submit(10).result(timeout=PATIENCE)

    assert etl() == 11


def test_max_workers_is_the_most_that_runs_at_once():
    """Work beyond it waits for its turn."""
    running = []
    most = []
    both = threading.Barrier(2)

    @task
    def work():
        running.append(1)
        most.append(len(running))
        both.wait(PATIENCE)
        running.pop()

    @flow(task_runner=ThreadPoolTaskRunner(max_workers=2))
    def etl():
        for future in [work.submit() for _ in range(6)]:
            future.result(timeout=PATIENCE)

    etl()
    assert max(most) == 2


def test_the_flow_ends_after_all_it_submitted(told):
    """What nobody waited for is not lost: the flow run is over when they are."""
    gate = threading.Event()

    @task
    def late():
        assert gate.wait(PATIENCE)

    @task
    def release():
        gate.set()

    @flow
    def etl():
        late.submit()
        release.submit()

    etl()
    assert [event.event.event for event in told.events()][-1] == "peninsula.flow-run.completed"
    assert told.one("late").state == "Completed"


def test_when_the_flow_fails_what_has_not_begun_is_cancelled(told):
    """What runs may finish; the rest need not begin."""
    begun, gate = threading.Event(), threading.Event()

    @task
    def slow(_):
        begun.set()
        assert gate.wait(PATIENCE)

    @flow(task_runner=ThreadPoolTaskRunner(max_workers=1))
    def etl():
        slow.submit(1)
        slow.submit(2)
        assert begun.wait(PATIENCE)
        threading.Timer(0.05, gate.set).start()
        raise ValueError("no rows")

    with pytest.raises(ValueError, match="no rows"):
        etl()
    assert sorted(run.state for run in told.all("slow")) == ["Cancelled", "Completed"]
    cancelled = next(run for run in told.all("slow") if run.state == "Cancelled")
    assert cancelled.states == ["Pending", "Cancelled"]
    assert f'"{told.one("etl").name}" that it belongs to failed' in cancelled.message


def test_context_flows_into_threads(told):
    """Context variables, tags and the logger of the run are those at the submit."""
    colour = ContextVar("colour", default="none")

    @task
    def look():
        get_run_logger().info("looking")
        return colour.get()

    @flow
    def etl():
        colour.set("blue")
        with tags("deep"):
            return look.submit().result()

    assert etl() == "blue"
    assert told.one("look").born.tags == ("deep",)
    assert told.one("look").log == ["looking"]


def test_allow_failure_passes_the_exception_on(told):
    """A task may run although its input failed, and sees why."""

    @task
    def explain(problem):
        return str(problem)

    @flow
    def etl():
        return explain(allow_failure(fail.submit()))

    assert etl() == "no rows"
    assert told.one("explain").upstream == {told.one("fail").id}


def test_opaque_is_not_looked_into():
    """A future inside stays a future."""

    @task
    def look(value):
        return [future.result() for future in value]

    @flow
    def etl():
        return look(opaque([double.submit(4)]))

    assert etl() == [8]


def test_async_tasks_are_submitted_too(told):
    """Each runs in an event loop of its own, as in Prefect; the future is a plain one."""

    @task
    async def slow_double(number):
        await asyncio.sleep(0)
        return number * 2

    @flow
    def etl():
        return [future.result() for future in slow_double.map([1, 2, 3])]

    assert etl() == [2, 4, 6]
    assert {run.state for run in told.all("slow_double")} == {"Completed"}


def test_an_async_flow_submits_and_waits_without_stopping_its_loop(told):
    """Results are awaited by the flow that returns their futures; other coroutines go on."""
    gate = threading.Event()

    @task
    def wait():
        assert gate.wait(PATIENCE)
        return 7

    @flow
    async def inner():
        return wait.submit()

    @flow
    async def outer():
        async def release():
            await asyncio.sleep(0.01)
            gate.set()

        result, _ = await asyncio.gather(inner(), release())
        return result

    assert asyncio.run(outer()) == 7


def test_map_runs_once_for_each_item(told):
    """Lists of the same length are walked together; texts and unmapped values go to each."""

    @task
    def join(one, two, separator, *, prefix=""):
        return f"{prefix}{one}{separator}{two}"

    @flow
    def etl():
        return join.map([1, 2], (3, 4), "-", prefix=unmapped(["x"])).result()

    assert etl() == ["['x']1-3", "['x']2-4"]
    assert [run.born.key for run in told.all("join")] == ["join-0", "join-1"]


def test_map_over_a_future_depends_on_its_run(told):
    """Each item of a result comes from the run that returned it."""

    @task
    def numbers():
        return [1, 2, 3]

    @flow
    def etl():
        return double.map(numbers.submit()).result()

    assert etl() == [2, 4, 6]
    source = told.one("numbers").id
    assert [run.upstream for run in told.all("double")] == [{source}] * 3


def test_map_over_futures_depends_on_each_its_own(told):
    """A mapped task over mapped futures is one edge per item."""

    @flow
    def etl():
        return double.map(double.map([1, 2])).result()

    assert etl() == [4, 8]
    first, second, third, fourth = told.all("double")
    assert (third.upstream, fourth.upstream) == ({first.id}, {second.id})


def test_map_over_a_plain_result_depends_on_its_task(told):
    """The list itself is known as a result."""

    @task
    def numbers():
        return [1, 2]

    @flow
    def etl():
        return double.map(numbers()).result()

    etl()
    assert [run.upstream for run in told.all("double")] == [{told.one("numbers").id}] * 2


def test_map_keeps_allow_failure_for_each_item():
    """Failed items are passed as exceptions, the others as results."""

    @task
    def maybe(number):
        if number == 2:
            raise ValueError("two")
        return number

    @task
    def text(value):
        return str(value)

    @flow
    def etl():
        return text.map(allow_failure(maybe.map([1, 2, 3]))).result()

    assert etl() == ["1", "two", "3"]


def test_map_spreads_keyword_arguments():
    """What `**kwargs` takes is mapped over like other parameters."""

    @task
    def collect(**values):
        return values

    @flow
    def etl():
        return collect.map(a=[1, 2], b=unmapped(3)).result()

    assert etl() == [{"a": 1, "b": 3}, {"a": 2, "b": 3}]


def test_map_can_return_states():
    """As in Prefect, it waits for them."""

    @flow
    def etl():
        return [state.name for state in double.map([1, 2], return_state=True)]

    assert etl() == ["Completed", "Completed"]


def test_map_refuses_lengths_that_differ_and_nothing_to_iterate():
    """The error names the parameters, their lengths, and the fix."""

    @flow
    def differ():
        add.map([1, 2], [1, 2, 3])

    @flow
    def nothing():
        add.map(1, "text")

    with pytest.raises(ParameterError, match=r"one has 2, two has 3.*unmapped"):
        differ()
    with pytest.raises(ParameterError, match="one is one int, two is one str"):
        nothing()


def test_a_result_that_is_late_is_a_timeout_error():
    """Waiting can be given a limit; the run goes on."""
    gate = threading.Event()

    @task
    def wait(_):
        assert gate.wait(PATIENCE)

    @flow
    def etl():
        future, others = wait.submit(0), wait.map([1])
        with pytest.raises(TimeoutError, match='"wait-0" is not over'):
            future.result(timeout=0.01)
        with pytest.raises(TimeoutError, match="1 of 1 task runs"):
            others.result(timeout=0.01)
        gate.set()

    etl()


def test_a_flow_that_is_over_takes_no_more_work():
    """A thread that outlives its flow run is told so."""
    problems = []
    over = threading.Event()
    threads = []

    @flow
    def etl():
        def late():
            assert over.wait(PATIENCE)
            try:
                context.run(double.submit, 1)
            except InvalidError as problem:
                problems.append(str(problem))

        import contextvars  # noqa: PLC0415  beside its use

        context = contextvars.copy_context()
        threads.append(threading.Thread(target=late))
        threads[0].start()

    etl()
    over.set()
    threads[0].join(PATIENCE)
    assert "is over" in problems[0]


def test_ten_thousand_futures_in_one_argument_are_all_resolved(told):
    """Futures are found however many there are."""

    @task
    def total(numbers):
        return sum(numbers)

    @flow
    def etl():
        one = double.submit(1)
        return total([one] * 10_500 + [double.submit(2)])

    assert etl() == 2 * 10_500 + 4
    assert len(told.one("total").upstream) == 2


def test_workers_must_be_a_positive_number():
    """The error names the option."""
    with pytest.raises(InvalidError, match="max_workers=0"):
        ThreadPoolTaskRunner(max_workers=0)


def test_a_task_runner_may_be_given_as_a_class():
    """As in Prefect."""

    @flow(task_runner=ThreadPoolTaskRunner)
    def etl():
        return double.submit(1).result()

    assert etl() == 2


def test_futures_in_sets_models_and_frozen_dataclasses_are_replaced():
    """By copies; what holds no future is passed as it is."""

    class Model(BaseModel):
        model_config = ConfigDict(arbitrary_types_allowed=True)
        inner: Any

    @dataclass(frozen=True, slots=True)
    class Frozen:
        inner: object

    untouched = [1]

    @task
    def look(group, model, frozen, same):
        assert same is untouched
        return group, model.inner, frozen.inner

    @flow
    def etl():
        future = double.submit(1)
        return look({future}, Model(inner=[future]), Frozen((future,)), untouched)

    assert etl() == ({2}, [2], (2,))


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (lambda future: {future}, "unhashable type: 'list'"),
        (lambda future: nested(future, 5_000), "it is nested too deep"),
    ],
)
def test_futures_that_cannot_be_replaced_fail_with_the_fix(told, value, reason):
    """The error names the parameter and says how to pass it as it is."""

    @task
    def numbers():
        return [1]

    @task
    def look(given):
        raise AssertionError

    @flow
    def etl():
        look(value(numbers.submit()))

    with pytest.raises(ParameterError, match=f"'given' cannot be replaced: {reason}.*opaque"):
        etl()
    assert told.one("look").state == "Failed"
    assert "Running" not in told.one("look").states


def nested(value, depth):
    """Return the value inside of so many lists."""
    for _ in range(depth):
        value = [value]
    return value


def test_a_state_is_passed_on_as_its_result(told):
    """And is an edge; states made by hand have no run to depend on."""

    @flow
    def etl():
        return add(double(1, return_state=True), Completed(data=5))

    assert etl() == 7
    assert told.one("add").upstream == {told.one("double").id}


def test_a_search_that_is_cut_short_says_so_in_debug_logs(told, run_script):
    """The line names the run whose arguments are too large to be looked through."""
    code = dedent("""
        from peninsula import flow, task

        @task
        def look(rows):
            return len(rows)

        @flow
        def etl():
            look([[] for _ in range(20_000)])

        etl()
    """)
    run_script(code, env={"PENINSULA_LOG_LEVEL": "DEBUG"}).succeed()
    assert any(
        "edges were looked for in the first 10,000 values" in line for line in told.one("look").log
    )
