"""What is emitted is at the server once, whatever the server does."""

from __future__ import annotations

import pytest

from tests.support.intake import Fault
from tests.support.make import event


def names(intake) -> list[str]:
    return [each.event for each in intake.events()]


def test_events_arrive_in_order(emitter, intake):
    """Events are in the log in the order they were emitted, once the emitter is flushed."""
    told = emitter(api_url=intake.url)
    expected = [f"orders.loaded-{n}" for n in range(5_000)]
    for name in expected:
        told.emit(event(name))
    assert told.flush(20)
    assert names(intake) == expected


@pytest.mark.parametrize("fault", [f for f in Fault if f is not Fault.HANG])
def test_a_fault_costs_nothing(emitter, intake, fault):
    """After some requests that failed, everything is in the log once."""
    told = emitter(api_url=intake.url)
    intake.fail(fault, times=3)
    told.emit(event("first.one"))
    intake.wait_for(lambda i: len(i.requests) > 3)
    told.emit(event("second.one"))
    assert told.flush(20)
    assert names(intake) == ["first.one", "second.one"]
