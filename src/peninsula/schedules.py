"""When deployments run: `Cron("0 2 * * *", timezone="Europe/Berlin")`, `Interval`, `RRule`."""

from peninsula.sdk.deployments.rules import Cron, Interval, RRule, Schedule

__all__ = ["Cron", "Interval", "RRule", "Schedule"]
