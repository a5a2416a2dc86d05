"""Say which flow runs failed with a resource, which passed, which come next."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from peninsula.cli import find, moments, output, runs, tree
from peninsula.cli.connect import ask
from peninsula.cli.options import Json, Limit, Since, Until, examples
from peninsula.cli.output import Column
from peninsula.core.answers import DeploymentUse, Impact, ImpactedRun

if TYPE_CHECKING:
    from peninsula.client.api import Api

app = typer.Typer(rich_markup_mode=None, add_completion=False)


@app.command(
    epilog=examples(
        "peninsula impact postgresql://db.internal/warehouse",
        "peninsula impact s3://lake --since 7d",
        "peninsula impact database-credentials/warehouse",
        "peninsula impact s3://lake --json | jq '.failed[].run.name'",
    )
)
def show(
    resource: Annotated[
        str,
        typer.Argument(
            metavar="RESOURCE",
            help="A system or path like s3://lake, a block like s3-bucket/lake, or the id of"
            " something of ours, as `peninsula resource ls` shows it.",
            show_default=False,
        ),
    ],
    *,
    since: Since = None,
    until: Until = None,
    limit: Limit = 100,
    as_json: Json = False,
) -> None:
    """Say which flow runs failed with a resource, which passed, which come next.

    A run that failed because of it is marked: its failure follows an event of the resource. Looks
    at the last 24 hours, if no time is given.
    """

    async def impact(api: Api) -> Impact:
        id_ = await find.find_resource(api, resource)
        return await api.impact(id_, after=since, before=until, limit=limit)

    found = ask(impact)
    if as_json:
        output.show_json(found)
    else:
        _show(found, resource, datetime.now(UTC))


def _show(found: Impact, said: str, now: datetime) -> None:
    failed, passed, other = found.counts
    of = f"of the last {found.followed} " if found.followed < failed else ""
    output.show(f"{said}, {moments.ago(found.since, now)} until now:")
    output.show(
        f"  {failed} failed ({of}{found.linked} because of it), {passed} passed, {other} neither"
    )
    for heading, impacted, count in (
        ("Failed", found.failed, failed),
        ("Passed", found.passed, passed),
        ("Neither", found.other, other),
    ):
        if impacted:
            cut = len(impacted) < count
            output.show_heading(f"{heading}, the last {len(impacted)}:" if cut else f"{heading}:")
            _show_runs(impacted, now)
    if found.next:
        output.show_heading("Will use it next:")
        runs.show_table(found.next, now)
    if found.deployments:
        output.show_heading("Deployments whose runs used it:")
        _show_deployments(found.deployments, now)
    listed = (found.failed, found.passed, found.other)
    if any(len(some) < count for some, count in zip(listed, found.counts, strict=True)):
        output.note("Not all runs are listed: see more with --limit, up to 1000.")
    if found.partial:
        output.note("More runs touched it then. Ask for less time: --since, --until.")


def _show_deployments(uses: Sequence[DeploymentUse], now: datetime) -> None:
    columns = (Column("DEPLOYMENT", flexible=True), Column("TOUCHED"), Column("NEXT RUN"))
    output.show_table(
        columns,
        [(use.name, moments.ago(use.touched, now), _next(use, now)) for use in uses],
    )


def _next(use: DeploymentUse, now: datetime) -> str:
    if use.paused:
        return "paused"
    return moments.ago(use.next, now) if use.next is not None else ""


def _show_runs(impacted: Sequence[ImpactedRun], now: datetime) -> None:
    columns = (
        Column("ID"),
        Column("STATE"),
        Column("RUN", flexible=True),
        Column("TOUCHED"),
        Column("TOOK", right=True),
        Column("BECAUSE OF IT"),
    )
    rows = [
        (
            short,
            runs.state_text(one.run.state),
            f"{one.run.flow or one.run.task} / {one.run.name}",
            moments.ago(one.touched, now),
            tree.took(one.run, now),
            "yes" if one.linked else "",
        )
        for short, one in zip(
            find.abbreviated([one.run.id for one in impacted]), impacted, strict=True
        )
    ]
    output.show_table(columns, rows)
