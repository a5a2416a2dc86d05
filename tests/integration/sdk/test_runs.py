"""Calls of flows and tasks are runs, and the journal tells them."""

from __future__ import annotations

import asyncio
import sys
import threading
from traceback import walk_stack

import pytest

from peninsula import emit_event, flow, tags, task
from peninsula.core.errors import (
    InvalidError,
    MissingResultError,
    ParameterError,
    RunFailedError,
    UpstreamError,
)
from peninsula.core.runs import EdgeKind
from peninsula.states import Cancelled, Completed, Failed, Pending, StateType
from tests.support.processes import wait_until


@task
def double(number):
    """Return it twice."""
    return number * 2


@task
def fail(*_):
    """Fail."""
    raise ValueError("no rows")


def test_a_direct_call_of_a_task_is_two_events(told):
    """It begins with Running, which tells its birth, and ends: nothing else is told."""

    @flow(name="etl", version="7")
    def etl():
        return double(21)

    assert etl() == 42
    flow_run, task_run = told.runs()
    assert [event.event for event in task_run.events] == [
        "peninsula.task-run.running",
        "peninsula.task-run.completed",
    ]
    assert task_run.events[0].resource.name == "double-0"
    assert task_run.events[1].resource.name is None
    assert task_run.born.parent == flow_run.id
    assert task_run.born.root == flow_run.id
    assert task_run.born.key == "double-0"
    assert bytes(task_run.born.parameters) == b'{"number":21}'
    assert task_run.born.code.endswith("test_runs.py:double")
    assert (flow_run.born.flow, flow_run.born.version, flow_run.born.root) == ("etl", "7", None)
    assert flow_run.state == "Completed"


def test_records_name_the_innermost_run_and_the_root(told):
    """So related resources need not repeat them."""

    @flow
    def outer():
        double(1)

    outer()
    outer_run, task_run = told.runs()
    assert {record.root for record in told.events()} == {outer_run.id}
    assert [record.run for record in told.events()] == [
        outer_run.id,
        task_run.id,
        task_run.id,
        outer_run.id,
    ]


def test_a_task_outside_of_a_flow_is_its_own_root(told):
    """As in Prefect, it runs without a flow run."""
    assert double(2) == 4
    (run,) = told.runs()
    assert (run.born.parent, run.born.root, run.born.key) == (None, None, None)
    assert run.state == "Completed"


def test_a_task_in_a_task_and_a_flow_in_a_flow_have_the_run_around_them_as_parent(told):
    """Runs form a tree, whose root is the outermost flow run."""

    @task
    def outer_task():
        return double(1)

    @flow
    def inner_flow():
        return outer_task()

    @flow
    def outer_flow():
        return inner_flow()

    assert outer_flow() == 2
    outer, inner, around, innermost = told.runs()
    assert [run.born.parent for run in (outer, inner, around, innermost)] == [
        None,
        outer.id,
        inner.id,
        around.id,
    ]
    assert {run.born.root for run in (inner, around, innermost)} == {outer.id}


def test_an_exception_fails_task_and_flow_and_reaches_the_caller(told):
    """The states say why, and the flow's follows the task's."""

    @flow
    def etl():
        fail()

    with pytest.raises(ValueError, match="no rows"):
        etl()
    flow_run, task_run = told.runs()
    assert (flow_run.state, task_run.state) == ("Failed", "Failed")
    assert task_run.message == "ValueError: no rows"
    assert flow_run.events[-1].follows == task_run.events[-1].id


def test_a_failure_that_is_handled_lets_the_flow_complete(told):
    """What a flow returns decides, not what its tasks did."""

    @flow
    def etl():
        try:
            fail()
        except ValueError:
            return "handled"

    assert etl() == "handled"
    assert told.one("etl").state == "Completed"


def test_a_state_event_follows_the_event_that_its_exception_carries(told):
    """A call marks the exception that leaves it; causes, contexts and groups are walked."""
    first = emitted()

    @flow
    def etl():
        inner = KeyError("bucket")
        inner._peninsula_event = first
        try:
            raise inner
        except KeyError as error:
            raise ExceptionGroup("two", [RuntimeError(), error]) from None

    with pytest.raises(ExceptionGroup):
        etl()
    assert told.one("etl").events[-1].follows == first


def emitted():
    """Return the id of an event that was told before."""
    return emit_event("bucket.gone", "s3://lake").id


def test_return_state_gives_the_state_instead(told):
    """The state has the result or the exception, and knows its run."""

    @flow
    def etl():
        state = double(4, return_state=True)
        failed = fail(return_state=True)
        assert state.is_completed()
        assert state.result() == 8
        assert failed.is_failed()
        assert isinstance(failed.result(raise_on_failure=False), ValueError)
        with pytest.raises(ValueError, match="no rows"):
            failed.result()
        return "done"

    state = etl(return_state=True)
    assert state.is_completed()
    assert state.result() == "done"
    assert state.run == told.one("etl").id


@pytest.mark.parametrize(
    ("returned", "state"),
    [
        (Failed(message="too few rows"), "Failed"),
        (Failed(name="Rejected", message="too few rows"), "Rejected"),
        (Cancelled(message="nothing to do"), "Cancelled"),
        (Completed(name="Skipped", message="nothing new"), "Skipped"),
        ([Completed(), Failed()], "Failed"),
        ([Completed(), Completed()], "Completed"),
        ((Completed(), Cancelled()), "Cancelled"),
    ],
)
def test_a_returned_state_decides_how_the_run_ends(told, returned, state):
    """One as it is; of several, the worst."""

    @flow
    def etl():
        return returned

    assert etl(return_state=True).name == state
    assert told.one("etl").state == state


