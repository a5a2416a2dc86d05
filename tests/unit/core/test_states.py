"""What follows what, and how the product's states are called."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from peninsula.core.runs import RunKind, StateChange, is_state_event, state_event
from peninsula.core.states import MOVES, NAMES, TERMINAL, StateType, event_part, may_move


def test_every_type_has_its_moves():
    """A referee is asked about any of them."""
    assert set(MOVES) == set(StateType)
    assert all(may_move(None, after) for after in StateType)


@given(st.sampled_from(StateType), st.sampled_from(StateType))
def test_what_is_over_is_only_scheduled_again(before: StateType, after: StateType):
    """A completed run not even that; a run that is being cancelled goes nowhere but to an end."""
    if before.terminal:
        assert may_move(before, after) == (
            after is StateType.SCHEDULED and before is not StateType.COMPLETED
        )
    if before is StateType.CANCELLING:
        assert may_move(before, after) == after.terminal


@pytest.mark.parametrize("type_", StateType)
def test_every_type_has_a_name_and_an_end_in_reach(type_: StateType):
    """No state is a trap, and each can be entered by a name of ours."""
    assert type_ in NAMES.values()
    reached = {type_}
    while more := {after for before in reached for after in MOVES[before]} - reached:
        reached |= more
    assert reached & TERMINAL


@given(st.sampled_from(StateType), st.text(max_size=9) | st.sampled_from(sorted(NAMES)))
def test_every_state_is_told_by_an_event_that_is_known_as_one(type_: StateType, name: str):
    """Also a state that a user gave a name of their own."""
    for kind in RunKind:
        told = state_event(kind, StateChange(type=type_, name=name))
        assert told == f"peninsula.{kind.value}.{event_part(type_, name)}"
        assert is_state_event(told)


@pytest.mark.parametrize("name", ["", "running", "peninsula.run.running", "peninsula.flow-run."])
def test_other_events_tell_no_state(name: str):
    """Their payload is not looked into."""
    assert not is_state_event(name)
