"""How long runs wait before their retries."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from peninsula.core.errors import InvalidError
from peninsula.core.retries import delay_before, delays_of, exponential_backoff

seconds = st.floats(0, 1e6)
chances = st.floats(0, 1, exclude_max=True)


def never() -> float:
    """Fail the test that draws a chance."""
    raise AssertionError("chance was asked for although nothing is left to it")


def test_one_number_is_the_delay_before_every_retry():
    """`retry_delay_seconds=3` waits 3 s each time."""
    delays = delays_of(5, 3, 'task "t"')
    assert [delay_before(n, delays, 0, never) for n in (1, 2, 5)] == [3, 3, 3]


def test_the_last_of_listed_delays_stands_for_all_that_follow():
    """`[1, 10]` with four retries waits 1, 10, 10, 10 s."""
    delays = delays_of(4, [1, 10], 'task "t"')
    assert [delay_before(n, delays, 0, never) for n in (1, 2, 3, 4)] == [1, 10, 10, 10]


def test_backoff_doubles_the_factor():
    """Factor 10 with three retries waits 10, 20, 40 s."""
    assert delays_of(3, exponential_backoff(10), 'task "t"') == (10, 20, 40)


@pytest.mark.parametrize("given_delays", [None, 0, []])
def test_without_delays_a_retry_is_at_once(given_delays):
    """No delay, none listed and 0 all mean: at once, and no jitter is drawn."""
    assert delay_before(1, delays_of(3, given_delays, 'task "t"'), 0.0, never) == 0


@given(delay=seconds, jitter=st.floats(0, 5), chance=chances)
def test_jitter_stays_within_its_share_and_never_goes_below_zero(delay, jitter, chance):
    """A delay of 10 s with jitter 0.3 is between 7 and 13 s."""
    jittered = delay_before(1, (delay,), jitter, lambda: chance)
    assert max(0, delay * (1 - jitter)) - 1e-6 <= jittered <= delay * (1 + jitter) + 1e-6


@given(delay=seconds, jitter=st.floats(0, 1))
def test_jitter_keeps_the_mean(delay, jitter):
    """Chances that mirror each other give delays whose mean is the one asked for."""
    low, high = (delay_before(1, (delay,), jitter, lambda c=c: c) for c in (0.25, 0.75))
    assert (low + high) / 2 == pytest.approx(delay)


@pytest.mark.parametrize("wrong", [-1, float("nan"), float("inf"), "3", True, [1, -2], [None]])
def test_what_is_no_delay_is_refused_by_name(wrong):
    """The error names the option and the value."""
    with pytest.raises(InvalidError, match="retry_delay_seconds"):
        delays_of(2, wrong, 'task "t"')


def test_a_backoff_that_lists_too_many_delays_is_refused():
    """51 delays are a mistake, and the error says the limit."""
    with pytest.raises(InvalidError, match="limit is 50"):
        delays_of(51, exponential_backoff(1), 'task "t"')
