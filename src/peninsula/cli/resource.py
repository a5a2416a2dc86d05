"""Look at what runs and events are about: systems, files, pods, runs."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Final, NamedTuple

import typer

from peninsula.cli import events, find, lists, moments, output, paging, runs, tree
from peninsula.cli.connect import ask
from peninsula.cli.options import Json, Limit, examples
from peninsula.cli.output import Column
from peninsula.core.answers import LoggedEvent, ResourceDetail, ResourceEntry, TouchingRun

if TYPE_CHECKING:
    from peninsula.client.api import Api

app = typer.Typer(
    help="Look at what runs and events are about: systems, files, pods, runs.\n\n"
    "A resource outside is known by its URI, like s3://lake; one of ours by its id, like "
    "peninsula.flow-run.0192f3c4-….",
    rich_markup_mode=None,
    no_args_is_help=True,
    add_completion=False,
)

LATEST: Final = 10
"""Events and runs that `inspect` shows."""

_NONE_LIKE_THAT: Final = "No resource is like that. All of them: peninsula resource ls"
_NONE: Final = (
    "No event names a resource yet: flows tell of theirs by emit_event. By hand:"
    " peninsula event emit orders.loaded --resource s3://lake/orders.parquet"
)

_COLUMNS: Final = (
    Column("KIND"),
    Column("RESOURCE", flexible=True),
    Column("EVENTS", right=True),
    Column("LAST"),
)


@app.command(
    "ls",
    epilog=examples(
        "peninsula resource ls",
        "peninsula resource ls --kind s3 --kind postgresql",
        "peninsula resource ls --system s3://lake --text orders",
    ),
)
def list_resources(
    *,
    kind: Annotated[
        list[str] | None,
        typer.Option(
            "--kind", metavar="KIND", help="Like s3, postgresql, artifact. May be repeated."
        ),
    ] = None,
    system: Annotated[
        str | None, typer.Option("--system", metavar="ID", help="In that system, like s3://lake.")
    ] = None,
    text: Annotated[
        str | None, typer.Option("--text", metavar="TEXT", help="With this in id or name.")
    ] = None,
    limit: Limit = 25,
    as_json: Json = False,
) -> None:
    """List resources, that with the latest event first.

    Runs are not listed here: `peninsula flow-run ls` does, and `inspect` knows them by their ids.
    """
    found = ask(
        lambda api: paging.collect(
            lambda size, cursor: api.resources(
                kinds=tuple(kind or ()), system=system, text=text, limit=size, cursor=cursor
            ),
            limit,
        )
    )
    lists.show(
        found,
        "resources",
        _show,
        nothing=_NONE_LIKE_THAT if kind or system or text else _NONE,
        as_json=as_json,
    )


def _show(entries: Sequence[ResourceEntry], now: datetime) -> None:
    rows = [
        (entry.kind, _called(entry), str(entry.events), moments.ago(entry.last, now))
        for entry in entries
    ]
    output.show_table(_COLUMNS, rows)


def _called(entry: ResourceEntry) -> str:
    return f"{entry.id}  {entry.name}" if entry.name else entry.id


# --- inspect -------------------------------------------------------------------------------------


class _Found(NamedTuple):
    resource: ResourceDetail
    runs: tuple[TouchingRun, ...]
    events: tuple[LoggedEvent, ...]
    called: events.Called


@app.command(
    epilog=examples(
        "peninsula resource inspect s3://lake",
        "peninsula resource inspect postgresql://db/warehouse --json | jq .runs",
    )
)
def inspect(
    resource: Annotated[
        str,
        typer.Argument(
            metavar="ID",
            help="As `ls` shows it; of a run, peninsula.flow-run.<its id>.",
            show_default=False,
        ),
    ],
    *,
    as_json: Json = False,
) -> None:
    """Say what happened to a resource, and to the runs that touched it."""
    if as_json:
        output.show_json(ask(lambda api: api.resource(resource)))
        return
    found = ask(lambda api: _inspect(api, resource))
    _show_details(found, datetime.now(UTC))


async def _inspect(api: Api, id_: str) -> _Found:
    resource = await api.resource(id_)
    touching = await api.resource_runs(id_, limit=LATEST)
    happened = await api.resource_events(id_, limit=LATEST)
    called = await events.with_names(api, happened.items)
    return _Found(resource, touching.items, happened.items, called)


def _show_details(found: _Found, now: datetime) -> None:
    entry = found.resource
    labels = "\n".join(f"{key}={value}" for key, value in entry.labels.items())
    output.show_fields(
        [
            ("id", entry.id),
            ("name", entry.name),
            ("kind", entry.kind),
            ("system", entry.system if entry.system != entry.id else None),
            ("labels", labels or None),
            ("first seen", f"{moments.clock(entry.first)} ({moments.ago(entry.first, now)})"),
            ("last seen", f"{moments.clock(entry.last)} ({moments.ago(entry.last, now)})"),
            ("events", str(entry.events)),
            (_whose_runs(entry), runs.state_counts(entry.runs) or None),
        ]
    )
    if found.runs:
        output.show_heading("Runs that touched it, the last one first:")
        _show_runs(found.runs, now)
    if found.events:
        output.show_heading("What happened last:")
        events.show_table(found.events, found.called, now)


def _whose_runs(entry: ResourceDetail) -> str:
    return f"newest {sum(entry.runs.values()):,} runs" if entry.partial else "runs"


def _show_runs(touching: tuple[TouchingRun, ...], now: datetime) -> None:
    columns = (
        Column("ID"),
        Column("STATE"),
        Column("RUN", flexible=True),
        Column("TOUCHED"),
        Column("TOOK", right=True),
    )
    ids = find.abbreviated([one.run.id for one in touching])
    rows = [
        (
            short,
            runs.state_text(one.run.state),
            f"{one.run.flow or one.run.task} / {one.run.name}",
            moments.ago(one.last, now),
            tree.took(one.run, now),
        )
        for short, one in zip(ids, touching, strict=True)
    ]
    output.show_table(columns, rows)
