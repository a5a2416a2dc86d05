"""Read cron expressions, as Debian's cron does, and say when they fire."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, tzinfo
from typing import TYPE_CHECKING, Final

from msgspec import Struct

from peninsula.core.errors import InvalidError

if TYPE_CHECKING:
    from cronsim import CronSim

__all__ = ["Cron", "cron_times"]

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
    ticks = _parsed(rule, after.astimezone(zone))
    for moment in ticks:
        yield moment.replace(tzinfo=moment.tzinfo or zone).astimezone(UTC)


def _parsed(rule: Cron, after: datetime) -> CronSim:
    from cronsim import CronSim, CronSimError  # noqa: PLC0415  weight: few processes read schedules

    expression = _NICKNAMES.get(rule.cron.strip().lower(), rule.cron)
    try:
        ticks = CronSim(expression, after)
    except CronSimError as problem:
        msg = (
            f"{rule.cron[:60]!r} is no cron expression: {problem}. Write minute, hour, day of the"
            ' month, month and day of the week: "30 2 * * 1-5" is half past two on weekdays.'
        )
        raise InvalidError(msg) from None
    ticks.day_and = ticks.day_and or not rule.day_or
    return ticks
