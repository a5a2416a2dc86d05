"""Whatever users' code says, raises or returns, each run has its end and each record is taken."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from pathlib import Path
from threading import Event, Thread
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from peninsula import emit_event, flow, get_run_logger, tags, task
from peninsula.blocks import Block
from peninsula.core import catalogue, codec
from peninsula.core.errors import InvalidError
from peninsula.core.records import EventRecord, LogRecord
from peninsula.core.resources import run_uuid
from peninsula.core.runs import StateChange, check_change
from peninsula.states import Cancelled, Failed
from tests.support.told import records

texts = st.text(st.characters(exclude_categories=()), max_size=30) | st.sampled_from(
    ["", "\x00", "a\nb", "half \ud800", "x" * 6_000, "\u2028", "é" * 5_000, "😀" * 5_000]
)


def refused(home: Path) -> list[str]:
    """Return what a server would refuse of all that was told."""
    problems = []
    for _, record in records(home):
        assert isinstance(record, EventRecord | LogRecord)  # decoding has checked it
        if isinstance(record, EventRecord) and run_uuid(record.event.resource.id):
            change = codec.decode(StateChange, record.event.payload)
            try:
                check_change(change)
            except InvalidError as problem:
                problems.append(problem.message)
    return problems


@settings(
    max_examples=25,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(said=texts, name=texts, key=texts, logger=texts)
def test_any_text_is_told_in_a_form_that_a_server_takes(
    told, home, uncaptured, said, name, key, logger
):
    """Messages, state names, run names, parameters, logs and exceptions."""

    @task(task_run_name="{said}")
    def fail(said):
        get_run_logger().info(said)
        logging.getLogger(logger).warning(said)
        raise ValueError(said)

    @task
    def end(**values):
        return Failed(message=said, name=name)

    @flow(flow_run_name=lambda: name, log_prints=True)
    def etl():
        print(said)  # noqa: T201  what the test is about
        fail(said, return_state=True)
        end(**{key: said}, return_state=True)
        end.map(**{key: [said]}).wait()
        emit_event("a.b", "c", payload={key: said})
        return "done"

    with uncaptured():
        assert etl() == "done"
    assert refused(home) == []
    assert all(run.folded.state.terminal for run in told.runs())


def test_a_thousand_edges_are_told_in_several_events(told, home):
    """None is lost, no event is over its limit, and the run is born once."""

    @task
    def number(value):
        return [value]

    @task
    def total(numbers):
        return sum(value for (value,) in numbers)

    @flow
    def etl():
        return total([number(value) for value in range(1_000)])

    assert etl() == sum(range(1_000))
    run = told.one("total")
    births = [change.born for change in run.changes if change.born is not None]
    edges = [edge.run for birth in births for edge in birth.upstream]
    assert len(births) == 7
    assert sorted(edges) == sorted(each.id for each in told.all("number"))
    assert set(run.states) == {"Running", "Completed"}
    assert run.folded.attempts == 1
    assert run.born.task == "total"
    assert refused(home) == []


def test_tags_that_cannot_be_told_are_refused():
    """Where they are given."""
    with pytest.raises(InvalidError, match="with tags"), tags("a\nb"):
        pass
    with pytest.raises(InvalidError, match="limit is 50"), tags(*map(str, range(51))):
        pass


def test_wrong_settings_are_named_before_anything_runs(run_script):
    """The error says which, and where it was set."""
    code = "from peninsula import flow\n@flow\ndef etl():\n    print('ran')\netl()\n"
    program = run_script(code, env={"PENINSULA_LOG_LEVEL": "LOUD"})
    assert program.wait() == 1
    assert "PENINSULA_LOG_LEVEL" in program.output
    assert "ran" not in program.output.splitlines()


def test_values_that_answer_nothing_are_passed_on_all_the_same():
    """Classes and fields that raise whenever they are asked."""

    class Meta(type):
        def __getattr__(cls, name):
            raise RuntimeError(name)

    class Hostile(metaclass=Meta):
        def __getattr__(self, name):
            raise RuntimeError(name)

        def __eq__(self, other):
            raise RuntimeError

        __hash__ = None

    @dataclass
    class Record:
        good: object

    class Raising(Record):
        @property
        def good(self):
            raise RuntimeError

        @good.setter
        def good(self, value):
            pass

    @task
    def give():
        return [Hostile(), Raising(1)]

    @task
    def take(values, one):
        return len(values)

    @flow
    def etl():
        given = give()
        return take(given, given[0])

    assert etl() == 2


class Alike(type):
    """Whose classes have no hash, as they have an `==` of their own."""

    def __eq__(cls, other):
        return cls is other

    __hash__ = None


class Odd(metaclass=Alike):
    """A value that no registry of types knows."""


class Holder(Block):
    """Holds any value, and gives back what it is given."""

    held: Any = None

    def give_back(self, value):
        """Return it."""
        return value


def test_values_whose_classes_have_no_hash_are_passed_on_with_their_edges(told, home):
    """As arguments, results and elements, beside futures, and in blocks and their calls."""
    odd = Odd()

    @task
    def give(value):
        return odd

    @task
    def take(values, one):
        return [*values, one]

    @flow
    def etl(value):
        given = give(value)
        sent = give.submit(given)
        taken = take([sent, given, {"of": given}], Holder(held=odd).give_back(given))
        return taken, given

    (values, given) = etl(odd)
    assert [each is odd for each in (*values, given)] == [True, True, False, True, True]
    changes = [
        codec.decode(StateChange, record.event.payload)
        for _, record in records(home)
        if isinstance(record, EventRecord) and run_uuid(record.event.resource.id)
    ]
    born = [change.born for change in changes if change.born is not None]
    assert {edge.parameter for each in born for edge in each.upstream} == {"value", "values", "one"}


def test_a_container_that_another_thread_changes_does_no_harm():
    """It is looked through as it was at one moment."""
    shared = {number: [number] for number in range(500)}
    stop = Event()

    def change():
        number = 500
        while not stop.is_set():
            shared[number] = [number]
            shared.pop(number - 500, None)
            number += 1

    @task
    def give():
        return shared

    @task
    def take(values):
        return 1

    @flow
    def etl():
        return sum(take(give()) for _ in range(30))

    thread = Thread(target=change)
    thread.start()
    try:
        assert etl() == 30
    finally:
        stop.set()
        thread.join()


def test_every_event_that_runs_tell_is_in_the_catalogue(told):
    """Whatever becomes of them."""

    @task(retries=1, retry_delay_seconds=0.001, timeout_seconds=5)
    def end(how):
        returned = how()
        if isinstance(returned, BaseException):
            raise returned
        return returned

    @flow
    def etl():
        failed = end.submit(ValueError)
        end(failed, return_state=True)
        for how in (int, TimeoutError, Cancelled, lambda: Failed(name="Rejected")):
            end(how, return_state=True)
        with pytest.raises(SystemExit):
            end(SystemExit)

    etl()
    names = {record.event.event for record in told.events()}
    assert names <= catalogue.names()
    assert {name.rpartition(".")[2] for name in names} == {
        "awaiting-retry",
        "cancelled",
        "completed",
        "crashed",
        "failed",
        "not-ready",
        "pending",
        "retrying",
        "running",
        "timed-out",
    }
