"""When schedules fire, against an oracle that looks at every minute there is."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice, pairwise
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from dateutil.rrule import rrulestr
from hypothesis import given, reject, settings, strategies

from peninsula.core.errors import InvalidError
from peninsula.core.schedules import (
    Cron,
    Interval,
    RRule,
    Rule,
    Schedule,
    check_rule,
    jittered,
    next_times,
    times,
)
from tests.support.soak import rounds

ZONES = (
    "Europe/Berlin",
    "America/New_York",
    "America/Sao_Paulo",  # no daylight saving since 2019
    "Australia/Lord_Howe",  # half an hour of it
    "Asia/Kathmandu",  # a quarter of an hour off
    "Africa/Casablanca",  # put back for a month of each year
    "Pacific/Apia",
    "UTC",
)
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)

zones = strategies.sampled_from(ZONES)
moments = strategies.integers(0, 3 * 366 * 24 * 60).map(
    lambda minutes: datetime(2024, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
)


def turns(zone: str, year: int) -> list[datetime]:
    """When the clock of a zone is put forward or back in a year."""
    there = ZoneInfo(zone)
    first = datetime(year, 1, 1, tzinfo=UTC)
    hours = [first + HOUR * count for count in range(366 * 24)]
    offsets = [at.astimezone(there).utcoffset() for at in hours]
    return [
        after
        for after, old, new in zip(hours[1:], offsets, offsets[1:], strict=False)
        if old != new
    ]


few = settings(max_examples=rounds(25, soak=2_000))
"""For what is compared with every minute of weeks, one by one."""

near_turns = strategies.builds(
    lambda zone, year, minutes, pick: (
        zone,
        (turns(zone, year) or [datetime(year, 3, 1, tzinfo=UTC)])[pick % 2 - 1]
        + timedelta(minutes=minutes),
    ),
    zones,
    strategies.integers(2024, 2027),
    strategies.integers(-36 * 60, 36 * 60),
    strategies.integers(0, 1),
)
"""A zone, and a moment within a day and a half of one of its turns."""


def minutes_after(after: datetime) -> Iterator[datetime]:
    """Every whole minute after a moment, of the time that passes."""
    at = after.replace(second=0, microsecond=0)
    while True:
        at += MINUTE
        yield at


def fixed_cron(minute: int, hour: int, zone: str, after: datetime) -> Iterator[datetime]:
    """The oracle of "MINUTE HOUR * * *": each day once, and at the end of a gap that it is in."""
    there = ZoneInfo(zone)
    day = after.astimezone(there).date() - timedelta(days=2)
    while True:
        wall = datetime(day.year, day.month, day.day, hour, minute)  # noqa: DTZ001  on the wall
        at = wall.replace(tzinfo=there).astimezone(UTC)
        while at.astimezone(there).replace(tzinfo=None) > wall and _before(at, there) > wall:
            at -= MINUTE  # not shown that day: when the clock jumps over it
        if at > after:
            yield at
        day += timedelta(days=1)


def _before(at: datetime, there: ZoneInfo) -> datetime:
    return (at - MINUTE).astimezone(there).replace(tzinfo=None)


@given(near_turns, strategies.integers(0, 59), strategies.integers(0, 23))
def test_a_daily_cron_runs_once_a_day(place, minute, hour):
    """Also on the day whose clock jumps over it, or shows it twice."""
    zone, after = place
    rule = Cron(cron=f"{minute} {hour} * * *")
    found = list(islice(times(rule, zone, after, after), 5))
    assert found == list(islice(fixed_cron(minute, hour, zone, after), 5))


@few
@given(near_turns, strategies.sampled_from((1, 5, 10, 15, 20, 30)))
def test_a_cron_of_every_few_minutes_runs_by_the_minutes_that_pass(place, step):
    """An hour that is there twice has its runs twice, one that is not there has none."""
    zone, after = place
    there = ZoneInfo(zone)
    found = list(islice(times(Cron(cron=f"*/{step} * * * *"), zone, after, after), 40))
    slow = (at for at in minutes_after(after) if at.astimezone(there).minute % step == 0)
    assert found == list(islice(slow, 40))


@given(near_turns, strategies.integers(0, 59))
def test_an_hourly_cron_runs_in_each_hour_that_passes(place, minute):
    """By the minutes of the clock on the wall."""
    zone, after = place
    there = ZoneInfo(zone)
    found = list(islice(times(Cron(cron=f"{minute} * * * *"), zone, after, after), 30))
    slow = (at for at in minutes_after(after) if at.astimezone(there).minute == minute)
    assert found == list(islice(slow, 30))


@given(near_turns, strategies.integers(1, 3600 * 24 - 1), moments)
def test_an_interval_below_a_day_is_time_that_passes(place, seconds, anchor):
    """Whatever the clock on the wall does."""
    zone, after = place
    step = timedelta(seconds=seconds)
    found = list(islice(times(Interval(seconds=seconds, anchor=anchor), zone, anchor, after), 20))
    assert found[0] - step <= after < found[0]
    assert all((at - anchor) % step == timedelta(0) for at in found)
    assert all(later - at == step for at, later in pairwise(found))


@given(near_turns, strategies.integers(1, 10), moments)
def test_an_interval_of_days_keeps_the_time_of_day(place, days, anchor):
    """In summer and in winter; what the clock jumps over comes when it has."""
    zone, after = place
    there = ZoneInfo(zone)
    rule = Interval(seconds=days * 86_400.0, anchor=anchor)
    found = list(islice(times(rule, zone, anchor, after), 8))
    wall = anchor.astimezone(there).replace(tzinfo=None)
    count = (after.astimezone(there).replace(tzinfo=None) - wall).days // days - 2
    oracle = []
    while len(oracle) < 8:
        at = (wall + count * timedelta(days=days)).replace(tzinfo=there).astimezone(UTC)
        count += 1
        if at > after and at not in oracle:
            oracle.append(at)
    assert found == oracle


@few
@given(
    near_turns,
    strategies.sampled_from(("DAILY", "HOURLY", "MINUTELY", "WEEKLY")),
    strategies.integers(1, 9),
)
def test_a_recurrence_rule_counts_on_the_wall(place, frequency, interval):
    """As dateutil says for a clock that nobody turns, from its first moment on."""
    zone, after = place
    there = ZoneInfo(zone)
    start = after.astimezone(there).replace(tzinfo=None, second=0, microsecond=0)
    start -= timedelta(days=20, minutes=7)
    text = f"DTSTART:{start:%Y%m%dT%H%M%S}\nRRULE:FREQ={frequency};INTERVAL={interval}"
    found = list(islice(times(RRule(rrule=text), zone, after, after), 10))
    oracle: list[datetime] = []
    for wall in rrulestr(text):
        at = wall.replace(tzinfo=there).astimezone(UTC)
        if at > after and (not oracle or at > oracle[-1]):
            oracle.append(at)
        if len(oracle) == 10:
            break
    assert found == oracle


@given(
    near_turns,
    strategies.sampled_from(("HOURLY", "MINUTELY;BYSECOND=0,30", "SECONDLY;BYMINUTE=0,45")),
    strategies.integers(1, 90),
    strategies.sampled_from(
        ("BYDAY=SA,SU", "BYMONTHDAY=1,-1,7,15", "BYDAY=MO,FR;BYMONTHDAY=1,2,3,4,5,6,7")
    ),
    strategies.sampled_from(("", ";BYHOUR=0,13,23", ";BYMINUTE=15,45", ";BYSETPOS=-1")),
)
def test_times_on_certain_days_are_those_of_dateutil(place, frequency, interval, days, at):
    """Also where the days are found first: each of the times, and no other."""
    _, after = place
    start = (after - timedelta(days=9, minutes=7)).replace(tzinfo=None, second=0, microsecond=0)
    text = f"DTSTART:{start:%Y%m%dT%H%M%S}\nRRULE:FREQ={frequency};INTERVAL={interval};{days}{at}"
    try:
        oracle = list(islice(rrulestr(text).xafter(after.replace(tzinfo=None)), 40))
    except ValueError:  # hours or minutes that are never reached
        reject()
    try:
        found = list(islice(times(RRule(rrule=text), "UTC", after, after), 40))
    except InvalidError:  # a hundred of these days without such a time
        reject()
    assert [at.replace(tzinfo=None) for at in found] == oracle


LEAP_MONDAY = "BYMONTH=2;BYMONTHDAY=29;BYDAY=MO;BYHOUR=3;BYMINUTE=0;BYSECOND=0"


@pytest.mark.parametrize("frequency", ["YEARLY", "DAILY", "HOURLY", "MINUTELY", "SECONDLY"])
def test_a_rule_that_fires_once_in_decades_is_followed_at_once(frequency):
    """Looked at second by second, each of these takes longer than a test may."""
    after = datetime(2026, 1, 1, tzinfo=UTC)
    rule = RRule(rrule=f"FREQ={frequency};{LEAP_MONDAY}")
    found = list(islice(times(rule, "UTC", after, after), 3))
    assert [at.year for at in found] == [2044, 2072, 2112]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("FREQ=SECONDLY;BYMONTH=2;BYMONTHDAY=30;BYHOUR=23", "gives no moment"),
        ("FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30", "gives no moment"),
        ("FREQ=SECONDLY;COUNT=1000000000", "give UNTIL instead of COUNT"),
        ("RRULE:FREQ=SECONDLY\nEXRULE:FREQ=SECONDLY", "leaves out 100,000 moments"),
        ("RRULE:FREQ=YEARLY\nEXRULE:FREQ=SECONDLY;BYSECOND=1", "leaves out 100,000 moments"),
        ("FREQ=SECONDLY;INTERVAL=86399;BYHOUR=3;BYMINUTE=0;BYDAY=MO", "100 in a row"),
    ],
)
def test_a_rule_that_is_looked_at_in_vain_is_refused_at_once(text, said):
    """It would hold a core for hours."""
    test_a_rule_that_gives_nothing_is_refused(RRule(rrule=text), said)


def test_moments_that_a_rule_leaves_out_are_left_out_wherever_one_begins_to_look():
    """And those that it names besides are there."""
    text = (
        "DTSTART:20000101T060000\nRRULE:FREQ=DAILY\nEXRULE:FREQ=WEEKLY;BYDAY=SA,SU\n"
        "EXDATE:20260105T060000\nRDATE:20260103T120000"
    )
    after = datetime(2026, 1, 2, 7, tzinfo=UTC)
    found = islice(times(RRule(rrule=text), "UTC", after, after), 3)
    assert [f"{at:%d %H}" for at in found] == ["03 12", "06 06", "07 06"]


RULES = strategies.one_of(
    strategies.builds(
        lambda minute, hour: Cron(cron=f"{minute} {hour} * * *"),
        strategies.integers(0, 59),
        strategies.integers(0, 23),
    ),
    strategies.just(Cron(cron="*/7 */3 * * *")),
    strategies.just(Cron(cron="0,30 1-3 * * 0")),
    strategies.builds(lambda s: Interval(seconds=s), strategies.integers(60, 400_000)),
    strategies.just(RRule(rrule="FREQ=DAILY;BYHOUR=2,3;BYMINUTE=30;BYSECOND=0")),
)


@given(near_turns, RULES)
def test_moments_are_the_same_wherever_one_begins_to_look(place, rule: Rule):
    """They are in order, each once: a server that comes later goes on where another one was."""
    zone, after = place
    whole = list(islice(times(rule, zone, after, after), 12))
    assert all(earlier < later for earlier, later in pairwise(whole))
    assert whole[0] > after
    for place_, at in enumerate(whole[:-1]):
        assert next(times(rule, zone, after, at)) == whole[place_ + 1]
        between = at + (whole[place_ + 1] - at) / 2
        assert next(times(rule, zone, after, between)) == whole[place_ + 1]


@given(moments, strategies.floats(0, 3600))
def test_jitter_is_within_its_bounds(at, jitter):
    """And nobody is asked for chance: the same for the same schedule and moment."""
    schedule = Schedule(
        id=UUID(int=1),
        deployment=UUID(int=2),
        rule=Cron(cron="@daily"),
        jitter=jitter,
        anchor=at,
        created=at,
        updated=at,
    )
    moved = jittered(schedule, at)
    assert timedelta(0) <= moved - at <= timedelta(seconds=jitter)
    assert moved == jittered(schedule, at)
    assert len(next_times(schedule, at, 3)) == 3


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        (Cron(cron="a b"), "is no cron expression"),
        (Cron(cron="0 0 30 2 *"), "is no cron expression"),
        (Interval(seconds=0.5), "a second or more"),
        (RRule(rrule="FREQ=OFTEN"), "is no recurrence rule"),
        (RRule(rrule="DTSTART;TZID=Asia/Tokyo:20200101T000000\nFREQ=DAILY"), "`timezone`"),
        (RRule(rrule="FREQ=DAILY;COUNT=3"), "gives no moment"),
        (RRule(rrule="FREQ=DAILY;INTERVAL=0"), "never goes on"),
        (RRule(rrule="FREQ=DAILY;BYHOUR=99"), "is no recurrence rule"),
        (Interval(seconds=60, anchor=datetime(1, 1, 1, tzinfo=UTC)), "times are from 1900 on"),
    ],
)
def test_a_rule_that_gives_nothing_is_refused(rule, said):
    """With how one is written."""
    with pytest.raises(InvalidError, match=said):
        check_rule(rule, "UTC", datetime(2026, 1, 1, tzinfo=UTC))


@pytest.mark.parametrize("zone", ["Berlin", "", "../etc/passwd", "Europe/Berlin\x00"])
def test_a_zone_that_is_none_is_refused(zone):
    """Also one that would be a path."""
    with pytest.raises(InvalidError, match="is no time zone"):
        check_rule(Cron(cron="@daily"), zone, datetime(2026, 1, 1, tzinfo=UTC))


def test_both_kinds_of_days_can_be_asked_for():
    """As in Prefect: cron takes either of them."""
    after = datetime(2026, 1, 1, tzinfo=UTC)
    either = next(times(Cron(cron="0 0 13 * 5"), "UTC", after, after))
    both = next(times(Cron(cron="0 0 13 * 5", day_or=False), "UTC", after, after))
    assert (either.day, both.date().isoformat()) == (2, "2026-02-13")
