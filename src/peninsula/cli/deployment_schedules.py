"""Say when deployments run."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Final
from uuid import UUID

import typer

from peninsula.cli import deployment_runs, moments, output
from peninsula.cli.connect import ask
from peninsula.cli.options import Json, examples
from peninsula.cli.output import Column
from peninsula.core import codec
from peninsula.core.deployments import ChangedSchedule, WantedSchedule
from peninsula.core.errors import InvalidError
from peninsula.core.schedules import Catchup, Cron, Interval, RRule, Rule, Schedule, describe

if TYPE_CHECKING:
    from peninsula.client.api import Api

__all__ = ["app", "rule_of", "show"]

app = typer.Typer(
    help="Say when a deployment runs.",
    rich_markup_mode=None,
    no_args_is_help=True,
    add_completion=False,
)

Name = deployment_runs.Name

Which = Annotated[
    str,
    typer.Argument(
        metavar="SCHEDULE", help="Its slug, its id, or how that begins.", show_default=False
    ),
]

CronRule = Annotated[
    str | None, typer.Option("--cron", metavar="CRON", help='Like "30 2 * * 1-5", or @daily.')
]
IntervalRule = Annotated[
    str | None, typer.Option("--interval", metavar="SPAN", help="Every so often: 15m, 2h, 1d.")
]
RRuleRule = Annotated[
    str | None,
    typer.Option("--rrule", metavar="RRULE", help="A recurrence rule: FREQ=WEEKLY;BYDAY=MO."),
]
Timezone = Annotated[
    str, typer.Option("--timezone", metavar="ZONE", help="Whose clock is meant: Europe/Berlin.")
]

_COLUMNS: Final = (
    Column("ID"),
    Column("RULE", flexible=True),
    Column("TIME ZONE"),
    Column("NEXT RUN"),
    Column("CATCH-UP"),
)
_JITTER: Final = Column("JITTER")
_PARAMETERS: Final = Column("PARAMETERS", flexible=True)


def rule_of(cron: str | None, interval: str | None, rrule: str | None) -> Rule:
    """Return the rule that one of the options gives. Raises InvalidError."""
    given = [name for name, value in _named(cron, interval, rrule) if value is not None]
    if len(given) != 1:
        msg = f"Give one of --cron, --interval and --rrule, not {' and '.join(given) or 'none'}."
        raise InvalidError(msg)
    if cron is not None:
        return Cron(cron=cron)
    if rrule is not None:
        return RRule(rrule=rrule)
    return Interval(seconds=moments.span(interval or "").total_seconds())


def _named(
    cron: str | None, interval: str | None, rrule: str | None
) -> tuple[tuple[str, str | None], ...]:
    return ("--cron", cron), ("--interval", interval), ("--rrule", rrule)


def show(schedules: Sequence[Schedule]) -> None:
    """Print schedules as a table, with the columns that few have where one has something there."""
    now = datetime.now(UTC)
    columns, rows = list(_COLUMNS), [_row(each, now) for each in schedules]
    if any(each.jitter for each in schedules):
        columns.append(_JITTER)
        for row, each in zip(rows, schedules, strict=True):
            row.append(f"up to {moments.duration(each.jitter)}" if each.jitter else "")
    if any(each.parameters for each in schedules):
        columns.append(_PARAMETERS)
        for row, each in zip(rows, schedules, strict=True):
            row.append(codec.encode(each.parameters).decode() if each.parameters else "")
    output.show_table(columns, rows)


def _row(schedule: Schedule, now: datetime) -> list[str]:
    coming = moments.ago(schedule.next, now) if schedule.next is not None else ""
    return [
        schedule.slug or str(schedule.id)[:13],
        describe(schedule.rule),
        schedule.timezone,
        coming if schedule.active else "off",
        schedule.catchup,
    ]


@app.command(
    "ls",
    epilog=examples(
        "peninsula deployment schedule ls etl/nightly",
        "peninsula deployment schedule ls etl/nightly --json",
    ),
)
def list_schedules(name: Name, *, as_json: Json = False) -> None:
    """List the schedules of a deployment."""
    found = ask(lambda api: deployment_runs.find(api, name))
    if as_json:
        output.show_json(found.schedules)
    elif found.schedules:
        show(found.schedules)
    else:
        output.note(f"It has none. Add one: peninsula deployment schedule add {name} --cron @daily")


@app.command(
    epilog=examples(
        'peninsula deployment schedule add etl/nightly --cron "30 2 * * *"',
        "peninsula deployment schedule add etl/nightly --interval 15m --catchup latest",
        "peninsula deployment schedule add etl/nightly --rrule FREQ=DAILY",
    )
)
def add(
    name: Name,
    *,
    cron: CronRule = None,
    interval: IntervalRule = None,
    rrule: RRuleRule = None,
    timezone: Timezone = "UTC",
    slug: Annotated[
        str | None, typer.Option("--slug", metavar="TEXT", help="What it is called here.")
    ] = None,
    given: deployment_runs.Parameters = None,
    catchup: Annotated[
        str,
        typer.Option(
            "--catchup",
            metavar="RULE",
            help="Moments that pass while no server is there: none run, the latest, or all.",
        ),
    ] = "none",
    jitter: Annotated[
        str | None,
        typer.Option("--jitter", metavar="SPAN", help="By which each run may be later."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Give a deployment one more schedule."""
    if catchup not in set(Catchup):
        msg = f"--catchup takes {', '.join(Catchup)}, not {catchup!r}."
        raise InvalidError(msg)
    wanted = WantedSchedule(
        rule=rule_of(cron, interval, rrule),
        timezone=timezone,
        slug=slug,
        parameters=deployment_runs.parameters_of(given),
        catchup=Catchup(catchup),
        jitter=moments.span(jitter).total_seconds() if jitter is not None else 0.0,
    )
    _show_one(ask(lambda api: _add(api, name, wanted)), as_json=as_json)


