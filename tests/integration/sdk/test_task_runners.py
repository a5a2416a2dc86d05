"""What every task runner does alike, wherever it runs what flows submit."""

from __future__ import annotations

import asyncio
import os
import threading

import pytest

from peninsula import flow, task
from peninsula.core.errors import InvalidError, SerializationError
from peninsula.core.runs import Upstream
from peninsula.task_runners import ProcessPoolTaskRunner
from peninsula.transactions import transaction
from tests.support import elsewhere


def tree(told):
    """Return what was told of all runs, with names in the place of ids."""
    runs = {run.id: run for run in told.runs()}

    def title(run):
        return run.born.task or run.born.flow

    def edges(run):
        return {
            (each.parameter, each.kind.value, title(runs[each.run])) for each in run.born.upstream
        }

    return sorted(
        (
            title(run),
            run.born.key,
            run.name if run.born.task else None,  # flow runs are named by chance
            None if run.born.parent is None else title(runs[run.born.parent]),
            title(runs[run.born.root or run.id]),
            run.born.tags,
            bytes(run.born.parameters),
            # A run whose name needs results is told as Pending only where it is sent away.
            [state for state in run.states if state != "Pending"],
            run.message,
            sorted(edges(run), key=str),
            [line for line in run.log if line.startswith(("doubling", "in "))] != [],
        )
        for run in runs.values()
    )


EXPECTED = {
    "sum": 9,
    "mapped": [9, 9],
    "flaky": "rows",
    "failed": "LookupError: no table",
    "not ready": "NotReady",
    "outer": 13,
    "totals": [3, 1, 3, 1],
    "deep": 6,
    "slow": "TimedOut",
    "coroutine": "SUNDAY",
}


def test_the_tree_of_runs_and_edges_is_that_of_threads(told, away):
    """States, names, parents, tags, edges, logs, results of a flow that uses all there is."""
    assert elsewhere.everything("sunday") == EXPECTED
    here = tree(told)
    before = len(here)
    assert elsewhere.everything.with_options(task_runner=away)("sunday") == EXPECTED
    both = tree(told)
    assert len(both) == 2 * before
    assert both == sorted([*here, *here])


def test_an_event_loop_gives_the_tree_of_threads(told):
    """Also of what coroutines call and submit with plain values."""
    assert elsewhere.dependencies() == [3, 1, 3, 1, 6]
    here = tree(told)
    assert asyncio.run(elsewhere.dependencies_async()) == [3, 1, 3, 1, 6]
    assert tree(told) == sorted([*here, *here])


def test_an_event_loop_elsewhere_gives_the_tree_of_threads(told, away):
    """Coroutine functions are submitted as others are."""
    elsewhere.dependencies()
    here = tree(told)
    asyncio.run(elsewhere.dependencies_async.with_options(task_runner=away)())
    assert tree(told) == sorted([*here, *here])


def test_plain_values_are_known_where_a_submitted_task_runs(told, away):
    """What it calls and submits depends on the runs that returned what it was given."""

    @flow(task_runner=away)
    def etl():
        return elsewhere.totals.submit({"given": elsewhere.load()}, large=True).result()

    assert etl() == [3, 3]
    loaded = told.one("load").born
    expected = [Upstream(run=told.one("load").id, parameter="numbers")]
    assert loaded.key == "load-0"
    assert [list(run.born.upstream) for run in told.all("total")] == [expected, expected]
    assert told.one("is_large").born.upstream == ()


def test_results_inside_of_a_result_are_known_where_it_was_submitted(told, away):
    """They come from the run inside of the task that made them."""

    @flow(task_runner=away)
    def etl():
        return elsewhere.total(elsewhere.nested.submit().result()["own"]["rows"])

    assert etl() == 6
    (edge,) = told.one("total").born.upstream
    assert edge.run == told.one("load").id


def test_runs_inside_of_a_submitted_task_are_named_by_it(told, away):
    """On threads and elsewhere, in whatever order tasks come to run."""

    @flow
    def etl():
        elsewhere.outer.map([1, 2]).result()

    etl()
    etl.with_options(task_runner=away)()
    keys = [run.born.key for run in told.all("add")]
    assert sorted(keys) == sorted(2 * ["outer-0.add-0", "outer-1.add-0"])


def test_tasks_run_in_another_process(away):
    """Not in the flow's."""

    @flow(task_runner=away)
    def etl():
        return {elsewhere.whereabouts.submit().result() for _ in range(3)}

    assert os.getpid() not in etl()


def test_tasks_elsewhere_are_inside_of_the_transaction_around_their_submit(away):
    """The lock of their key, which the transaction has, lets them in, one after the other."""

    @flow(task_runner=away)
    def etl():
        with transaction():
            return elsewhere.fetch(1), elsewhere.fetch.map([1] * 3).result()

    here, there = etl()
    assert here[1] == os.getpid()
    assert os.getpid() not in {each[1] for each in there}
    assert len(set(there)) == 1  # the first one's result is kept, and found by the others


