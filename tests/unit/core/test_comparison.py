"""Two sets of events: what is different, and what of it matters most."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from peninsula.core.comparison import Change, compare
from peninsula.core.outcomes import Outcome, outcome_of

COUNTS = st.dictionaries(st.sampled_from("abcde"), st.integers(1, 1_000))


def test_what_is_new_and_frequent_comes_first():
    """Then what has gone; what is as before comes last."""
    found = compare({"denied": 50, "made": 50}, 100, {"made": 50, "rare": 1, "gone": 49}, 100)
    assert [one.key for one in found] == ["denied", "gone", "rare", "made"]
    denied, *_, made = found
    assert (denied.events, denied.share, denied.base_events, denied.lift) == (50, 0.5, 0, 101)
    assert (made.share, made.base_share, made.lift) == (0.5, 0.5, 1)


def test_beside_nothing_all_is_new_and_the_most_frequent_comes_first():
    """However small its share: no lift tells anything there. Where nothing is left, all is gone."""
    counts = {"rare": 1, "made": 60, "read": 39}
    found = compare(counts, 100, {}, 0)
    assert [(one.key, one.change) for one in found] == [
        ("made", Change.NEW),
        ("read", Change.NEW),
        ("rare", Change.NEW),
    ]
    gone = compare({}, 0, counts, 100)
    assert [(one.key, one.change) for one in gone] == [
        ("made", Change.GONE),
        ("read", Change.GONE),
        ("rare", Change.GONE),
    ]


def test_a_difference_is_said_where_it_tells_something():
    """A lift near one is none, and what is in one of two sets only is new or gone."""
    found = compare(
        {"up": 60, "down": 20, "as it was": 100, "new": 20},
        200,
        {"up": 20, "down": 60, "as it was": 100, "gone": 20},
        200,
    )
    assert {one.key: one.change for one in found} == {
        "up": Change.MORE,
        "down": Change.LESS,
        "as it was": Change.SAME,
        "new": Change.NEW,
        "gone": Change.GONE,
    }


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
