"""Equal values have one digest in every process; different ones have different digests."""

from __future__ import annotations

import subprocess
import sys
from collections import OrderedDict, namedtuple
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import Enum
from pathlib import PurePosixPath
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, PrivateAttr

from peninsula.core.errors import InvalidError
from peninsula.sdk.results.digests import digest

plain = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text()
    | st.binary()
    | st.dates()
    | st.decimals(allow_nan=False)
    | st.uuids()
)
hashable = st.recursive(
    plain, lambda inner: st.tuples(inner) | st.frozensets(inner, max_size=4), max_leaves=5
)
values = st.recursive(
    hashable,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(hashable, inner, max_size=4),
    max_leaves=12,
)


class Colour(Enum):
    """Two that are not one."""

    RED = 1
    BLUE = 2


Point = namedtuple("Point", "x y")  # noqa: PYI024  as users write them


@dataclass
class Order:
    """One of a user's classes."""

    number: int
    tags: set[str]


def rebuilt(value: object) -> object:
    """Return an equal value made of other objects, its sets and dicts filled the other way."""
    if isinstance(value, list):
        return [rebuilt(each) for each in value]
    if isinstance(value, tuple):
        return tuple(rebuilt(each) for each in value)
    if isinstance(value, frozenset):
        return frozenset(rebuilt(each) for each in reversed(list(value)))
    if isinstance(value, dict):
        return {rebuilt(key): rebuilt(each) for key, each in reversed(list(value.items()))}
    return value


@given(values)
def test_equal_values_have_one_digest(value: object):
    """Whatever the order in which a dict or set was filled."""
    assert digest(rebuilt(value)) == digest(value)


@given(st.lists(values, min_size=2, max_size=2))
def test_different_values_have_different_digests(pair: list[object]):
    """A digest that is equal is that of a value which reads the same."""
    one, other = pair
    if repr(rebuilt(one)) != repr(rebuilt(other)) and one != other:
        assert digest(one) != digest(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (1, True),
        (1, 1.0),
        ("1", 1),
        (b"a", "a"),
        ([1], (1,)),
        ({1, 2}, frozenset({1, 2})),
        (["ab", "c"], ["a", "bc"]),
        ({}, []),
        (Colour.RED, Colour.BLUE),
        (Point(1, 2), (1, 2)),
        (Order(1, {"a"}), Order(1, {"b"})),
        (lambda: 1, lambda: 2),
        (datetime(2026, 1, 1, tzinfo=UTC), date(2026, 1, 1)),
    ],
)
def test_what_differs_in_type_or_content_differs(one: object, other: object):
    """Values that are alike in one respect only."""
    assert digest(one) != digest(other)


MANY = """
from collections import OrderedDict
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import PurePosixPath
from uuid import UUID
import polars
from peninsula.sdk.results.digests import digest
print(digest([
    {"b", "a", "c", "d"}, {"x": {1, 2, "y"}}, OrderedDict(a=1), Decimal("1.50"),
    datetime(2026, 1, 1, tzinfo=UTC), PurePosixPath("/a"), UUID(int=5), range(3), print,
    polars.DataFrame({"a": [1, 2], "b": ["x", None]}), lambda x: x + 1,
]))
"""


def test_the_digest_is_that_of_another_process():
    """With another hash seed, in which sets have another order."""
    found = {
        subprocess.run(
            [sys.executable, "-c", MANY],
            env={"PYTHONHASHSEED": seed, "PATH": ""},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("0", "1", "2")
    }
    assert len(found) == 1


def test_instances_of_classes_are_what_they_hold():
    """Two equal objects of a user's class, of the standard library and of pydantic."""

    class Model(BaseModel):
        number: int = 1

    for make in (
        lambda: Order(1, {"a", "b", "c"}),
        lambda: Point(1, [2]),
        lambda: OrderedDict(a=1),
        lambda: Decimal("1.5"),
        lambda: PurePosixPath("a/b"),
        lambda: UUID(int=7),
    ):
        assert digest(make()) == digest(make())
    assert digest(Model()) == digest(Model(number=1)) != digest(Model(number=2))


def test_functions_differ_by_what_they_were_made_with():
    """The same code over another closure or with another default is another function."""

    def adding(number: int, default: int = 0):
        return lambda value, more=default: value + number + more

    assert digest(adding(1)) == digest(adding(1))
    assert len({digest(each) for each in (adding(1), adding(2), adding(1, 5))}) == 3


def test_models_differ_by_their_extra_fields_and_private_ones():
    """Which pydantic keeps apart from the others."""

    class Open(BaseModel, extra="allow"):
        _hidden: int = PrivateAttr(default=0)

    one, other, hidden = Open(a=1), Open(a=2), Open(a=1)
    hidden._hidden = 1
    assert digest(one) == digest(Open(a=1))
    assert len({digest(each) for each in (one, other, hidden)}) == 3


def test_what_is_shared_is_as_what_is_equal():
    """Two names for one list are as two equal lists."""
    one = [1]
    assert digest([one, one]) == digest([[1], [1]])


def test_what_has_no_content_is_refused():
    """A generator is used up by looking at it."""
    with pytest.raises(InvalidError, match="generator"):
        digest(each for each in [1])


def test_what_contains_itself_is_refused():
    """Nothing that ends could be said of it."""
    endless: list[object] = []
    endless.append(endless)
    with pytest.raises(InvalidError, match="contains itself"):
        digest(endless)
