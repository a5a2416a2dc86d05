"""How times are read and said."""

from __future__ import annotations

import re
import time
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from peninsula.cli import moments
from peninsula.core.errors import InvalidError

NOW = datetime(2026, 1, 31, 2, 14, 31, 402_000, UTC)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("90s", 90),
        ("15m", 900),
        ("1h30m", 5400),
        ("1.5h", 5400),
        ("7d", 604_800),
        ("2w", 1_209_600),
    ],
)
def test_a_span_is_read(text: str, seconds: int):
    """Numbers with units add up."""
    assert moments.span(text) == timedelta(seconds=seconds)


@pytest.mark.parametrize("text", ["", "90", "1y", "-5m", "5 m", "h", "99999999999w"])
def test_what_is_no_span_is_refused_with_the_way_to_write_it(text: str):
    """The error names what was given and how it would be right."""
    with pytest.raises(InvalidError, match=re.escape(repr(text))):
        moments.span(text)


def test_a_moment_is_a_span_before_now():
    """`2h` means two hours ago."""
    assert moments.moment("2h", NOW) == NOW - timedelta(hours=2)


def test_a_moment_is_an_iso_time_in_its_zone():
    """A zone that is given is kept to."""
    said = "2026-01-31T03:00:00+01:00"
    assert moments.moment(said, NOW) == datetime(2026, 1, 31, 2, tzinfo=UTC)


def test_a_time_without_a_zone_is_local():
    """People write the time on their clock."""
    local = datetime(2026, 1, 31, 2).astimezone()
    assert moments.moment("2026-01-31T02:00", NOW) == local


@pytest.mark.parametrize("text", ["yesterday", "2026-13-01", "25:00", "0001-01-01", "999999w"])
def test_what_is_no_moment_is_refused(text: str):
    """The error shows both ways to write one."""
    with pytest.raises(InvalidError, match="2026-01-31T02:13"):
        moments.moment(text, NOW)


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0, "0ms"),
        (-3, "0ms"),
        (0.04, "40ms"),
        (0.9994, "999ms"),
        (0.9996, "1.0s"),
        (59.94, "59.9s"),
        (59.96, "1m 00s"),
        (125, "2m 05s"),
        (3599.6, "1h 00m"),
        (4320, "1h 12m"),
        (90_000, "1d 01h"),
    ],
)
def test_a_duration_is_said_in_two_units_at_most(seconds: float, said: str):
    """It is as exact as its size makes sense, and never 60 of something."""
    assert moments.duration(seconds) == said


@given(st.floats(0, 1e9))
def test_no_duration_has_sixty_seconds_or_minutes(seconds: float):
    """Rounding carries into the next unit."""
    said = moments.duration(seconds)
    assert not re.search(r"\b60(\.0)?[sm]|1000ms", said)


@pytest.mark.parametrize(
    ("before", "said"), [(0.4, "now"), (5, "5s ago"), (180, "3m ago"), (90_000, "1d ago")]
)
def test_ago_is_one_unit(before: float, said: str):
    """The past is said as people say it."""
    assert moments.ago(NOW - timedelta(seconds=before), NOW) == said


def test_the_future_is_said_as_such():
    """A scheduled run starts in some time."""
    assert moments.ago(NOW + timedelta(hours=2), NOW) == "in 2h"


def test_a_stamp_of_today_has_no_date():
    """The date is only said where it is another one."""
    assert moments.stamp(NOW, NOW) == moments.clock(NOW)[11:]
    assert moments.stamp(NOW - timedelta(days=2), NOW) == moments.clock(NOW - timedelta(days=2))


def test_a_time_says_its_zone(monkeypatch: pytest.MonkeyPatch):
    """Beside rules that may be of another one; summer has its own."""
    try:
        monkeypatch.setenv("TZ", "Europe/Berlin")
        time.tzset()
        assert moments.zoned(NOW) == "2026-01-31 03:14:31 CET"
        assert moments.zoned(NOW.replace(month=7)) == "2026-07-31 04:14:31 CEST"
    finally:
        monkeypatch.undo()
        time.tzset()
