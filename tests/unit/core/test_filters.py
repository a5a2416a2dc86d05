"""Filters: small things of which the databases' answers are made of."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Raw

from peninsula.core.answers import LoggedEvent
from peninsula.core.errors import InvalidError
from peninsula.core.events import Related, Resource
from peninsula.core.filters import (
    EventFilter,
    Sort,
    SortBy,
    folded,
    matches_event,
    name_matches,
    sorting,
)
from tests.support.make import START


def logged(**parts) -> LoggedEvent:
    """An event of the log."""
    told = {
        "position": 1,
        "id": uuid4(),
        "occurred": START,
        "event": "orders.loaded",
        "resource": Resource(id="s3://lake/raw/a.csv"),
        "payload": Raw(b"{}"),
    }
    return LoggedEvent(**(told | parts))


def nowhere(*_) -> bool:
    """No run is below another."""
    return False


@pytest.mark.parametrize(
    ("wanted", "name", "meant"),
    [
        ("a.b", "a.b", True),
        ("a.b", "a.b.c", False),
        ("a.*", "a.b", True),
        ("a.*", "a.b.c", True),
        ("a.*", "a", False),
        ("a.*", "ab.c", False),
        ("a*", "ab", False),
    ],
)
def test_a_name_is_exact_or_the_beginning_of_dotted_ones(wanted, name, meant):
    """Only `.*` at the end stands for more."""
    assert name_matches(wanted, name) is meant


def test_a_system_stands_for_all_that_is_in_it():
    """Not the other way round, and not for what merely begins alike."""
    for wanted, meant in (
        ("s3://lake", True),
        ("s3://lake/raw/a.csv", True),
        ("s3://lake/raw", False),
        ("s3://lak", False),
    ):
        assert matches_event(EventFilter(resources=(wanted,)), logged(), nowhere) is meant


def test_role_and_resource_are_of_the_same_relation():
    """Two relations, each with a half of it, are not one with both."""
    told = logged(related=(Related(id="a", role="uses"), Related(id="b", role="owner")))
    for related, role, meant in (("a", "uses", True), ("a", "owner", False), ("b", "owner", True)):
        wanted = EventFilter(related=(related,), roles=(role,))
        assert matches_event(wanted, told, nowhere) is meant


def test_a_time_begins_with_its_first_moment_and_ends_before_its_last():
    """So that two times beside each other share no event."""
    for after, before, meant in (
        (START, None, True),
        (None, START, False),
        (START, START + timedelta(microseconds=1), True),
        (START + timedelta(microseconds=1), None, False),
    ):
        wanted = EventFilter(after=after, before=before)
        assert matches_event(wanted, logged(), nowhere) is meant


@given(st.text())
def test_folding_changes_ascii_letters_only(text):
    """What every database agrees on; and it is done once."""
    assert folded(folded(text)) == folded(text)
    assert all(
        a == b or (a.isascii() and a.lower() == b) for a, b in zip(text, folded(text), strict=True)
    )


def test_an_order_is_read_from_its_name():
    """With a minus it is descending; another is refused with what there is."""
    assert sorting("name") == Sort(SortBy.NAME, descending=False)
    assert sorting("-duration") == Sort(SortBy.DURATION, descending=True)
    for text in ("", "-", "--name", "Name", "created_at"):
        with pytest.raises(InvalidError, match="expected, created, started"):
            sorting(text)
