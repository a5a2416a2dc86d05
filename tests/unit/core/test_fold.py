"""The fold says the same whatever the order of delivery, and it says what the rules say."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from peninsula.core import codec
from peninsula.core.errors import InvalidError
from peninsula.core.fold import ENDED, Fact, RunFold, fold, ground_of, stamp_of, state_key
from peninsula.core.runs import Birth, Origin, StateChange
from peninsula.core.states import NAMES, StateType

START = datetime(2026, 1, 31, 2, tzinfo=UTC)
EMITTERS = [bytes([number]) * 16 for number in (0, 7, 9)]


def change(name: str, **parts) -> StateChange:
    """A state by its name."""
    return StateChange(type=NAMES[name], name=name, **parts)


def fact(told: StateChange, stamp: int = 10, emitter: bytes = EMITTERS[1], number: int = 1) -> Fact:
    """A fact whose time is its stamp."""
    return Fact(told, START + timedelta(microseconds=stamp), stamp, emitter, number)


def folded(facts: Sequence[Fact]) -> RunFold:
    """The facts folded in that order."""
    run = RunFold()
    for one in facts:
        run = fold(run, one)
    return run


# --- any facts -----------------------------------------------------------------------------------

changes = st.builds(
    StateChange,
    type=st.sampled_from(StateType),
    name=st.sampled_from(sorted(NAMES)),
    start=st.integers(1, 2),
    attempt=st.integers(0, 2),
    origin=st.sampled_from(Origin),
    born=st.none() | st.builds(Birth, name=st.sampled_from("abc")),
)


@st.composite
def told(draw: st.DrawFn) -> list[Fact]:
    """Facts of one run, none twice, with presumptions upon some of them."""
    emitters_and_numbers = draw(
        st.lists(
            st.tuples(st.sampled_from(EMITTERS), st.integers(1, 9)),
            min_size=1,
            max_size=9,
            unique=True,
        )
    )
    facts: list[Fact] = []
    for emitter, number in emitters_and_numbers:
        said = draw(changes)
        if facts and draw(st.booleans()):
            below = draw(st.sampled_from(facts))
            said = structs.replace(said, start=below.change.start, upon=ground_of(state_key(below)))
        occurred = START + timedelta(microseconds=draw(st.integers(0, 20)))
        facts.append(Fact(said, occurred, draw(st.integers(1, 6)), emitter, number))
    return facts


@given(told(), st.randoms(use_true_random=False))
def test_the_order_of_delivery_changes_nothing(facts: list[Fact], random: Random):
    """Commutative: shuffled facts come to the same run."""
    shuffled = list(facts)
    random.shuffle(shuffled)
    assert folded(shuffled) == folded(facts)


@given(told(), st.randoms(use_true_random=False))
def test_a_fact_told_again_changes_nothing(facts: list[Fact], random: Random):
    """Idempotent: a journal that is sent twice does no harm."""
    again = facts + [one for one in facts if random.random() < 0.5]
    random.shuffle(again)
    assert folded(again) == folded(facts)


@given(told(), st.integers(0, 9))
def test_what_is_stored_in_between_is_enough_to_go_on(facts: list[Fact], at: int):
    """Associative, as the database does it: of a birth it keeps the key, and writes the rest."""
    begun = folded(facts[:at])
    run = structs.replace(begun, born=None)
    for one in facts[at:]:
        run = fold(run, one)
    assert structs.replace(run, born=run.born or begun.born) == folded(facts)


@given(told())
def test_the_fold_agrees_with_the_rules_said_the_long_way(facts: list[Fact]):
    """The oracle sorts and chooses by prose rules, and knows no keys."""
    run, chosen = folded(facts), by_the_rules(facts)
    assert (run.start, run.attempt, run.origin) == (
        chosen.change.start,
        chosen.change.attempt,
        chosen.change.origin,
    )
    assert run.state is not None
    assert (run.state.type, run.state.name) == (chosen.change.type, chosen.change.name)
    assert run.state.timestamp == chosen.occurred
    assert stamp_of(run.state_key) == chosen.stamp
    assert run.ended == (chosen.occurred if chosen.change.type.terminal else None)


def by_the_rules(facts: Sequence[Fact]) -> Fact:
    """Return the fact that has the last word."""
    # An older start never changes the state.
    start = max(one.change.start for one in facts)
    facts = [one for one in facts if one.change.start == start]
    upon = [one for one in facts if lies_on_another(one, facts)]
    plain = [one for one in facts if one not in upon]
    ends = [
        one
        for one in plain
        if one.change.type.terminal and one.change.origin is not Origin.PRESUMED
    ]
    # Nothing follows an end: the engine's own beats one seen from outside, and the first counts.
    # But of what struck its process it knows less than who saw that.
    struck = [
        one
        for one in ends
        if (one.change.origin, one.change.type) == (Origin.ENGINE, StateType.CRASHED)
    ]
    own = [one for one in ends if one.change.origin is Origin.ENGINE and one not in struck]
    seen_outside = [one for one in ends if one.change.origin is Origin.OBSERVER]
    for seen in (own, seen_outside, struck):
        if seen:
            return max(seen, key=lambda one: (one.change.attempt, -one.stamp, *identity(one)))
    # Only an end takes back that the run was asked to cancel.
    asked = [one for one in plain if one.change.type is StateType.CANCELLING]
    lived = [one for one in plain if one.change.origin is not Origin.OBSERVER]
    latest = max(
        asked or lived or plain, key=lambda one: (one.change.attempt, one.stamp, *identity(one))
    )
    # What was presumed of that very fact, or taken back since.
    about = [one for one in upon if one.change.upon == state_key(latest)]
    return max(about, key=lambda one: (one.stamp, *identity(one)), default=latest)


def lies_on_another(one: Fact, facts: Sequence[Fact]) -> bool:
    """Tell whether it presumes something of a fact, and that fact is no end."""
    if one.change.upon is None or one.change.origin is Origin.ENGINE:
        return False
    below = {state_key(each): each for each in facts}[one.change.upon].change
    return not below.type.terminal or below.origin is Origin.PRESUMED


def identity(one: Fact) -> tuple[bytes, int]:
    """Tells facts apart."""
    return one.emitter, one.number


@given(told())
def test_what_else_a_run_is_comes_from_all_its_facts(facts: list[Fact]):
    """Birth, beginning and attempts are the earliest, the earliest and the most."""
    run = folded(facts)
    births = [one for one in facts if one.change.born is not None]
    running = [one for one in facts if one.change.type is StateType.RUNNING]
    first = min(
        births,
        key=lambda one: (one.change.origin is not Origin.ENGINE, one.stamp, *identity(one)),
        default=None,
    )
    assert run.born == (first.change.born if first else None)
    assert run.created == (first.occurred if first else min(one.occurred for one in facts))
    assert run.started == min((one.occurred for one in running), default=None)
    assert run.attempts == max((one.change.attempt + 1 for one in running), default=0)


# --- one rule each -------------------------------------------------------------------------------


def last_word(*facts: Fact) -> str:
    """The name of the state that these come to."""
    state = folded(facts).state
    assert state is not None
    return state.name


def seen_crash(stamp: int, **parts) -> Fact:
    """A worker saw the exit."""
    return fact(change("Crashed", origin=Origin.OBSERVER, **parts), stamp, EMITTERS[0], stamp)


def presumed(facts: Sequence[Fact], stamp: int, name: str = "Crashed") -> Fact:
    """The server presumes a state, or takes it back, upon what it knows."""
    run = folded(facts)
    said = change(
        name, origin=Origin.PRESUMED, start=run.start, attempt=run.attempt,
        upon=ground_of(run.state_key),
    )  # fmt: skip
    return fact(said, stamp, EMITTERS[0], stamp)


def test_a_retry_that_arrives_after_the_proof_of_a_crash_does_not_revive_the_run():
    """The worker knew of attempt 0; the process had begun attempt 1, and died in it."""
    retrying = fact(change("Retrying", attempt=1), 5, number=2)
    assert last_word(seen_crash(9), fact(change("Running"), 1), retrying) == "Crashed"


def test_an_end_that_the_engine_told_beats_the_crash_that_was_seen():
    """Killed on its way out, after all was done and before it was shipped."""
    assert last_word(seen_crash(3), fact(change("Completed"), 9)) == "Completed"


def test_a_retry_that_begins_after_the_cancellation_was_asked_is_cancelling():
    """The request is about the run, not about one attempt."""
    asked = fact(change("Cancelling", origin=Origin.OBSERVER), 3, EMITTERS[0])
    retrying = fact(change("Retrying", attempt=1), 9)
    assert last_word(asked, retrying) == "Cancelling"
    assert last_word(asked, retrying, fact(change("Cancelled", attempt=1), 10)) == "Cancelled"


def test_a_pending_that_a_worker_stamps_late_does_not_hide_that_the_run_runs():
    """The pod may be running before the call that made it has returned."""
    pending = fact(change("Pending", origin=Origin.OBSERVER), 50, EMITTERS[2])
    assert last_word(fact(change("Running"), 10), pending) == "Running"


def test_what_the_engine_told_before_the_presumption_counts_when_it_comes_after():
    """It was paused, then cut off, then presumed dead: it is paused."""
    running, paused = fact(change("Running"), 10), fact(change("Paused"), 20, number=2)
    crashed = presumed([running], 30)
    assert last_word(running, crashed) == "Crashed"
    assert last_word(running, crashed, paused) == "Paused"


def test_a_process_that_reappears_with_nothing_new_is_back_in_its_state():
    """A long poll is a sign of life too; the next silence is presumed anew."""
    facts = [fact(change("Running"), 10)]
    facts.append(presumed(facts, 30))
    facts.append(presumed(facts, 40, "Running"))
    assert last_word(*facts) == "Running"
    facts.append(presumed(facts, 50))
    assert last_word(*facts) == "Crashed"


def test_a_run_that_was_asked_to_cancel_is_presumed_crashed_and_cancelling_again():
    """Silence is said also of a run that is being cancelled, and so is the return."""
    facts = [
        fact(change("Running"), 10),
        fact(change("Cancelling", origin=Origin.OBSERVER), 20, EMITTERS[0]),
    ]
    facts.append(presumed(facts, 30))
    assert last_word(*facts) == "Crashed"
    facts.append(presumed(facts, 40, "Cancelling"))
    assert last_word(*facts, fact(change("Retrying", attempt=1), 35, number=9)) == "Cancelling"


@pytest.mark.parametrize(
    ("origin", "said", "ended"),
    [
        (Origin.OBSERVER, "2026-01-01T00:00:01+00:00", 1),
        (Origin.PRESUMED, "2026-01-01T00:00:01+00:00", 1),
        (Origin.OBSERVER, "2027-01-01T00:00:00+00:00", 9),
        (Origin.OBSERVER, "2026-01-01T00:00:01", 9),
        (Origin.OBSERVER, ["yesterday"], 9),
        (Origin.ENGINE, "2026-01-01T00:00:01+00:00", 9),
    ],
)
def test_an_end_that_was_seen_later_was_when_it_is_said_to_have_been(origin, said, ended):
    """Never after it was seen; an engine knows when it ends, and what is no moment says nothing."""
    begin = datetime(2026, 1, 1, tzinfo=UTC)
    crashed = StateChange(
        type=StateType.CRASHED, name="Crashed", details={ENDED: said}, origin=origin
    )
    found = fold(RunFold(), Fact(crashed, begin + timedelta(seconds=9), 9, bytes(16), 1))
    assert found.ended == begin + timedelta(seconds=ended)


def test_an_end_is_not_presumed_away():
    """The server presumes nothing of a run that is over; if it did, the end stands."""
    completed = fact(change("Completed"), 10)
    assert last_word(completed, presumed([completed], 30)) == "Completed"


def test_the_process_that_ran_a_run_last_is_known_under_a_referees_word():
    """Whose lease is looked at."""
    run = folded([fact(change("Running"), 10), seen_crash(20)])
    assert run.emitter == EMITTERS[1]
    assert folded([seen_crash(20)]).emitter is None
    assert stamp_of(b"") == 0


def test_a_state_key_travels_in_a_state_change():
    """`upon` is checked where it is decoded: 41 bytes, no other number."""
    said = change("Crashed", origin=Origin.PRESUMED, upon=state_key(fact(change("Running"))))
    assert codec.decode(StateChange, codec.encode(said)) == said
    with pytest.raises(InvalidError, match="upon"):
        codec.decode(StateChange, codec.encode(structs.replace(said, upon=b"short")))
