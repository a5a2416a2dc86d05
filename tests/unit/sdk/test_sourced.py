"""What is known of values travels with them."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid4

from hypothesis import given
from hypothesis import strategies as st

from peninsula.sdk.arguments.edges import Results
from peninsula.sdk.remote import packing
from peninsula.sdk.remote.sourced import pack, sourced


class Frame:
    """Known by itself, looked into by nobody."""


@dataclass
class Report:
    """Known, and looked into."""

    body: Any


@dataclass
class Client:
    """Leaves out of its pickles what a process cannot send."""

    lock: Any = field(default_factory=threading.Lock)

    def __getstate__(self) -> dict[str, Any]:
        return {}


def sent(value: Any, results: Results) -> tuple[Any, Results]:
    """Return what another process gets, and what it knows."""
    there = Results()
    return packing.loads(pack(sourced(value, results))).take(there), there


def pairs(here: Any, there: Any):
    """Walk a value and its copy together."""
    yield here, there
    if isinstance(here, dict):
        here, there = list(here.values()), list(there.values())
    if isinstance(here, Report):
        here, there = [here.body], [there.body]
    if isinstance(here, list | tuple):
        for one, other in zip(here, there, strict=True):
            yield from pairs(one, other)


ATOMS = st.one_of(st.none(), st.booleans(), st.integers(), st.text(), st.binary(), st.uuids())
VALUES = st.recursive(
    st.one_of(ATOMS, st.builds(Frame)),
    lambda inner: st.one_of(
        st.lists(inner),
        st.tuples(inner, inner),
        st.dictionaries(st.text(), inner),
        st.builds(Report, inner),
    ),
)


@given(VALUES, st.data())
def test_a_copy_is_known_exactly_where_the_value_is(value, data):
    """Whatever tasks returned of it; numbers, texts and their kind are known on neither side."""
    results = Results()
    for each, _ in list(pairs(value, value)):
        if data.draw(st.booleans()):
            results.remember(each, uuid4())

    copy, there = sent(value, results)

    for one, other in pairs(value, copy):
        assert there.find(other) == results.find(one)


def test_one_object_in_two_places_is_one_object_there():
    """What is known is the very object of the arguments, wherever they hold it."""
    results, rows, run = Results(), [1, 2], UUID(int=7)
    results.remember(rows, run)
    (first, second), there = sent((rows, {"again": rows}), results)
    assert first is second["again"]
    assert there.find(first) == run


def test_what_only_the_knowledge_would_send_does_not_keep_values_from_being_sent():
    """The values go without it."""
    results, client = Results(), Client()
    results.remember(client.lock, UUID(int=7))
    copy, there = sent(client, results)
    assert isinstance(copy, Client)
    assert not there.any_known
