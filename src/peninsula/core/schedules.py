"""Decide when schedules fire: at moments that a rule gives, in the time of a place."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, tzinfo
from enum import StrEnum
from hashlib import blake2b
from itertools import islice
from typing import Any, Final, TypeAlias, assert_never
from uuid import UUID
from zoneinfo import ZoneInfo

from msgspec import Struct

from peninsula.core.cron import Cron, cron_times
from peninsula.core.errors import InvalidError
from peninsula.core.events import check_moment
from peninsula.core.recurrences import RRule, rrule_times

__all__ = [
    "CATCHUP_MOST",
    "GRACE",
    "Catchup",
    "Cron",
    "Interval",
    "RRule",
    "Rule",
    "Schedule",
    "check_rule",
    "describe",
    "jittered",
    "next_times",
    "times",
    "zone_of",
]

CATCHUP_MOST: Final = 100
"""Runs that are made at most of times that passed while no server was there."""

GRACE: Final = timedelta(seconds=60)
"""A moment that passed longer ago was missed: no server was there, or its clock was put forward."""

LONGEST_INTERVAL: Final = 100 * 366 * 86_400.0

_DAY: Final = timedelta(days=1)


class Interval(Struct, frozen=True, kw_only=True, tag="interval", tag_field="kind"):
    """Every so many seconds, counted from a moment.

    Below a day that is time that passes; from a day on it is counted on the clock on the wall, so
    that what runs at six does so in summer and in winter.
    """

    seconds: float
    anchor: datetime | None = None
    """None: the moment at which the schedule was made."""


Rule: TypeAlias = Cron | Interval | RRule


class Catchup(StrEnum):
    """What becomes of times that passed while no server was there to make their runs."""

    NONE = "none"
    """They are skipped."""
    LATEST = "latest"
    """The newest of them runs."""
    ALL = "all"
    """Each of them runs, a hundred at most."""


class Schedule(Struct, frozen=True, kw_only=True):
    """When a deployment is to run."""

    id: UUID
    deployment: UUID
    rule: Rule
    timezone: str = "UTC"
    """A name of the IANA database, `Europe/Berlin`: its clock is what the rule is about."""
    active: bool = True
    parameters: dict[str, Any] = {}
    """They go before those of the deployment."""
    catchup: Catchup = Catchup.NONE
    jitter: float = 0.0
    """Seconds by which a run may be later than the rule says; for each moment it is another."""
    slug: str | None = None
    """By which a deployment is deployed again without doubling its schedules."""
    anchor: datetime
    """What intervals are counted from, where the rule says nothing else."""
    next: datetime | None = None
    """The moment that the rule gives next; None when there is none."""
    created: datetime
    updated: datetime


# --- when ----------------------------------------------------------------------------------------


def next_times(schedule: Schedule, after: datetime, n: int) -> list[datetime]:
    """Return the next moments after one, in UTC, `n` at most: fewer when the rule ends."""
    return list(islice(times(schedule.rule, schedule.timezone, schedule.anchor, after), n))


def times(rule: Rule, timezone: str, anchor: datetime, after: datetime) -> Iterator[datetime]:
    """Give the moments of a rule that are after one: in UTC, each once, in order.

    A time of day that the clock on the wall skips comes when it has been put forward, by a cron
    rule, else as much later (RFC 5545, 3.3.5); one that it shows twice comes once, at the first.
    What a cron rule gives for every hour or minute is for each; a recurrence rule counts on the
    clock on the wall, where the hour that is shown again is none.
    """
    zone = zone_of(timezone)
    last = after.astimezone(UTC)
    for moment in _moments(rule, zone, anchor, last):
        if moment > last:
            last = moment
            yield moment


def _moments(rule: Rule, zone: tzinfo, anchor: datetime, after: datetime) -> Iterator[datetime]:
    match rule:
        case Cron():
            return cron_times(rule, zone, after)
        case Interval():
            return _interval_times(rule, zone, rule.anchor or anchor, after)
        case RRule():
            return rrule_times(rule, zone, after)
        case _:
            assert_never(rule)


def _interval_times(
    rule: Interval, zone: tzinfo, anchor: datetime, after: datetime
) -> Iterator[datetime]:
    step = timedelta(seconds=rule.seconds)
    elapsed = step < _DAY
    # Without a zone, datetimes are those of a clock on the wall: no hour is skipped or doubled.
    start = anchor.astimezone(UTC if elapsed else zone).replace(tzinfo=None)
    here = after.astimezone(UTC if elapsed else zone).replace(tzinfo=None)
    # Two days of slack: the clock on the wall is never farther from the one that passes.
    count = (here - start - (timedelta(0) if elapsed else 2 * _DAY)) // step
    while True:
        try:
            local = start + count * step
            yield local.replace(tzinfo=UTC if elapsed else zone).astimezone(UTC)
        except OverflowError:
            return  # the calendar ends
        count += 1


def jittered(schedule: Schedule, moment: datetime) -> datetime:
    """Return when the run of a moment is to start: the same on each server that is asked."""
    if not schedule.jitter:
        return moment
    drawn = blake2b(f"{schedule.id} {moment.isoformat()}".encode(), digest_size=8).digest()
    return moment + timedelta(seconds=schedule.jitter) * (int.from_bytes(drawn) / (1 << 64))


# --- checks --------------------------------------------------------------------------------------


def zone_of(name: str) -> tzinfo:
    """Return a time zone by its name. Raises InvalidError."""
    if name == "UTC":
        return UTC
    try:
        return ZoneInfo(name)
    except (OSError, ValueError, LookupError):
        msg = (
            f"{name[:60]!r} is no time zone. Give a name of the IANA database, like Europe/Berlin,"
            " America/New_York or UTC."
        )
        raise InvalidError(msg) from None


def check_rule(rule: Rule, timezone: str, anchor: datetime) -> None:
    """Refuse a rule that cannot be read, and one that never fires after `anchor`."""
    zone_of(timezone)
    if isinstance(rule, Interval) and not 1.0 <= rule.seconds <= LONGEST_INTERVAL:
        msg = f"An interval of {rule.seconds:g} s cannot be kept. Give a second or more."
        raise InvalidError(msg)
    if isinstance(rule, Interval) and rule.anchor is not None:
        check_moment("anchor", rule.anchor)
    if next(times(rule, timezone, anchor, anchor), None) is None:
        msg = f"The schedule {describe(rule)} gives no moment from {anchor:%Y-%m-%d %H:%M} on."
        raise InvalidError(msg)


def describe(rule: Rule) -> str:
    """Return a rule in a few words: `cron 0 2 * * *`, `every 1h 30m`, `rrule FREQ=DAILY`."""
    match rule:
        case Cron():
            return f"cron {rule.cron}"
        case Interval():
            return f"every {_span(rule.seconds)}"
        case RRule():
            return f"rrule {rule.rrule}"
        case _:
            assert_never(rule)


def _span(seconds: float) -> str:
    """Return a span as people write it for an interval: `1d`, `1h 30m`, `2.5s`."""
    parts = []
    for unit, length in (("d", 86_400), ("h", 3_600), ("m", 60)):
        whole, seconds = divmod(seconds, length)
        if whole:
            parts.append(f"{whole:.0f}{unit}")
    if seconds or not parts:
        parts.append(f"{seconds:g}s")
    return " ".join(parts)
