"""Write schedules as users do: `Cron("0 2 * * *", timezone="Europe/Berlin")`."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from peninsula.core import schedules
from peninsula.core.deployments import WantedSchedule
from peninsula.core.errors import InvalidError
from peninsula.core.schedules import Catchup, Rule, check_rule
from peninsula.sdk.deployments.values import jsonable

__all__ = ["WAYS", "Cron", "Interval", "RRule", "Schedule", "collected"]

Schedule = WantedSchedule
"""When a deployment is to run: what `Cron`, `Interval` and `RRule` return."""


def Cron(  # noqa: N802  Prefect's name
    cron: str,
    /,
    timezone: str | None = None,
    *,
    day_or: bool = True,
    active: bool = True,
    parameters: Mapping[str, Any] | None = None,
    slug: str | None = None,
    catchup: str = "none",
    jitter: float = 0.0,
) -> Schedule:
    """Return a schedule of the moments of a cron expression.

    Args:
        cron: Minute, hour, day of the month, month, day of the week; or `@daily` and the like.
        timezone: Whose clock is meant, `Europe/Berlin`; UTC by default.
        day_or: Off: where both kinds of days are restricted, both must fit.
        active: Whether it makes runs.
        parameters: They go before those of the deployment.
        slug: By which it stays itself when it is deployed again with another rule.
        catchup: What becomes of moments that pass while no server is there: `none` of them run,
            the `latest`, or `all`, a hundred at most.
        jitter: Seconds by which a run may be later, for each moment others.
    """
    rule = schedules.Cron(cron=cron, day_or=day_or)
    return _schedule(rule, timezone, active, parameters, slug, catchup, jitter)


def Interval(  # noqa: N802  Prefect's name
    interval: float | timedelta,
    /,
    anchor_date: datetime | None = None,
    timezone: str | None = None,
    *,
    active: bool = True,
    parameters: Mapping[str, Any] | None = None,
    slug: str | None = None,
    catchup: str = "none",
    jitter: float = 0.0,
) -> Schedule:
    """Return a schedule of every so many seconds, counted from `anchor_date`.

    From a day on they are counted on the clock of the time zone; the rest is as for `Cron`.
    """
    seconds = interval.total_seconds() if isinstance(interval, timedelta) else float(interval)
    if anchor_date is not None and anchor_date.tzinfo is None:
        zone = schedules.zone_of(timezone or "UTC")
        anchor_date = anchor_date.replace(tzinfo=zone)
    rule = schedules.Interval(seconds=seconds, anchor=anchor_date)
    return _schedule(rule, timezone, active, parameters, slug, catchup, jitter)


def RRule(  # noqa: N802  Prefect's name
    rrule: str,
    /,
    timezone: str | None = None,
    *,
    active: bool = True,
    parameters: Mapping[str, Any] | None = None,
    slug: str | None = None,
    catchup: str = "none",
    jitter: float = 0.0,
) -> Schedule:
    """Return a schedule of the moments of a recurrence rule: `FREQ=WEEKLY;BYDAY=MO`.

    The rest is as for `Cron`.
    """
    rule = schedules.RRule(rrule=rrule)
    return _schedule(rule, timezone, active, parameters, slug, catchup, jitter)


def _schedule(
    rule: Rule,
    timezone: str | None,
    active: bool,  # noqa: FBT001  handed on
    parameters: Mapping[str, Any] | None,
    slug: str | None,
    catchup: str,
    jitter: float,
) -> Schedule:
    if catchup not in set(Catchup):
        msg = f"The schedule has catchup={catchup!r}. Give one of: {', '.join(Catchup)}."
        raise InvalidError(msg)
    check_rule(rule, timezone or "UTC", datetime.now(UTC))
    return Schedule(
        rule=rule,
        timezone=timezone or "UTC",
        active=active,
        parameters=jsonable(parameters or {}),
        slug=slug,
        catchup=Catchup(catchup),
        jitter=jitter,
    )


WAYS: Final = ("cron", "interval", "rrule", "schedule", "schedules")
"""How schedules are given, each by itself."""


def collected(**ways: Any) -> tuple[Schedule, ...] | None:
    """Return the schedules that are given in one of these ways; None where none is said.

    Raises InvalidError when they are given in two.
    """
    given = {name: value for name, value in ways.items() if value is not None}
    if len(given) > 1:
        msg = f"Schedules are given by {' and by '.join(given)}. Give all of them by `schedules`."
        raise InvalidError(msg)
    if "schedules" in given:
        return tuple(map(_checked, given["schedules"]))
    if "schedule" in given:
        return (_checked(given["schedule"]),)
    for name, make in (("cron", Cron), ("interval", Interval), ("rrule", RRule)):
        value = given.get(name)
        if value is not None:
            several = value if isinstance(value, list | tuple) else [value]
            return tuple(make(each) for each in several)
    return None


def _checked(schedule: Any) -> Schedule:
    if not isinstance(schedule, Schedule):
        msg = f'{schedule!r} is no schedule. Give one like Cron("0 2 * * *").'
        raise InvalidError(msg)
    return schedule
