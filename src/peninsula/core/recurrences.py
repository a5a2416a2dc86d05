"""Read recurrence rules of calendars (RFC 5545), and say when they fire."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import MAXYEAR, UTC, datetime, timedelta, tzinfo
from heapq import merge
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

from msgspec import Struct

from peninsula.core.errors import InvalidError

if TYPE_CHECKING:
    from dateutil.rrule import rrule, rruleset

__all__ = ["RRule", "rrule_times"]

LONGEST: Final = 6_500
"""Characters of a rule, as in Prefect."""

MOST: Final = 100_000
"""Moments that a rule may count, or that may be left out before one that is not."""

VAIN: Final = 100
"""Days in a row on which a rule may find none of its times."""

CYCLE: Final = 400
"""Years after which the calendar is the same."""

LAST_YEAR: Final = MAXYEAR - 100

FIRST: Final = datetime(2020, 1, 1)  # noqa: DTZ001  of a clock on the wall, wherever that is
"""When a rule begins that has no DTSTART, as in Prefect."""

DAILY: Final = 3
"""`dateutil.rrule`'s number."""

_DAY: Final = timedelta(days=1)
_PERIODS: Final = {
    2: timedelta(weeks=1),
    DAILY: _DAY,
    4: timedelta(hours=1),
    5: timedelta(minutes=1),
    6: timedelta(seconds=1),
}
"""By the numbers of frequencies; months and years are not all alike, and few."""

_UTC: Final = re.compile(r"(\d{8}T\d{6})Z", re.IGNORECASE)
_INTERVAL: Final = re.compile(r"INTERVAL=([+-]?\d{1,9})", re.IGNORECASE)
_ZONE: Final = re.compile(r";TZID=", re.IGNORECASE)


class RRule(Struct, frozen=True, kw_only=True, tag="rrule", tag_field="kind"):
    """The moments of a recurrence rule: `FREQ=WEEKLY;BYDAY=MO,WE`, with its DTSTART or without.

    It counts on the clock on the wall, each moment of which fires once.
    """

    rrule: str


def rrule_times(rule: RRule, zone: tzinfo, after: datetime) -> Iterator[datetime]:
    """Give the moments after one, in UTC. Raises InvalidError for what is no recurrence rule.

    What comes before `after` or doubles is the caller's to leave out.
    """
    here = after.astimezone(zone).replace(tzinfo=None)
    # Two days of slack: the clock on the wall may have been put back since.
    since = here - timedelta(days=2)
    try:
        for local in _followed(_parsed(rule, zone), since):
            yield local.replace(tzinfo=zone).astimezone(UTC)
    except _MALFORMED as problem:
        raise _none(rule, problem) from None


def _parsed(rule: RRule, zone: tzinfo) -> rrule | rruleset:
    from dateutil.rrule import rrulestr  # noqa: PLC0415  weight: few processes read schedules

    if len(rule.rrule) > LONGEST:
        msg = f"The recurrence rule has {len(rule.rrule)} characters; the limit is {LONGEST}."
        raise InvalidError(msg)
    if (interval := _INTERVAL.search(rule.rrule)) is not None and int(interval[1]) < 1:
        raise _none(rule, ValueError(f"{interval[0]} never goes on"))
    text = _on_the_wall(rule.rrule, zone)
    try:
        parsed: rrule | rruleset = rrulestr(text, dtstart=FIRST)
    except _MALFORMED as problem:
        raise _none(rule, problem) from None
    return parsed


_MALFORMED: Final = (ArithmeticError, AttributeError, LookupError, TypeError, ValueError)
"""What dateutil raises, when it parses a rule and when it follows one."""


def _none(rule: RRule, problem: Exception) -> InvalidError:
    return InvalidError(
        f"{rule.rrule[:60]!r} is no recurrence rule: {problem}. Write it like"
        " FREQ=WEEKLY;BYDAY=MO,WE;BYHOUR=6;BYMINUTE=0 (RFC 5545)."
    )


def _on_the_wall(text: str, zone: tzinfo) -> str:
    """Return the rule with all its moments as the clock of the zone shows them."""
    if _ZONE.search(text):
        msg = "The recurrence rule names a time zone (TZID). Give it as the schedule's `timezone`."
        raise InvalidError(msg)

    def local(found: re.Match[str]) -> str:
        moment = datetime.strptime(found[1].upper(), _FORM).replace(tzinfo=UTC)
        return moment.astimezone(zone).strftime(_FORM)

    return _UTC.sub(local, text)


