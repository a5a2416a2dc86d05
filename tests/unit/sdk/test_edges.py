"""Values known again by identity: every edge is true, and within the bounds none is missing."""

from __future__ import annotations

import gc
import re
from dataclasses import dataclass
from datetime import UTC, date
from enum import Enum
from itertools import count
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    initialize,
    precondition,
    rule,
)
from pydantic import BaseModel

from peninsula.core.runs import EdgeKind
from peninsula.sdk.arguments import edges
from peninsula.sdk.arguments.annotations import opaque
from peninsula.sdk.arguments.edges import Results
from peninsula.sdk.running.inputs import NODES, find_inputs

RUN, OTHER = UUID(int=1), UUID(int=2)


class Thing:
    """An object that can be known without being held."""

    def __init__(self, serial: int = 0) -> None:
        self.serial = serial


@dataclass
class Data:
    """A dataclass around a value."""

    inner: Any
    serial: int = 0


class Model(BaseModel):
    """A pydantic model around a list."""

    inner: list[int]


class Colour(Enum):
    """A value that all share."""

    RED = "red"


def upstream(value: Any, results: Results) -> set[UUID]:
    """Return the runs on which one that takes this value depends."""
    return {edge.run for edge in find_inputs({"value": value}, None, results).upstream}


class Knowing(RuleBasedStateMachine):
    """Values are made, returned by runs, passed on inside of others, dropped and made again.

    Each has a serial number, which no two ever share, unlike ids; what a run returned is noted by
    serial number.
    """

    values = Bundle("values")

    def __init__(self) -> None:
        super().__init__()
        self.results = Results()
        self.serials = count(1)
        self.runs = count(1)
        self.known: dict[int, UUID] = {}
        self.left = 0

    @initialize(target=values)
    def begin(self):
        """There is always one: what is done with values needs some."""
        return self.make("list")

    def make(self, kind):
        """Make a value that can be known as a whole."""
        serial = next(self.serials)
        self.left += 1
        match kind:
            case "list":
                return [serial]
            case "dict":
                return {"serial": serial}
            case "set":
                return {serial}
            case "thing":
                return Thing(serial)
            case _:
                return Data([], serial)

    @rule(target=values, kind=st.sampled_from(["list", "dict", "set", "thing", "data"]))
    def make_one(self, kind):
        """Make any."""
        return self.make(kind)

    @rule(target=values, inner=st.lists(values, min_size=1, max_size=3), kind=st.booleans())
    def wrap(self, inner, kind):
        """Put values into a tuple or a dataclass, which may be known as well."""
        self.left += 1
        return tuple(inner) if kind else Data(inner, next(self.serials))

    @rule(value=values)
    def return_it(self, value):
        """Let a run return it: it and the elements of a tuple are known as that run's."""
        run = UUID(int=next(self.runs))
        self.results.remember(value, run)
        for part in [value, *(value if isinstance(value, tuple) else ())]:
            if not isinstance(part, tuple):
                self.known[serial_of(part)] = run

    @precondition(lambda self: self.left > 1)
    @rule(value=consumes(values))
    def drop(self, value):
        """Forget it, so that its id may be given to another."""
        self.left -= 1
        del value

    @rule(inner=st.lists(values, max_size=3))
    def pass_on(self, inner):
        """A run takes some values: it depends on exactly the runs that returned them last."""
        expected = {self.known[serial] for serial in serials_in(inner) if serial in self.known}
        assert upstream(inner, self.results) == expected

    @rule(inner=st.lists(values, max_size=3))
    def pass_on_copies(self, inner):
        """Equal values that are others depend on nothing as a whole."""
        plain = [list(value) for value in inner if isinstance(value, list)]
        assert upstream(plain, self.results) == set()


def serial_of(value: Any) -> int:
    """Return the number that only this value has."""
    match value:
        case [serial] | {"serial": serial}:
            return serial
        case set():
            return next(iter(value))
        case _:
            return value.serial


def serials_in(value: Any) -> set[int]:
    """Return the numbers of all values inside this one, and its own."""
    match value:
        case [int()] | {"serial": _} | set() | Thing():
            return {serial_of(value)}
        case Data():
            return {value.serial} | serials_in(value.inner)
        case _:
            return set().union(*map(serials_in, value))


TestKnowing = Knowing.TestCase
TestKnowing.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)


def constant() -> tuple[int, str]:
    """Return a tuple that the compiler makes once for all who write it."""
    return (1, "a")


@pytest.mark.parametrize(
    "value",
    [
        None,
        True,
        7,
        10**30,
        1.5,
        2 + 3j,
        "text",
        b"bytes",
        Colour.RED,
        int,
        len,
        upstream,
        Path("a"),
        date(2026, 1, 1),
        UTC,
        UUID(int=7),
        re.compile("a"),
        (),
        constant(),
        frozenset({1}),
        range(3),
    ],
    ids=lambda value: type(value).__name__,
)
def test_what_programs_share_by_themselves_is_never_known(value):
    """Two who write it have the same object, and neither got it from the other."""
    results = Results()
    results.remember(value, RUN)
    assert upstream([value], results) == set()