async def _add(api: Api, name: str, wanted: WantedSchedule) -> Schedule:
    return await api.add_schedule((await deployment_runs.find(api, name)).id, wanted)


@app.command(epilog=examples("peninsula deployment schedule pause etl/nightly 0192f3c4"))
def pause(name: Name, schedule: Which, *, as_json: Json = False) -> None:
    """Have one schedule make no runs."""
    _show_one(ask(lambda api: _set_active(api, name, schedule, active=False)), as_json=as_json)


@app.command(epilog=examples("peninsula deployment schedule resume etl/nightly 0192f3c4"))
def resume(name: Name, schedule: Which, *, as_json: Json = False) -> None:
    """Have one schedule make runs again."""
    _show_one(ask(lambda api: _set_active(api, name, schedule, active=True)), as_json=as_json)


async def _set_active(api: Api, name: str, said: str, *, active: bool) -> Schedule:
    found = await _find(api, name, said)
    return await api.change_schedule(found.id, ChangedSchedule(active=active))


def _show_one(schedule: Schedule, *, as_json: bool) -> None:
    if as_json:
        output.show_json(schedule)
    else:
        show([schedule])


@app.command(
    "delete",
    epilog=examples(
        "peninsula deployment schedule delete etl/nightly 0192f3c4",
        "peninsula deployment schedule delete etl/nightly night --json",
    ),
)
def delete_schedule(name: Name, schedule: Which, *, as_json: Json = False) -> None:
    """Take a schedule from a deployment, with the run that it has made ahead."""
    gone = ask(lambda api: _delete(api, name, schedule))
    if as_json:
        output.show_json({"deleted": gone})
    else:
        output.show(output.text(f"Deleted schedule {gone}"))


async def _delete(api: Api, name: str, said: str) -> UUID:
    found = await _find(api, name, said)
    await api.delete_schedule(found.id)
    return found.id


async def _find(api: Api, name: str, said: str) -> Schedule:
    return deployment_runs.schedule_of(await deployment_runs.find(api, name), said)
