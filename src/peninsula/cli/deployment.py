"""Look at deployments, have them run, and say when they run."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Final
from uuid import UUID

import typer

from peninsula.cli import deployment_runs, deployment_schedules, lists, moments, output, paging
from peninsula.cli.connect import ask
from peninsula.cli.options import Json, Limit, examples
from peninsula.cli.output import Column
from peninsula.core import codec
from peninsula.core.deployments import Deployment
from peninsula.core.errors import InvalidError
from peninsula.core.filters import RunFilter
from peninsula.core.schedules import describe
from peninsula.core.states import StateType

if TYPE_CHECKING:
    from peninsula.client.api import Api

app = typer.Typer(
    help="Look at deployments, have them run, and say when they run.\n\n"
    "A deployment is a flow that others than its program start: by its name, and by schedules.",
    rich_markup_mode=None,
    no_args_is_help=True,
    add_completion=False,
)

Name = deployment_runs.Name

_COLUMNS: Final = (
    Column("DEPLOYMENT"),
    Column("SCHEDULES", flexible=True),
    Column("NEXT RUN"),
    Column("WORK POOL"),
    Column("TAGS", flexible=True),
)


@app.command(
    "ls",
    epilog=examples(
        "peninsula deployment ls",
        "peninsula deployment ls --flow etl --pool lake",
        "peninsula deployment ls --json | jq '.[] | .name'",
    ),
)
def list_deployments(
    *,
    text: Annotated[
        str | None, typer.Option("--text", metavar="TEXT", help="With this in flow or name.")
    ] = None,
    flow: Annotated[
        list[str] | None,
        typer.Option("--flow", metavar="FLOW", help="Of that flow. May be repeated: any of them."),
    ] = None,
    tag: Annotated[
        list[str] | None,
        typer.Option("--tag", metavar="TAG", help="With that tag. May be repeated: all of them."),
    ] = None,
    pool: Annotated[
        list[str] | None,
        typer.Option("--pool", metavar="NAME", help="Of that work pool. May be repeated."),
    ] = None,
    limit: Limit = 50,
    as_json: Json = False,
) -> None:
    """List deployments by flow and name."""
    found = ask(
        lambda api: paging.collect(
            lambda size, cursor: api.deployments(
                text=text,
                flows=tuple(flow or ()),
                tags=tuple(tag or ()),
                pools=tuple(pool or ()),
                limit=size,
                cursor=cursor,
            ),
            limit,
        )
    )
    lists.show(
        found,
        "deployments",
        lists.table(_COLUMNS, _row),
        nothing="No deployment is like that. Make one: peninsula deploy flow.py:nightly",
        as_json=as_json,
    )


def _row(deployment: Deployment, now: datetime) -> tuple[str, ...]:
    return (
        deployment.full_name,
        ", ".join(describe(each.rule) for each in deployment.schedules),
        _next(deployment, now),
        deployment.work_pool or "served",
        ", ".join(deployment.tags),
    )


def _next(deployment: Deployment, now: datetime) -> str:
    if deployment.paused:
        return "paused"
    coming = [each.next for each in deployment.schedules if each.next is not None]
    return moments.ago(min(coming), now) if coming else ""


@app.command(
    epilog=examples(
        "peninsula deployment inspect etl/nightly",
        "peninsula deployment inspect etl/nightly --json | jq .parameter_schema",
    )
)
def inspect(name: Name, *, as_json: Json = False) -> None:
    """Show what a deployment runs, with what, and when."""
    found, coming = ask(lambda api: _inspected(api, name))
    if as_json:
        output.show_json(found)
        return
    output.show_fields(_fields(found))
    if found.schedules:
        output.show_heading("Schedules")
        deployment_schedules.show(found.schedules)
    if coming:
        output.show_heading("Next runs")
        for at in coming:
            output.show(output.text(moments.zoned(at)))


async def _inspected(api: Api, name: str) -> tuple[Deployment, list[datetime]]:
    found = await deployment_runs.find(api, name)
    return found, [run.at for run in await api.next_runs(found.id, limit=3)]


def _fields(found: Deployment) -> list[tuple[str, str | None]]:
    parameters = codec.encode(found.parameters).decode() if found.parameters else None
    limit = found.concurrency_limit
    return [
        ("Deployment", found.full_name),
        ("Id", str(found.id)),
        ("Description", (found.description or "").strip().partition("\n")[0] or None),
        ("Version", found.version),
        ("Entrypoint", found.entrypoint),
        ("Folder", found.path),
        ("Pull steps", str(len(found.pull_steps)) if found.pull_steps else None),
        ("Parameters", parameters),
        ("Tags", ", ".join(found.tags) or None),
        ("Work pool", found.work_pool or "none: a process serves it"),
        ("Work queue", found.work_queue),
        ("Limit", f"{limit} at a time, {found.collision_strategy}" if limit else None),
        ("Paused", "yes: its schedules make no runs" if found.paused else None),
        ("Updated", moments.clock(found.updated)[:-4]),
    ]


# --- change --------------------------------------------------------------------------------------


@app.command(epilog=examples("peninsula deployment pause etl/nightly"))
def pause(name: Name, *, as_json: Json = False) -> None:
    """Have the schedules of a deployment make no runs. It can still be run by hand."""
    _show_changed(ask(lambda api: _set_paused(api, name, paused=True)), as_json=as_json)


@app.command(epilog=examples("peninsula deployment resume etl/nightly"))
def resume(name: Name, *, as_json: Json = False) -> None:
    """Have the schedules of a deployment make runs again."""
    _show_changed(ask(lambda api: _set_paused(api, name, paused=False)), as_json=as_json)


async def _set_paused(api: Api, name: str, *, paused: bool) -> Deployment:
    found = await deployment_runs.find(api, name)
    if paused:
        return await api.pause_deployment(found.id)
    return await api.resume_deployment(found.id)


def _show_changed(found: Deployment, *, as_json: bool) -> None:
    if as_json:
        output.show_json(found)
        return
    coming = _next(found, datetime.now(UTC))
    said = "is paused" if found.paused else f"runs {coming}" if coming else "has nothing to come"
    output.show(output.text(f"{found.full_name} {said}"))


@app.command(
    epilog=examples(
        "peninsula deployment delete etl/nightly",
        "peninsula deployment delete etl/nightly --yes --json",
    )
)
def delete(
    name: Name,
    *,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask first.")] = False,
    as_json: Json = False,
) -> None:
    """Delete a deployment. Its runs that wait do not run; those that were begun stay."""
    found = ask(lambda api: deployment_runs.find(api, name))
    if not yes and not typer.confirm(f"Delete {found.full_name}?", err=True):
        raise InvalidError("Nothing was deleted.")
    withheld = ask(lambda api: _deleted(api, found.id))
    if as_json:
        output.show_json({"deleted": found.id, "withheld": withheld})
    else:
        output.show(output.text(f"Deleted {found.full_name}"))
        if withheld:
            output.note(f"Runs that waited and do not run: {withheld}")


async def _deleted(api: Api, id_: UUID) -> int:
    """Return how many runs waited that do not run now."""
    waiting = RunFilter(deployments=(id_,), types=(StateType.SCHEDULED,))
    before = (await api.run_counts(waiting)).total
    await api.delete_deployment(id_)
    return before - (await api.run_counts(waiting)).total


app.command(
    epilog=examples(
        "peninsula deployment run etl/nightly -p day=2026-01-31",
        "peninsula deployment run etl/nightly --at 2026-01-31T02:00 --tag adhoc",
        "peninsula deployment run etl/nightly --watch",
    )
)(deployment_runs.run)
app.command(
    epilog=examples(
        "peninsula deployment backfill etl/nightly --from 2026-01-01 --to 2026-02-01",
        "peninsula deployment backfill etl/nightly --from 7d --to 0s --moment-as day",
        "peninsula deployment backfill etl/nightly --from 7d --to 1d --cron @daily",
    )
)(deployment_runs.backfill)
app.add_typer(deployment_schedules.app, name="schedule")