def test_a_returned_failed_state_raises_at_the_call():
    """A run that ended Failed without an exception raises one that says so."""

    @task
    def check():
        return Failed(message="too few rows")

    @flow
    def etl():
        check()

    with pytest.raises(RunFailedError, match="too few rows"):
        etl()


def test_returned_futures_decide_how_the_flow_ends(told):
    """A flow that returns a failed future fails with its exception."""

    @flow
    def one():
        return fail.submit()

    @flow
    def several():
        return [double.submit(1), fail.submit()]

    with pytest.raises(ValueError, match="no rows"):
        one()
    assert told.one("one").state == "Failed"
    states = several()
    assert [state.type for state in states] == [StateType.COMPLETED, StateType.FAILED]
    assert told.one("several").message == "1 of 2 failed."


def test_a_result_is_missing_while_the_run_is_not_over():
    """A state that is no end says so when its result is asked for."""
    with pytest.raises(MissingResultError, match="Pending"):
        Pending().result()


def test_coroutine_functions_are_awaited(told):
    """Async flows and tasks tell the same as others, also side by side."""

    @task
    async def slow_double(number):
        await asyncio.sleep(0)
        return number * 2

    @flow
    async def etl():
        one = await slow_double(1)
        two, three = await asyncio.gather(slow_double(2), slow_double(3))
        return one + two + three + double(4)

    assert asyncio.run(etl()) == 20
    flow_run, *task_runs = told.runs()
    assert flow_run.state == "Completed"
    assert [run.born.parent for run in task_runs] == [flow_run.id] * 4
    assert [run.states for run in task_runs] == [["Running", "Completed"]] * 4


def test_an_async_flow_without_await_tells_nothing(told):
    """The run begins when it is awaited: its parent is who awaits it."""

    @flow
    async def etl():
        return 1

    coroutine = etl()
    assert told.runs() == []
    assert asyncio.run(coroutine) == 1


def test_tags_gather_from_the_task_and_the_blocks_around(told):
    """A run has its task's own tags and those of every block it is called in."""

    @task(tags=["heavy"])
    def load():
        return None

    @flow
    def etl():
        with tags("eu"):
            load()

    with tags("nightly"):
        etl()
    assert told.one("etl").born.tags == ("nightly",)
    assert told.one("load").born.tags == ("eu", "heavy", "nightly")


@task
def late():
    """End once the main thread waits for it."""
    wait_until(lambda: "wait_all" in in_main_thread(), what="who waits")
    return 5


def in_main_thread():
    """Return the names of the functions that the main thread is in."""
    frame = sys._current_frames()[threading.main_thread().ident]
    return [each.f_code.co_name for each, _ in walk_stack(frame)]


def test_a_flow_that_waits_for_a_parameter_is_told_with_its_value(told, caplog):
    """And without a warning, as nothing is wrong."""

    @flow
    def clean(rows):
        return rows

    @flow
    def etl():
        return clean(late.submit())

    assert etl() == 5
    (run,) = told.all("clean")
    assert (bytes(run.born.parameters), run.states) == (b'{"rows":5}', ["Running", "Completed"])
    assert not [line for line in caplog.records if line.levelname == "WARNING"]


def test_a_flow_that_waits_for_others_says_so(told, caplog):
    """As it may be long; that is no warning either."""

    @flow
    def clean():
        pass

    @flow
    def etl():
        clean(wait_for=[late.submit()])

    with caplog.at_level("INFO"):
        etl()
    assert told.one("clean").states == ["Pending", "Running", "Completed"]
    (line,) = [each for each in caplog.records if "Waits for" in each.getMessage()]
    assert line.levelname == "INFO"


def test_wait_for_makes_an_edge_of_its_own_kind(told):
    """The run depends on the other without taking its result."""

    @flow
    def etl():
        first = double.submit(1)
        return double(2, wait_for=[first])

    assert etl() == 4
    first, second = told.all("double")
    (edge,) = second.born.upstream
    assert (edge.run, edge.kind, edge.parameter) == (first.id, EdgeKind.WAIT, None)


def test_a_run_whose_upstream_failed_is_not_ready(told):
    """It never runs; asking for its result names the upstream run."""

    @flow
    def etl():
        failed = fail.submit()
        state = double(failed, return_state=True)
        assert state.name == "NotReady"
        with pytest.raises(UpstreamError, match='"fail-0"'):
            double(1, wait_for=[failed])
        with pytest.raises(UpstreamError, match="no rows"):
            double.submit(failed).result()
        return "done"

    assert etl() == "done"
    assert [run.states[-1] for run in told.all("double")] == ["NotReady"] * 3
    assert "Running" not in [state for run in told.all("double") for state in run.states]


@pytest.mark.parametrize(
    ("call", "reason"),
    [
        (double, "missing a required argument: 'number'"),
        (lambda: double(1, 2), "too many positional arguments"),
        (lambda: double(1, factor=3), "unexpected keyword argument 'factor'"),
        (lambda: double(1, number=2), "multiple values for argument 'number'"),
    ],
)
def test_arguments_that_do_not_fit_are_refused_before_a_run_begins(told, call, reason):
    """The error names the task, what is wrong, and what it takes; it is a TypeError too."""
    with pytest.raises(ParameterError, match='task "double"') as caught:
        call()
    assert reason in str(caught.value)
    assert "It takes (number)." in str(caught.value)
    assert isinstance(caught.value, TypeError)
    assert told.runs() == []


def test_submit_outside_of_a_flow_says_what_to_do():
    """There is no task runner outside of a flow."""
    with pytest.raises(InvalidError, match=r"Call .submit\(\) in a flow"):
        double.submit(1)
    with pytest.raises(InvalidError, match=r"Call .map\(\) in a flow"):
        double.map([1])
