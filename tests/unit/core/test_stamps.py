"""Stamps go on, follow what was received, and are not dragged along by a broken clock."""

from __future__ import annotations

from hypothesis import assume, given
from hypothesis import strategies as st

from peninsula.core.stamps import DRIFT, next_stamp

times = st.integers(0, 2 * 10**15)


@given(times, times, times)
def test_a_stamp_is_after_the_last_one_and_not_behind_the_clock(last: int, wall: int, got: int):
    """Whatever is received."""
    stamp = next_stamp(last, wall, got)
    assert stamp > last
    assert stamp >= wall


@given(times, times, times)
def test_a_stamp_is_after_what_was_received(last: int, wall: int, received: int):
    """As long as it is within the drift that is believed."""
    assume(received <= wall + DRIFT)
    assert next_stamp(last, wall, received) > received


@given(times, times, st.integers(1, 10**15))
def test_a_stamp_from_a_broken_clock_is_not_taken_over(last: int, wall: int, beyond: int):
    """Further ahead than the drift, it is as if nothing was received."""
    assert next_stamp(last, wall, wall + DRIFT + beyond) == next_stamp(last, wall)


@given(times, st.lists(st.tuples(st.integers(0, 10**10), times), max_size=30))
def test_stamps_stay_near_the_clock(start: int, steps: list[tuple[int, int]]):
    """Never further ahead than the drift and one for each stamp given, whatever is received."""
    wall = last = start
    for number, (passed, received) in enumerate(steps, 1):
        wall += passed
        last = next_stamp(last, wall, received)
        assert wall <= last <= wall + DRIFT + number
