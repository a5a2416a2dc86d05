"""Flows and tasks in class bodies, and of what is called but is no plain function."""

from __future__ import annotations

import asyncio
import functools

import msgspec
import pytest

from peninsula import flow, task
from peninsula.core.errors import ParameterError


class Warehouse:
    """Somewhere that rows come from."""

    kind = "lake"

    def __init__(self, name):
        self.name = name

    @task
    def read(self, table, limit=10):
        """Say what is read."""
        return f"{self.name}.{table}[{limit}]"

    @task
    async def aread(self, table):
        """Say what is read, in a loop."""
        return f"{self.name}.{table}"

    @task
    def rows(self, count):
        """Yield rows."""
        for number in range(count):
            yield f"{self.name}-{number}"

    @task
    @classmethod
    def where(cls, path):
        """Say where."""
        return f"{cls.kind}/{path}"

    @task
    @staticmethod
    def join(one, two):
        """Join both."""
        return f"{one}/{two}"

    @classmethod
    @task
    def where_too(cls, path):
        """Say where, declared the other way round."""
        return f"{cls.kind}/{path}"

    @staticmethod
    @task
    def join_too(one, two):
        """Join both, declared the other way round."""
        return f"{one}/{two}"

    @flow
    def load(self, table: str):
        """Load it, by the object's own tasks."""
        return self.read(table), self.read.submit(table, limit=1).result()


def given(run):
    """Return the parameters that were told of a run."""
    return msgspec.json.decode(run.born.parameters)


def test_a_method_gets_its_object_and_the_run_its_parameters(told):
    """`self` is no parameter of the run; calls, submitted calls and maps know the object."""
    house = Warehouse("main")
    assert house.load("orders") == ("main.orders[10]", "main.orders[1]")
    run = told.one("load")
    assert given(run) == {"table": "orders"}
    first, second = told.all("read")
    assert (first.name, second.name) == ("read-0", "read-1")
    assert given(first) == {"table": "orders", "limit": 10}
    assert first.born.code.endswith("test_methods.py:Warehouse.read")

    @flow
    def etl():
        return house.read.map(["a", "b"], limit=2).result()

    assert etl() == ["main.a[2]", "main.b[2]"]


def test_two_objects_do_not_share_a_method():
    """Each call knows its own object, in whatever order they were found."""
    one, two = Warehouse("one").read, Warehouse("two").read
    assert (one("t"), two("t"), one("t")) == ("one.t[10]", "two.t[10]", "one.t[10]")
    assert Warehouse.read(Warehouse("three"), "t") == "three.t[10]"


@pytest.mark.parametrize("found", [Warehouse, Warehouse("main")])
def test_class_methods_and_static_methods_in_either_order(found):
    """On the class and on an object."""

    @flow
    def etl():
        futures = [found.where.submit("a"), found.where_too.submit("a")]
        return [future.result() for future in futures]

    assert (found.where("a"), found.where_too("a")) == ("lake/a", "lake/a")
    assert (found.join("a", "b"), found.join_too("a", "b")) == ("a/b", "a/b")
    assert etl() == ["lake/a"] * 2


def test_coroutine_methods_and_generator_methods():
    """They are what their functions are."""
    house = Warehouse("main")
    assert asyncio.run(house.aread("orders")) == "main.orders"
    assert list(house.rows(2)) == ["main-0", "main-1"]

    @flow
    def etl():
        return house.rows.submit(1).result()

    assert etl() == ["main-0"]


def test_with_options_keeps_the_object(told):
    """Of a method that was found on one, and of what was declared in the class."""

    class Other(Warehouse):
        read = Warehouse.read.with_options(name="other")
        where = Warehouse.where.with_options(retries=1)

    house = Other("main")
    assert house.read.with_options(retries=2, task_run_name="of-{table}")("orders")
    assert told.one("other").name == "of-orders"
    assert house.where("a") == "lake/a"


def test_hooks_of_a_method_are_those_of_all_objects():
    """They are declared in the class, or on what was found."""
    heard = []

    class House:
        @task
        def read(self):
            return 1

        read.on_completion(lambda _task, run, _state: heard.append(run.task_name))

    House().read()
    House().read.on_completion(lambda *_: heard.append("more"))
    House().read()
    assert heard == ["read", "read", "more"]


def test_a_missing_argument_is_named_without_self():
    """The error lists what the caller can give."""
    with pytest.raises(ParameterError, match=r"missing.*'table'.*It takes \(table, limit=…\)"):
        Warehouse("main").read()


def test_a_function_declared_twice_keeps_its_name(told):
    """Each declaration has runs of its own, the inner one's inside of the outer one's."""

    @flow
    @task
    async def load(number):
        """Load it."""
        return number

    @task
    @flow
    def clean(number):
        return number

    assert (load.name, load.description) == ("load", "Load it.")
    assert (clean.name, clean.description) == ("clean", None)
    assert asyncio.run(load(1)) == clean(1) == 1
    outer, inner = told.all("load")
    assert inner.born.parent == outer.id
    assert [run.born.task or run.born.flow for run in told.all("clean")] == ["clean", "clean"]


def test_partials_and_callable_objects(told):
    """A partial has the name of its function; an object that of its class."""

    def add(one, two, three=3):
        return one + two + three

    class Double:
        def __call__(self, number):
            return number * 2

    @flow
    def etl():
        adding = task(functools.partial(add, 1))
        return adding(2), adding.submit(2, three=4).result(), task(Double())(4)

    assert etl() == (6, 7, 8)
    assert given(told.all("add")[0]) == {"two": 2, "three": 3}
    assert told.one("Double").born.code.endswith("Double.__call__")
