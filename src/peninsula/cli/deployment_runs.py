"""Have a deployment run: now, later, or for all moments of a span of time."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any
from uuid import UUID

import typer
from msgspec import structs

from peninsula.cli import moments, output, runs
from peninsula.cli.connect import ask
from peninsula.cli.options import Json
from peninsula.cli.parameter_options import named_value
from peninsula.core.deployments import Backfill, Backfilled, Deployment, WantedRun
from peninsula.core.errors import InvalidError, NotFoundError
from peninsula.core.runs import Run
from peninsula.core.schedules import Cron, Schedule
from peninsula.core.states import StateType

if TYPE_CHECKING:
    from peninsula.client.api import Api

__all__ = ["Name", "Parameters", "backfill", "find", "parameters_of", "run", "schedule_of"]

Name = Annotated[
    str,
    typer.Argument(metavar="FLOW/NAME", help="Flow and deployment, or the id.", show_default=False),
]

Parameters = Annotated[
    list[str] | None,
    typer.Option(
        "--parameter",
        "-p",
        metavar="KEY=VALUE",
        help="A parameter of the flow; the value is JSON, else text. May be repeated.",
    ),
]
Tags = Annotated[
    list[str] | None, typer.Option("--tag", metavar="TAG", help="Of the runs. May be repeated.")
]


async def find(api: Api, said: str) -> Deployment:
    """Return the deployment meant. Raises NotFoundError, or InvalidError: it could be several."""
    try:
        return await api.deployment(UUID(said))
    except ValueError:
        pass
    if "/" in said:
        return await api.deployment_by_name(said)
    # A name alone is enough where only one flow has it.
    page = await api.deployments(text=said, limit=200)
    named = [each for each in page.items if each.name == said]
    if len(named) > 1:
        there = ", ".join(each.full_name for each in named)
        msg = f"Several deployments are called {said!r}. Give the flow, too: {there}."
        raise InvalidError(msg)
    return named[0] if named else await api.deployment_by_name(said)


def _start(text: str) -> datetime:
    """Return the moment that an option names: what is to start does so in time to come."""
    try:
        return _to_come(text) or datetime.fromisoformat(text).astimezone(UTC)
    except (InvalidError, ValueError, OverflowError):
        msg = (
            f"{text!r} is no time to start at. Write how long from now, like +15m or +2h, or when,"
            " like 2026-01-31T02:13 or 2026-01-31T02:13:00Z."
        )
        raise typer.BadParameter(msg) from None


def _bound(text: str) -> datetime:
    """Return the moment that an end of a span of time names, which may be past or to come."""
    try:
        return _to_come(text) or moments.moment(text, datetime.now(UTC))
    except InvalidError as problem:
        raise typer.BadParameter(problem.message) from None


def _to_come(text: str) -> datetime | None:
    """Return the moment that `+15m` names, None for anything else. Raises InvalidError."""
    return datetime.now(UTC) + moments.span(text[1:]) if text[:1] == "+" else None


def run(
    name: Name,
    *,
    given: Parameters = None,
    at: Annotated[
        datetime | None,
        typer.Option(
            "--at",
            metavar="TIME",
            parser=_start,
            help="When it is to start: 2026-01-31T02:13, or +15m from now.",
        ),
    ] = None,
    run_name: Annotated[
        str | None, typer.Option("--name", metavar="TEXT", help="What the run is called.")
    ] = None,
    tag: Tags = None,
    key: Annotated[
        str | None,
        typer.Option("--key", metavar="TEXT", help="Asked with it again, it is the same run."),
    ] = None,
    watch: Annotated[
        bool,
        typer.Option("--watch", help="Show it until it ends. The exit code is 0 if it Completed."),
    ] = False,
    as_json: Json = False,
) -> None:
    """Have a deployment run. Who serves it, or a worker of its pool, starts the run."""
    wanted = WantedRun(
        parameters=parameters_of(given),
        due=at,
        name=run_name,
        tags=tuple(tag or ()),
        key=key,
    )
    made = ask(lambda api: _run(api, name, wanted))
    if watch:
        raise typer.Exit(ask(lambda api: _watch(api, made, as_json=as_json)))
    if as_json:
        output.show_json(made)
        return
    output.show(runs.state_text(made.state) + f"  {made.flow} / {made.name}")
    output.note(f"See it happen: peninsula flow-run watch {made.id}")


async def _run(api: Api, name: str, wanted: WantedRun) -> Run:
    return await api.run_deployment((await find(api, name)).id, wanted)


async def _watch(api: Api, made: Run, *, as_json: bool) -> int:
    from peninsula.cli import watching  # noqa: PLC0415  weight: not for --help

    ended = await watching.watch(api, str(made.id), with_logs=False, as_json=as_json)
    return 0 if ended is StateType.COMPLETED else 1


def backfill(
    name: Name,
    *,
    since: Annotated[
        datetime,
        typer.Option(
            "--from",
            metavar="TIME",
            parser=_bound,
            help="From then on: 2026-01-01, or 7d, which is seven days ago.",
        ),
    ],
    until: Annotated[
        datetime,
        typer.Option(
            "--to", metavar="TIME", parser=_bound, help="Before then: 0s is now, +1d tomorrow."
        ),
    ],
    schedule: Annotated[
        str | None,
        typer.Option(
            "--schedule",
            metavar="SCHEDULE",
            help="Whose moments are meant, where there are several: its slug, or its id.",
        ),
    ] = None,
    cron: Annotated[
        str | None,
        typer.Option("--cron", metavar="CRON", help="Moments of this, and of no schedule."),
    ] = None,
    timezone: Annotated[
        str | None, typer.Option("--timezone", metavar="ZONE", help="Whose clock is meant.")
    ] = None,
    given: Parameters = None,
    moment_as: Annotated[
        str | None,
        typer.Option(
            "--moment-as",
            metavar="KEY",
            help="A parameter that is set to the moment of each run.",
        ),
    ] = None,
    key: Annotated[
        str,
        typer.Option(
            "--key", metavar="TEXT", help="By which they are known; another one runs them again."
        ),
    ] = "backfill",
    tag: Tags = None,
    as_json: Json = False,
) -> None:
    """Make a run for each moment of a schedule in a span of time.

    Each is made once; asked for again, those that were cancelled start again. Other parameters
    have another --key.
    """
    wanted = Backfill(
        start=since,
        end=until,
        rule=Cron(cron=cron) if cron is not None else None,
        timezone=timezone,
        parameters=parameters_of(given),
        parameter=moment_as,
        key=key,
        tags=tuple(tag or ()),
    )
    made = ask(lambda api: _backfill(api, name, wanted, schedule))
    if as_json:
        output.show_json(made)
        return
    first, last = moments.clock(made.moments[0])[:-4], moments.clock(made.moments[-1])[:-4]
    new = len(made.runs) - made.known - made.again
    made_of = "1 run" if new == 1 else f"{new or 'no'} runs"
    output.show(output.text(f"Made {made_of}, for {first} to {last}"))
    if made.again:
        output.note(f"{made.again} had been cancelled, and start again.")
    if made.known:
        output.note(f"{made.known} were there already. Run them again with another --key.")


async def _backfill(api: Api, name: str, wanted: Backfill, schedule: str | None) -> Backfilled:
    of = await find(api, name)
    if schedule is not None:
        wanted = structs.replace(wanted, schedule=schedule_of(of, schedule).id)
    return await api.backfill(of.id, wanted)


def schedule_of(of: Deployment, said: str) -> Schedule:
    """Return a schedule by its slug, its id, or how that begins. Raises NotFoundError."""
    found = [each for each in of.schedules if said in {each.slug, str(each.id)}]
    found = found or [each for each in of.schedules if str(each.id).startswith(said)]
    if len(found) != 1:
        there = ", ".join(each.slug or str(each.id)[:13] for each in of.schedules) or "none"
        msg = f"{of.full_name} has no single schedule {said!r}. It has: {there}."
        raise NotFoundError(msg)
    return found[0]


def parameters_of(given: list[str] | None) -> dict[str, Any]:
    """Return the parameters that options say."""
    return dict(named_value(each) for each in given or ())
