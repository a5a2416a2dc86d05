"""Declaring flows and tasks: what they take over from the function, and what is refused."""

from __future__ import annotations

import functools

import pytest

from peninsula import flow, task
from peninsula.core.errors import InvalidError


def test_names_and_descriptions_come_from_the_function():
    """Flows write dashes, as in Prefect; options come first."""

    def load_rows():
        """Load the rows."""

    assert (task(load_rows).name, flow(load_rows).name) == ("load_rows", "load-rows")
    assert task(load_rows).description == "Load the rows."
    assert task(name="Load!", description="mine")(load_rows).name == "Load!"
    assert task(load_rows).__doc__ == "Load the rows."
    assert task(load_rows).fn is load_rows
    assert functools.wraps(task(load_rows))


def test_lambdas_have_names():
    """That of flows is Prefect's; Python's own has < and >, which names may not have."""
    assert task(lambda: 1).name == "lambda"
    assert flow(lambda: 1).name == "unknown-lambda"
    assert flow(lambda: 1)() == 1


def test_decorators_take_options_or_none():
    """`@task`, `@task()` and `@task(retries=2)` are the same thing."""

    def load():
        return 1

    assert task(load).retries == task()(load).retries == 0
    assert task(retries=2)(load).retries == 2


def test_with_options_changes_what_is_given_and_keeps_the_rest():
    """The original stays as it is; None takes an option back."""

    @task(retries=2, retry_delay_seconds=[1, 2], timeout_seconds=5, tags=["a"])
    def load():
        return 1

    other = load.with_options(name="other", retries=0, timeout_seconds=None)
    assert (other.name, other.retries, other.timeout_seconds) == ("other", 0, None)
    assert (other.delays, other.tags) == ((1, 2), {"a"})
    assert (load.name, load.retries, load.timeout_seconds) == ("load", 2, 5)

    @flow(version="1", log_prints=True)
    def etl():
        return 1

    changed = etl.with_options(version="2", validate_parameters=False)
    assert (changed.version, changed.log_prints) == ("2", True)
    assert (changed.should_validate_parameters, etl.should_validate_parameters) == (False, True)


def test_hooks_of_a_copy_are_its_own():
    """Registering one on it leaves the original alone."""

    @task
    def load():
        return 1

    copy = load.with_options()
    copy.on_completion(print)
    assert (load.on_completion_hooks, copy.on_completion_hooks) == ([], [print])


def reserved(wait_for):
    """Take what calls take."""
    return wait_for


def plain():
    """Do nothing."""


@pytest.mark.parametrize(
    ("declare", "reason"),
    [
        (lambda: task("text"), "cannot be called"),
        (lambda: task(reserved), "parameter wait_for"),
        (lambda: flow(name="a/b")(plain), "has /"),
        (lambda: flow(name="")(plain).with_options(name="\n"), "none for a flow"),
        (lambda: task(retries=-1)(plain), "retries=-1"),
        (lambda: task(retries="3")(plain), "retries='3'"),
        (lambda: task(retries="3")(lambda: 1), "retries='3'"),
        (lambda: task(retries=True)(plain), "retries=True"),
        (lambda: task(timeout_seconds=-1)(plain), "timeout_seconds"),
        (lambda: task(timeout_seconds="3")(plain), "timeout_seconds"),
        (lambda: task(retry_delay_seconds=-1)(plain), "retry_delay_seconds"),
        (lambda: task(retry_jitter_factor=-1)(plain), "retry_jitter_factor=-1; give a share"),
        (lambda: task(retry_condition_fn=3)(plain), "retry_condition_fn"),
        (lambda: task(task_run_name=3)(plain), "task_run_name"),
        (lambda: flow(flow_run_name=3)(plain), "flow_run_name"),
        (lambda: task(tags="abc")(plain), r"tags=\['abc'\]"),
        (lambda: task(tags=["a\nb"])(plain), "tag"),
        (lambda: task(on_completion=print)(plain), "Give a list of functions"),
        (lambda: flow(on_failure=["no"])(plain), "'no' in on_failure"),
        (lambda: flow(task_runner=3)(plain), "task_runner=3"),
    ],
)
def test_what_cannot_be_declared_is_refused_by_name(declare, reason):
    """At the declaration, where it can be mended, and not at the first run."""
    with pytest.raises(InvalidError, match=reason):
        declare()


def test_an_unknown_option_is_refused_by_python():
    """Options that do nothing are not taken."""
    with pytest.raises(TypeError, match="no_such"):
        task(no_such=None)(plain)


def test_callables_other_than_functions_can_be_tasks():
    """Objects with __call__, partials and builtins; coroutine functions are seen through them."""

    class Loader:
        async def __call__(self, number):
            return number

    async def load(one, two):
        return one + two

    assert task(Loader()).isasync
    assert task(functools.partial(load, 1)).isasync
    assert task(name="length")(len).fn is len


def test_its_code_is_where_the_function_is(monkeypatch, tmp_path):
    """Seen from the working folder, as the log of the run shows it."""
    assert task(plain).code == "tests/unit/sdk/test_definitions.py:plain"
    monkeypatch.chdir(tmp_path)
    assert task(plain).code.endswith("/tests/unit/sdk/test_definitions.py:plain")
    assert task(name="length")(len).code is None