def test_an_element_that_is_unpacked_is_known():
    """`a, b = task()` gives each an edge."""
    results = Results()
    pair = ([1], {"a": 2})
    results.remember(pair, RUN)
    first, second = pair
    assert upstream(first, results) == upstream(second, results) == {RUN}


def test_the_last_run_that_returned_a_value_counts():
    """A task that checks a value and returns it stands between its source and its users."""
    results = Results()
    value = Thing()
    results.remember(value, RUN)
    results.remember(value, OTHER)
    assert upstream(value, results) == {OTHER}


def test_fields_of_dataclasses_and_models_are_entered():
    """However deep they are."""
    results = Results()
    value = [1]
    results.remember(value, RUN)
    model = Model(inner=[])
    model.inner = value
    assert upstream({"a": Data((model,))}, results) == {RUN}


def test_opaque_is_not_looked_into():
    """Neither for edges nor for futures."""
    results = Results()
    value = [1]
    results.remember(value, RUN)
    assert upstream(opaque(value), results) == set()


def test_edges_are_looked_for_in_so_many_values_only():
    """Beyond the bound they are missed, and the search says so."""
    results = Results()
    value = Thing()
    results.remember(value, RUN)
    near = find_inputs({"value": [[] for _ in range(100)] + [value]}, None, results)
    far = find_inputs({"value": [[] for _ in range(NODES)] + [value]}, None, results)
    assert (len(near.upstream), near.cut_short) == (1, False)
    assert (len(far.upstream), far.cut_short) == (0, True)


def test_values_that_contain_themselves_come_to_an_end():
    """Also when they are known."""
    results = Results()
    value: list[Any] = [1]
    value.append(value)
    results.remember(value, RUN)
    assert upstream({"a": value}, results) == {RUN}


def test_values_nested_deeper_than_python_recurses_are_searched():
    """The walk has a stack of its own."""
    results = Results()
    value = Thing()
    results.remember(value, RUN)
    deep: Any = value
    for _ in range(5_000):
        deep = [deep]
    assert upstream(deep, results) == {RUN}


def test_an_edge_has_its_parameter_and_kind():
    """Each parameter once, however often the value is in it."""
    results = Results()
    value = [1]
    results.remember(value, RUN)
    found = find_inputs({"a": [value, value], "b": value}, [value], results).upstream
    assert [(edge.parameter, edge.kind) for edge in found] == [
        ("a", EdgeKind.RESULT),
        ("b", EdgeKind.RESULT),
        (None, EdgeKind.WAIT),
    ]


def test_only_the_newest_containers_are_held():
    """The oldest go, so that a long flow does not keep all it ever returned."""
    results = Results()
    old = [0]
    results.remember(old, RUN)
    kept = [[number] for number in range(edges.HELD)]
    for value in kept:
        results.remember(value, OTHER)
    assert upstream(old, results) == set()
    assert upstream(kept[0], results) == {OTHER}


def test_large_containers_do_not_pile_up():
    """A loop over lists of a million rows holds the newest one only."""
    results = Results()
    first, second = list(range(edges.HELD_ITEMS)), list(range(edges.HELD_ITEMS))
    results.remember(first, RUN)
    assert upstream(first, results) == {RUN}
    results.remember(second, OTHER)
    assert upstream(second, results) == {OTHER}
    assert upstream(first, results) == set()


def test_a_container_of_objects_is_known_by_them_and_not_held():
    """Data frames in a list or dict are let go of when the flow does."""
    gone = []

    class Frame(Thing):
        def __del__(self):
            gone.append(self.serial)

    results = Results()
    frames = {"a": [Frame(1)], "b": Frame(2)}
    results.remember(frames, RUN)
    assert upstream(frames, results) == {RUN}
    del frames
    gc.collect()
    assert sorted(gone) == [1, 2]


def test_a_container_that_changed_since_is_still_dropped_rightly():
    """The count of held items is what it was when it was held."""
    results = Results()
    value = list(range(1000))
    results.remember(value, RUN)
    value.clear()
    results.remember(value, OTHER)
    assert upstream(value, results) == {OTHER}
    for number in range(2 * edges.HELD):
        results.remember([number], RUN)
    assert upstream(value, results) == set()


def test_a_value_at_the_place_of_one_that_is_gone_is_another():
    """Ids are given again; what was known of the old value is not known of the new one."""
    results = Results()
    old = Thing()
    place = id(old)
    results.remember(old, RUN)
    del old
    news = []
    while id(new := Thing()) != place:
        news.append(new)
    assert upstream(new, results) == set()
