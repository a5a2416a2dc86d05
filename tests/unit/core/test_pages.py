"""Pages: turning a list in pages, both ways, shows every row once and in order."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from peninsula.core import pages
from peninsula.core.errors import InvalidError
from peninsula.core.pages import Cursor, read_cursor, turn, write_cursor

OF = 7
KEYS = st.lists(st.integers(-(2**63), 2**63 - 1), unique=True, max_size=40).map(sorted)


def page(rows: list[int], limit: int, text: str | None):
    """A page of sorted rows, as a database gives it: what lies beyond the cursor, nearest first."""
    place = read_cursor(text, OF, (int,)) if text is not None else None
    if place is None:
        found = rows
    elif place.back:
        found = [row for row in reversed(rows) if row < place.key[0]]
    else:
        found = [row for row in rows if row > place.key[0]]
    return turn(found[: limit + 1], limit, place, OF, lambda row: (row,))


@given(KEYS, st.integers(1, 7))
def test_going_forward_shows_every_row_once(rows, limit):
    """Page after page, until there is no next."""
    seen, cursor = [], None
    while True:
        some, cursor, _ = page(rows, limit, cursor)
        assert len(some) <= limit
        seen += some
        if cursor is None:
            break
        assert len(some) == limit
    assert seen == rows


@given(KEYS, st.integers(1, 7))
def test_going_back_shows_the_same_pages(rows, limit):
    """From the last page to the first, which has no previous."""
    forward = [page(rows, limit, None)]
    while forward[-1][1] is not None:
        forward.append(page(rows, limit, forward[-1][1]))
    back = [forward[-1]]
    while back[-1][2] is not None:
        back.append(page(rows, limit, back[-1][2]))
    assert [some for some, _, _ in back] == [some for some, _, _ in reversed(forward)]


@given(KEYS, st.integers(1, 7), st.integers(1, 5))
def test_a_search_that_stops_early_goes_on_where_it_stopped(rows, limit, most):
    """Where only so many rows are looked at, and a half of them counts, all are found."""
    seen, cursor = [], None
    while True:
        place = read_cursor(cursor, OF, (int,)) if cursor is not None else None
        beyond = [row for row in rows if place is None or row > place.key[0]]
        passed = beyond[:most]
        found = [row for row in passed if row % 2][: limit + 1]
        bound = (passed[-1],) if len(beyond) >= most and len(found) <= limit else None
        some, cursor, _ = turn(found, limit, place, OF, lambda row: (row,), bound=bound)
        seen += some
        if cursor is None:
            break
    assert seen == [row for row in rows if row % 2]


KEY = st.tuples(
    st.integers(-(2**63), 2**63 - 1),
    st.text(st.characters(exclude_characters="\x00", codec="utf-8")),
)


@given(KEY, st.booleans())
def test_a_cursor_is_read_as_it_was_written(key, back):
    """Through a text that an address can carry."""
    text = write_cursor(Cursor(OF, back, key))
    assert text.isascii()
    assert not set(text) & set("+/=&?#% ")
    assert read_cursor(text, OF, (int, str)) == Cursor(OF, back, key)


@given(st.text(max_size=60))
def test_any_other_text_is_refused(text):
    """With a reason, whatever it is."""
    with pytest.raises(InvalidError):
        read_cursor(text, OF, (int,))


@pytest.mark.parametrize("key", [(), (1, 2), ("1",), (2**63,), (-(2**63) - 1,), (1.5,), ("a\x00",)])
def test_a_key_of_another_shape_is_refused(key):
    """A number that no database holds, a text for a number, too few or too many."""
    text = write_cursor(Cursor(OF, False, key))
    with pytest.raises(InvalidError, match="cannot be read"):
        read_cursor(text, OF, (str,) if key == ("a\x00",) else (int,))


def test_a_cursor_of_another_list_is_refused_as_that():
    """The filters or the order were changed between two pages."""
    text = write_cursor(Cursor(OF, False, (1,)))
    with pytest.raises(InvalidError, match="other filters"):
        read_cursor(text, OF + 1, (int,))


def test_a_digest_tells_lists_apart():
    """By every part, and is the same for the same parts."""
    assert pages.digest("a", 1) == pages.digest("a", 1)
    assert len({pages.digest("a", 1), pages.digest("a", 2), pages.digest("b", 1)}) == 3
