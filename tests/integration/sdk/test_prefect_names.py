"""Names that exist for programs written for Prefect do what they do there."""

from __future__ import annotations

from typing import get_type_hints

import pytest

from peninsula import State, flow, task
from peninsula.futures import Future, PrefectFuture
from peninsula.states import Cancelled, Completed, Failed, StateType, raise_state_exception
from peninsula.task_runners import ConcurrentTaskRunner
from peninsula.tasks import task_input_hash
from peninsula.utilities.annotations import quote


def test_equal_inputs_have_one_result_by_task_input_hash(home):
    """As a cache_key_fn: other inputs are another call."""
    calls = []

    @task(cache_key_fn=task_input_hash)
    def double(number):
        calls.append(number)
        return 2 * number

    @flow
    def etl():
        return [double(1), double(1), double(2)]

    assert etl() == [2, 2, 4]
    assert calls == [1, 2]


def test_a_state_names_the_type_of_its_result():
    """In annotations that are looked at, as those of parameters are."""

    def double(counted: State[int]) -> int:
        return 2 * counted.result()

    assert get_type_hints(double)["counted"] == State[int]
    assert double(State[int](type=StateType.COMPLETED, data=1)) == 2


def test_a_state_raises_what_ended_its_run():
    """And nothing where it ended well."""
    raise_state_exception(Completed())
    with pytest.raises(ValueError, match="no rows"):
        raise_state_exception(Failed(data=ValueError("no rows")))
    with pytest.raises(Exception, match="by hand"):
        raise_state_exception(Cancelled(message="by hand"))


def test_other_names_are_the_same_things(home):
    """A runner of threads gives futures; what is quoted is not looked into."""

    @task
    def same(value):
        return value

    @flow(task_runner=ConcurrentTaskRunner())
    def etl():
        future = same.submit(quote([1]))
        assert isinstance(future, PrefectFuture)
        return future.result()

    assert etl() == [1]
    assert PrefectFuture is Future