_FORM: Final = "%Y%m%dT%H%M%S"


# --- follow a rule -------------------------------------------------------------------------------

# dateutil looks at one period after the other, and nobody can interrupt it: of a rule for seconds
# that means a day of leap years, these are a hundred million. So days are looked for first, times
# on these days only, and neither for long.


def _followed(rule: rrule | rruleset, since: datetime) -> Iterator[datetime]:
    """Give the moments of a rule from `since` on, after some from before, in order.

    Raises ValueError where too many are to be looked at before one is found.
    """
    from dateutil.rrule import rruleset  # noqa: PLC0415  weight: few processes read schedules

    if not isinstance(rule, rruleset):
        yield from _moments(rule, since)
        return
    wanted = merge(sorted(rule._rdate), *(_moments(each, since) for each in rule._rrule))
    excluded = merge(sorted(rule._exdate), *(_moments(each, since) for each in rule._exrule))
    out, vain = next(excluded, None), 0
    for moment in wanted:
        while out is not None and out < moment and vain < MOST:
            out, vain = next(excluded, None), vain + 1
        if vain == MOST:
            msg = f"it leaves out {MOST:,} moments before there is one"
            raise ValueError(msg)
        if moment == out:
            vain += 1
        else:
            vain = 0
            yield moment


def _moments(rule: rrule, since: datetime) -> Iterator[datetime]:
    """Give the moments of a single rule: all of them where it counts them."""
    if rule._count is not None:
        if rule._count > MOST:
            msg = f"it counts to {rule._count:,}, more than {MOST:,}; give UNTIL instead of COUNT"
            raise ValueError(msg)
        return islice(_each(rule.replace(count=None), rule._dtstart), rule._count)
    return _each(rule, since)


def _each(rule: rrule, since: datetime) -> Iterator[datetime]:
    begin = max(since, rule._dtstart)
    step = _PERIODS.get(rule._freq, _DAY) * rule._interval
    if step < _DAY and any(map(rule._original_rule.get, _OF_DAYS)):
        return _on_days(rule, begin)
    return _soon_over(_nearer(rule, begin), begin)


def _on_days(rule: rrule, begin: datetime) -> Iterator[datetime]:
    """Give the moments of a rule for hours, minutes or seconds of certain days."""
    midnight = begin.replace(hour=0, minute=0, second=0, microsecond=0)
    daily: dict[str, Any] = {"freq": DAILY, "interval": 1, "bysetpos": None}
    daily |= {"byhour": 0, "byminute": 0, "bysecond": 0}
    on_any_day = rule.replace(**dict.fromkeys(_OF_DAYS))
    vain = 0
    for day in _soon_over(rule.replace(dtstart=midnight, **daily), midnight):
        vain += 1
        for moment in _nearer(on_any_day, day):
            if moment >= day + _DAY:
                break
            if moment >= day:
                vain = 0
                yield moment
        if vain == VAIN:
            msg = f"of its days, {VAIN} in a row have no such time"
            raise ValueError(msg)


_OF_DAYS: Final = ("bymonth", "bymonthday", "byyearday", "byweekno", "byweekday", "byeaster")


def _soon_over(rule: rrule, begin: datetime) -> Iterator[datetime]:
    """Give the moments of a rule for a hundred years from `begin` on at least.

    dateutil looks on to the end of the calendar where there are none. As days and weekdays are the
    same after 400 years, the rule is followed in the last ones.
    """
    later = (LAST_YEAR - begin.year) // CYCLE * CYCLE
    if later <= 0 or rule._byeaster:
        yield from rule
        return
    until = rule._until
    if until is not None:
        until = _moved(until, later) if until.year + later <= MAXYEAR else None
    for moment in rule.replace(dtstart=_moved(rule._dtstart, later), until=until):
        yield _moved(moment, -later)


def _moved(moment: datetime, years: int) -> datetime:
    return moment.replace(year=moment.year + years)


def _nearer(rule: rrule, since: datetime) -> rrule:
    """Return a rule that gives the same from a moment on, and does not count up to it first.

    Days and what is shorter are all alike, so the start may be moved by whole periods.
    """
    period = _PERIODS.get(rule._freq)
    if period is None:
        return rule
    step = period * rule._interval
    skipped = (since - rule._dtstart) // step
    return rule.replace(dtstart=rule._dtstart + skipped * step) if skipped > 0 else rule
