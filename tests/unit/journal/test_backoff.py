"""How long is waited after failures."""

from __future__ import annotations

import time

import pytest

from peninsula.journal.backoff import LONGEST, SHORTEST, pause_after, pause_until


@pytest.mark.parametrize(
    ("failures", "pause"), [(1, SHORTEST), (2, 0.2), (5, 1.6), (9, 25.6), (10, LONGEST)]
)
def test_a_pause_doubles(failures, pause):
    """Each pause is twice the one before, less up to half of it by chance."""
    pauses = [pause_after(failures) for _ in range(200)]
    assert pause / 2 <= min(pauses) < max(pauses) <= pause


def test_a_server_that_is_away_for_days():
    """The pause stays at its bound however often it was tried."""
    assert LONGEST / 2 <= pause_after(100_000) <= LONGEST


def test_the_last_attempt_is_at_the_deadline(monkeypatch):
    """Not before, as the next pause would pass it: the server may be back by then."""
    clock = [0.0]
    monkeypatch.setattr(time, "monotonic", lambda: clock[0])
    for _ in range(50):
        clock[0], failures = 0.0, 1
        while (pause := pause_until(60.0, failures)) is not None:
            clock[0] += pause
            failures += 1
        assert clock[0] == pytest.approx(60.0)
    assert pause_until(clock[0], 1) is None
