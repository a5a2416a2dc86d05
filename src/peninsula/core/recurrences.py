"""Read recurrence rules of calendars (RFC 5545), and say when they fire."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, tzinfo
from typing import TYPE_CHECKING, Final

from msgspec import Struct

from peninsula.core.errors import InvalidError

if TYPE_CHECKING:
    from dateutil.rrule import rrule, rruleset

__all__ = ["RRule", "rrule_times"]

LONGEST: Final = 6_500
"""Characters of a rule, as in Prefect."""

FIRST: Final = datetime(2020, 1, 1)  # noqa: DTZ001  of a clock on the wall, wherever that is
"""When a rule begins that has no DTSTART, as in Prefect."""

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
        for local in _nearer(_parsed(rule, zone), since).xafter(since):
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


def _nearer(rule: rrule | rruleset, since: datetime) -> rrule | rruleset:
    """Return a rule that gives the same from a moment on, and does not count up to it first.

    Days and what is shorter are all alike, so the start may be moved by whole periods.
    """
    period = _PERIODS.get(getattr(rule, "_freq", -1))
    if period is None or getattr(rule, "_count", None) is not None:
        return rule
    start: datetime = rule._dtstart  # noqa: SLF001
    step = period * rule._interval  # noqa: SLF001
    skipped = (since - start) // step
    return rule.replace(dtstart=start + skipped * step) if skipped > 0 else rule


_PERIODS: Final = {
    2: timedelta(weeks=1),
    3: timedelta(days=1),
    4: timedelta(hours=1),
    5: timedelta(minutes=1),
    6: timedelta(seconds=1),
}
"""By `dateutil.rrule`'s numbers of frequencies; months and years are not all alike, and few."""
