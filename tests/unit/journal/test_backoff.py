"""How long is waited after failures."""

from __future__ import annotations

import pytest

from peninsula.journal.backoff import LONGEST, SHORTEST, pause_after


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
