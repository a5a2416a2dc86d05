"""Two sets of events: what is different, and what of it matters most."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from peninsula.core.comparison import compare
from peninsula.core.outcomes import Outcome, outcome_of

COUNTS = st.dictionaries(st.sampled_from("abcde"), st.integers(1, 1_000))


def test_what_is_new_and_frequent_comes_first():
    """Then what has gone; what is as before comes last."""
    found = compare({"denied": 50, "made": 50}, 100, {"made": 50, "rare": 1, "gone": 49}, 100)
    assert [one.key for one in found] == ["denied", "gone", "rare", "made"]
    denied, *_, made = found
    assert (denied.events, denied.share, denied.base_events, denied.lift) == (50, 0.5, 0, 101)
    assert (made.share, made.base_share, made.lift) == (0.5, 0.5, 1)


@given(COUNTS, COUNTS)
def test_a_comparison_has_each_key_once_with_its_counts(selected, base):
    """A lift is above one just where there is more of it, and nothing is divided by nothing."""
    totals = (sum(selected.values()), sum(base.values()))
    found = compare(selected, totals[0], base, totals[1])
    assert {one.key: (one.events, one.base_events) for one in found} == {
        key: (selected.get(key, 0), base.get(key, 0)) for key in {*selected, *base}
    }
    same = compare(selected, totals[0], selected, totals[0])
    assert all(one.lift == 1 for one in same)


def test_the_last_word_of_a_name_says_how_it_went():
    """Whatever is before it; a word that says nothing is neither."""
    for name, outcome in (
        ("peninsula.flow-run.timed-out", Outcome.FAILED),
        ("call.failed", Outcome.FAILED),
        ("ERROR", Outcome.FAILED),
        ("orders_loaded", Outcome.OK),
        ("peninsula.task-run.completed", Outcome.OK),
        ("peninsula.task-run.running", Outcome.OTHER),
        ("policy.changed", Outcome.OTHER),
    ):
        assert outcome_of(name) is outcome
