"""What the client asks is what the server reads."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from peninsula.client import queries
from peninsula.core.filters import EventFilter, RunFilter, Sort, SortBy, sorting
from peninsula.core.runs import RunKind
from peninsula.core.states import StateType
from peninsula.core.terms import Field, Term
from peninsula.server.api.event_queries import EventQuery
from peninsula.server.api.run_queries import RunQuery

TEXT = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=20)
TEXTS = st.lists(TEXT, max_size=3).map(tuple)
IDS = st.lists(st.uuids(), max_size=3).map(tuple)
MAYBE_ID = st.none() | st.uuids()
MAYBE_TIME = st.none() | st.datetimes(timezones=st.just(UTC))

# What the server reads otherwise than it is written: patterns of names, and addresses.
NAMES = st.lists(TEXT.filter(lambda text: "*" not in text), max_size=3).map(tuple)
RESOURCES = st.lists(TEXT.filter(lambda text: "://" not in text), max_size=3).map(tuple)

EVENTS = st.builds(
    EventFilter,
    names=NAMES,
    resources=RESOURCES,
    related=RESOURCES,
    roles=TEXTS,
    involves=RESOURCES,
    run=MAYBE_ID,
    follows=MAYBE_ID,
    after=MAYBE_TIME,
    before=MAYBE_TIME,
    text=st.none() | TEXT,
    since=st.none() | st.integers(0, 2**62 - 1),
    terms=st.lists(
        st.builds(Term, st.sampled_from([Field.TYPE, Field.TEXT, Field.ROLE]), TEXT, st.booleans()),
        max_size=3,
        unique=True,
    ).map(tuple),
)
RUNS = st.builds(
    RunFilter,
    kind=st.sampled_from(RunKind),
    ids=IDS,
    id_prefix=st.none() | st.text("0123456789abcdef", min_size=1, max_size=32),
    types=st.lists(st.sampled_from(StateType), max_size=3).map(tuple),
    state_names=TEXTS,
    under_way=st.booleans(),
    flows=TEXTS,
    tasks=TEXTS,
    text=st.none() | TEXT,
    tags=TEXTS,
    any_tags=TEXTS,
    parent=MAYBE_ID,
    root=MAYBE_ID,
    deployments=IDS,
    active_after=MAYBE_TIME,
    expected_after=MAYBE_TIME,
    expected_before=MAYBE_TIME,
    started_after=MAYBE_TIME,
    started_before=MAYBE_TIME,
    ended_after=MAYBE_TIME,
    ended_before=MAYBE_TIME,
)


def read(asked: queries.Parameters, kind: type[Any]) -> Any:
    """Read parameters as the server does: those that may repeat as lists, the others once."""
    several = {
        field.name
        for field in msgspec.structs.fields(kind)
        if "tuple" in str(field.type).partition("[")[0] + str(field.type)
    }
    values: dict[str, Any] = {}
    for name, value in asked:
        assert isinstance(value, str)
        if name in several:
            values.setdefault(name, []).append(value)
        else:
            assert name not in values, f"{name} is given twice"
            values[name] = value
    return msgspec.convert(values, kind, strict=False)


@given(EVENTS)
def test_an_event_filter_arrives_as_it_was(wanted: EventFilter):
    """Every field of it has its parameter."""
    assert read(queries.event_parameters(wanted), EventQuery).wanted() == wanted


@given(RUNS)
def test_a_run_filter_arrives_as_it_was(wanted: RunFilter):
    """Every field of it has its parameter; the kind is in the path."""
    assert read(queries.run_parameters(wanted), RunQuery).wanted(wanted.kind) == wanted


@pytest.mark.parametrize("by", SortBy)
@pytest.mark.parametrize("descending", [True, False])
def test_an_order_arrives_as_it_was(by: SortBy, descending: bool):
    """Minus is descending."""
    sort = Sort(by, descending=descending)
    assert sorting(queries.sort_parameter(sort)) == sort


def test_what_is_not_asked_is_left_out():
    """None has no parameter; a flag is written as the server reads it."""
    asked = queries.parameters(level=None, below=False, kind=("s3", "gs"))
    assert asked == [("below", "false"), ("kind", "s3"), ("kind", "gs")]


def test_filters_of_nothing_ask_nothing():
    """An empty filter is an empty query."""
    empty: Mapping[str, Any] = dict(queries.event_parameters(EventFilter()))
    assert empty == {}
    assert queries.run_parameters(RunFilter()) == []