def test_a_transaction_elsewhere_is_inside_of_one_with_its_key(away):
    """So is what it calls and submits."""

    @flow(task_runner=away)
    def etl():
        with transaction("shared", isolation_level="SERIALIZABLE"):
            elsewhere.fetch(1)
            return elsewhere.fetch_inside.submit("shared", 1).result()

    called, submitted = etl()
    assert os.getpid() not in {called[1], submitted[1]}


def test_a_process_stays_for_the_next_task(processes):
    """Starting one takes a fraction of a second."""

    @flow(task_runner=processes)
    def etl():
        return {elsewhere.whereabouts.submit().result() for _ in range(3)}

    assert len(etl()) == 1


def test_records_of_the_worker_come_after_those_of_the_flow(told, away):
    """By their stamps, so that clocks which differ between machines change no state."""

    @flow(task_runner=away)
    def etl():
        elsewhere.whereabouts.submit().result()

    etl()
    states = {
        record.event.event.rpartition(".")[2]: record.stamp
        for record in told.events()
        if ".task-run." in record.event.event
    }
    assert states["pending"] < states["running"] < states["completed"]


def test_what_a_task_defined_in_a_function_refers_to_comes_along(away):
    """Closures, and classes: what comes back is of the very class that was sent."""

    class Order:
        def __init__(self, amount):
            self.amount = amount

    factor = 3

    @task
    def triple(order):
        return Order(order.amount * factor)

    @flow(task_runner=away)
    def etl():
        return triple.submit(Order(2)).result()

    order = etl()
    assert isinstance(order, Order)
    assert order.amount == 6


def test_an_argument_that_cannot_be_sent_is_named(told, away):
    """The run has failed, with its hook called, and nothing is lost."""
    told_hook = []

    @task(on_failure=[lambda *_: told_hook.append(1)])
    def use(rows, lock):
        return rows

    @flow(task_runner=away)
    def etl():
        state = use.submit([1], threading.Lock(), return_state=True)
        with pytest.raises(SerializationError, match='The parameter "lock" of the task "use"'):
            state.result()

    etl()
    run = told.one("use")
    assert run.states == ["Pending", "Failed"]
    assert "ThreadPoolTaskRunner()" in run.message
    assert told_hook == [1]


def test_a_result_that_cannot_be_sent_fails_the_run_and_says_so(told, away):
    """Once, as trying again would not help."""

    @task(retries=3)
    def make():
        return threading.Lock()

    @flow(task_runner=away)
    def etl():
        return make.submit(return_state=True).message

    assert 'The result of the task "make" cannot be sent back' in etl()
    assert told.one("make").states == ["Pending", "Running", "Failed"]


class OddError(Exception):
    """It can be pickled and not made again."""

    def __init__(self, table, row):
        super().__init__(f"{table} has no row {row}")


def test_an_exception_that_cannot_be_sent_is_told_by_its_text(told, away):
    """The state is what it would be."""

    @task
    def fail():
        raise OddError("orders", 3)

    @flow(task_runner=away)
    def etl():
        return str(fail.submit().result(raise_on_failure=False))

    assert etl().startswith("OddError: orders has no row 3 (it cannot be sent")
    assert told.one("fail").message == "OddError: orders has no row 3"


def test_an_exception_says_where_it_was_raised_and_links_to_its_event(told, away):
    """A note holds the traceback of the other process; the flow's failure follows the task's."""

    @flow(task_runner=away)
    def etl():
        elsewhere.fail.submit().result()

    with pytest.raises(LookupError) as caught:
        etl()
    assert "no table" in str(caught.value)
    assert 'raise LookupError("no table")' in caught.value.__notes__[0]
    assert told.one("etl").events[-1].follows == told.one("fail").events[-1].id


def test_results_that_are_kept_are_found_again_from_there(told, away):
    """In the same store, by the same keys."""

    @task(persist_result=True, cache_key_fn=lambda *_: "always")
    def make():
        return os.getpid()

    @flow(task_runner=away)
    def etl():
        return make.submit().result(), make().real

    first, second = etl()
    assert first == second != os.getpid()
    assert [run.state for run in told.all("make")] == ["Completed", "Cached"]


@pytest.mark.parametrize("workers", [0, True, "two"])
def test_a_number_of_processes_is_one(workers):
    """The error names the runner."""
    with pytest.raises(InvalidError, match="ProcessPoolTaskRunner has max_workers="):
        ProcessPoolTaskRunner(max_workers=workers)


@pytest.mark.parametrize("ask", ["refused", "unsendable"])
def test_a_flow_that_fails_by_a_task_elsewhere_leads_to_its_call(told, away, ask):
    """Whatever the pickle of the exception leaves out, and where it cannot be sent at all."""

    @flow(task_runner=away)
    def etl():
        return elsewhere.ask_shop.submit(ask).result()

    with pytest.raises(Exception):  # noqa: B017, PT011  what stands for it differs
        etl()
    [call] = [each.event for each in told.events() if each.event.event.endswith(f"{ask}.failed")]
    ends = [each.event for each in told.events() if each.event.event.endswith("-run.failed")]
    assert [each.follows for each in ends] == [call.id] * 2
