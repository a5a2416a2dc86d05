"""A tally is the sum of its calls, however it is kept in between."""

from __future__ import annotations

from uuid import uuid4

from hypothesis import given
from hypothesis import strategies as st

from peninsula.core.tallies import Tally

CALLS = st.lists(
    st.tuples(
        st.integers(0, 10**10),
        st.sampled_from(["completed", "failed", "cancelled"]),
        st.integers(0, 10**9),
        st.integers(0, 10**6),
    ),
    min_size=1,
    max_size=200,
)


@given(CALLS)
def test_it_is_the_sum_of_its_calls(calls):
    """Counts and amounts are exact, also when it is written and read between any two calls."""
    tally = Tally.begun(uuid4(), 5)
    for ticket, (micros, ending, size, rows) in enumerate(calls, 1):
        tally = Tally.read(tally.encode())
        tally.add(
            micros,
            failed=ending == "failed",
            cancelled=ending == "cancelled",
            size=size,
            rows=rows,
            ticket=ticket,
        )
    endings = [ending for _, ending, _, _ in calls]
    assert tally.calls == len(calls)
    assert (tally.failures, tally.cancelled) == (
        endings.count("failed"),
        endings.count("cancelled"),
    )
    assert tally.bytes == sum(size for _, _, size, _ in calls)
    assert tally.rows == sum(rows for _, _, _, rows in calls)
    times = sorted(micros for micros, *_ in calls)
    assert tally.least == times[0] / 1e6
    assert tally.most == times[-1] / 1e6
    assert abs(tally.mean - sum(times) / len(times) / 1e6) < 1e-9 * max(times[-1], 1)
    assert (tally.ticket, tally.since) == (len(calls), 5)


@given(st.lists(st.integers(1, 3_000_000_000), min_size=1, max_size=300))
def test_the_95th_percentile_is_near(times):
    """95 of 100 took no longer, and it is at most a third of an octave too high."""
    tally = Tally.begun(uuid4(), 0)
    for micros in times:
        tally.add(micros, failed=False, cancelled=False, size=0, rows=0, ticket=1)
    true = sorted(times)[-(-len(times) * 95 // 100) - 1] / 1e6
    assert true <= tally.p95 * (1 + 1e-9)
    assert tally.p95 <= true * 2 ** (1 / 3) * (1 + 1e-9)
