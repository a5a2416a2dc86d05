"""Read cron expressions, as Debian's cron does, and say when they fire."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, tzinfo
from typing import TYPE_CHECKING, Final

from msgspec import Struct

from peninsula.core.errors import InvalidError

if TYPE_CHECKING:
    from cronsim import CronSim

__all__ = ["Cron", "cron_times"]

FIELDS: Final = 5
"""With a sixth one, of seconds, it is no rule of cron, but of the time that passes."""

_NONE: Final = timedelta(0)
_LEAST: Final = timedelta(microseconds=1)
_SECOND: Final = timedelta(seconds=1)
_DAY: Final = timedelta(days=1)

_NICKNAMES: Final = {
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
    "@monthly": "0 0 1 * *",
    "@weekly": "0 0 * * 0",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@hourly": "0 * * * *",
}


class Cron(Struct, frozen=True, kw_only=True, tag="cron", tag_field="kind"):
    """The moments of a cron expression: minute, hour, day of the month, month, day of the week."""

    cron: str
    day_or: bool = True
    """Where both kinds of days are restricted: one of them is enough, as cron has it. Else both
    must fit."""


def cron_times(rule: Cron, zone: tzinfo, after: datetime) -> Iterator[datetime]:
    """Give the moments after one, in UTC. Raises InvalidError for what is no cron expression.

    What comes before `after` or doubles is the caller's to leave out.
    """
    fields = _expression(rule).split()
    if len(fields) == FIELDS and not fields[0].startswith("*") and not fields[1].startswith("*"):
        for moment in _parsed(rule, after.astimezone(zone)):
            yield moment.replace(tzinfo=moment.tzinfo or zone).astimezone(UTC)
    else:
        yield from _by_each(rule, zone, after)


def _by_each(rule: Cron, zone: tzinfo, after: datetime) -> Iterator[datetime]:
    """Give the moments of a rule for every hour or minute: of the time that passes.

    Between two turns of the clock it is a plain one. cronsim itself goes on by whole hours, and
    so loses half of one where a clock is turned by that.
    """
    at, offset = after, after.astimezone(zone).utcoffset() or _NONE
    while True:
        for wall in _parsed(rule, (at + offset).replace(tzinfo=None)):
            moment = wall.replace(tzinfo=UTC) - offset
            turn = _turn(zone, at, moment, offset)
            if turn is not None:
                at = turn - _LEAST
                offset = turn.astimezone(zone).utcoffset() or _NONE
                break
            yield moment
            at = moment
        else:
            return


def _turn(zone: tzinfo, start: datetime, end: datetime, offset: timedelta) -> datetime | None:
    """Return when the clock of a zone is turned, after `start` and not after `end`, to the second.

    Zones are turned weeks apart, so days are looked at, and then halves of one.
    """
    low = start
    while low < end:
        high = min(low + _DAY, end)
        if high.astimezone(zone).utcoffset() != offset:
            while high - low > _SECOND:
                middle = low + (high - low) / 2
                same = middle.astimezone(zone).utcoffset() == offset
                low, high = (middle, high) if same else (low, middle)
            return high.replace(microsecond=0)
        low = high
    return None


def _expression(rule: Cron) -> str:
    return _NICKNAMES.get(rule.cron.strip().lower(), rule.cron)


def _parsed(rule: Cron, after: datetime) -> CronSim:
    from cronsim import CronSim, CronSimError  # noqa: PLC0415  weight: few processes read schedules

    try:
        ticks = CronSim(_expression(rule), after)
    except CronSimError as problem:
        msg = (
            f"{rule.cron[:60]!r} is no cron expression: {problem}. Write minute, hour, day of the"
            ' month, month and day of the week: "30 2 * * 1-5" is half past two on weekdays.'
        )
        raise InvalidError(msg) from None
    ticks.day_and = ticks.day_and or not rule.day_or
    return ticks
