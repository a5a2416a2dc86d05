"""Names that exist for programs written for Prefect do what they do there."""

from __future__ import annotations

from typing import get_type_hints

import pytest

from peninsula import State, flow, task
from peninsula.core.errors import ParameterError, UpstreamError
from peninsula.futures import (
    Future,
    PrefectFuture,
    resolve_futures_to_results,
    resolve_futures_to_states,
)
from peninsula.sdk.serializers import serializer_of
from peninsula.serializers import CompressedJSONSerializer, CompressedPickleSerializer
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


@pytest.fixture
def etl_of(home):
    """A flow that submits a task for each number, negative ones fail, and shows it the futures."""

    @task
    def double(number):
        if number < 0:
            raise ValueError(number)
        return 2 * number

    def run(numbers, look):
        @flow
        def etl():
            futures = double.map(numbers)
            return [look({"rows": futures, "of": numbers})]

        return etl()[0]

    return run


def test_futures_inside_a_value_become_their_results(etl_of):
    """Once their runs are over; what else is there stays."""
    found = etl_of([1, 2], resolve_futures_to_results)
    assert found == {"rows": [2, 4], "of": [1, 2]}


def test_a_failed_run_has_no_result_for_a_value(etl_of):
    """The error names it."""
    with pytest.raises(UpstreamError, match="did not complete, it is Failed"):
        etl_of([-1], resolve_futures_to_results)


def test_futures_inside_a_value_become_their_states(etl_of):
    """However the runs ended."""
    seen = []
    etl_of([1, -1], lambda value: seen.append(resolve_futures_to_states(value)))
    assert [state.name for state in seen[0]["rows"]] == ["Completed", "Failed"]


def test_a_state_is_copied_with_other_fields():
    """It begins anew."""
    before = Completed(message="fine", data=3)
    after = before.copy(update={"name": "Cached"})
    assert (after.name, after.message, after.result()) == ("Cached", "fine", 3)
    assert after.timestamp > before.timestamp


def test_parameters_are_checked_without_a_run():
    """They come back coerced; what does not fit is named."""

    @flow
    def etl(day: int, region: str = "eu"):
        return day, region

    assert etl.validate_parameters({"day": "3"}) == {"day": 3}
    for wrong, reason in [({"day": "x"}, "day: "), ({}, "day"), ({"day": 1, "no": 2}, "no")]:
        with pytest.raises(ParameterError, match=reason):
            etl.validate_parameters(wrong)


@pytest.mark.parametrize(
    ("serializer", "name"),
    [
        (CompressedJSONSerializer(), "compressed/json"),
        (CompressedPickleSerializer("lzma"), "compressed-lzma/pickle"),
    ],
)
def test_compressed_serializers_are_those_of_their_names(serializer, name):
    """Whoever reads the result finds the serializer by the name."""
    assert (serializer.name, serializer) == (name, serializer_of(name))
    assert serializer.loads(serializer.dumps({"a": [1]})) == {"a": [1]}
