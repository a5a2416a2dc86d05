"""What goes first when room is short."""

from __future__ import annotations

import pytest

from peninsula.core.catalogue import CATALOGUE
from peninsula.journal.drops import Kind, counted, kind_of_event, shares


def test_kinds_go_in_the_order_of_the_design():
    """Debug logs go first, then calls, logs, blobs, other events, states, and ends last of all."""
    order = sorted(Kind, key=shares(100.0).__getitem__)
    assert order == ["debug-log", "call", "log", "blob", "event", "state", "end"]
    assert len(set(shares(100.0).values())) == len(Kind)
    assert shares(100.0)[Kind.STATE] == 100.0


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("peninsula.flow-run.completed", Kind.END),
        ("peninsula.flow-run.timed-out", Kind.END),
        ("peninsula.flow-run.running", Kind.STATE),
        ("peninsula.task-run.completed", Kind.STATE),
        ("peninsula.task-run.awaiting-retry", Kind.STATE),
        ("peninsula.call.returned", Kind.CALL),
        ("peninsula.call.s3-bucket.read_path.rolled-up", Kind.EVENT),
        ("peninsula.process.record-rejected", Kind.EVENT),
        ("orders.loaded", Kind.EVENT),
        ("peninsulas.call.returned", Kind.EVENT),
    ],
)
def test_the_name_of_an_event_says_its_kind(name, kind):
    """Our states and calls are known by their names; everything else is an event."""
    assert kind_of_event(name) is kind


def test_every_state_event_of_the_catalogue_is_a_state():
    """No state that an engine tells is dropped before anything else."""
    states = [e.name for e in CATALOGUE if "StateChange" in e.payload]
    assert states
    assert {kind_of_event(name) for name in states} == {Kind.STATE, Kind.END}


def test_a_gap_adds_up():
    """A gap counts each kind, and keeps its first reason and moment."""
    gap = counted(None, "log", 3, reason="disk-full", now=10)
    gap = counted(gap, "call", 1, reason="size-limit", now=20)
    gap = counted(gap, "log", 2, reason="size-limit", now=30)
    assert (gap.reason, gap.since, gap.dropped) == ("disk-full", 10, {"log": 5, "call": 1})
