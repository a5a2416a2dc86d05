"""Look at flow runs, follow them, start them again, cancel and delete them."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from peninsula.cli import (
    cancelling,
    find,
    logs,
    many_runs,
    moments,
    output,
    run_lists,
    runs,
    starts,
    watching,
)
from peninsula.cli.connect import ask
from peninsula.cli.options import Json, Limit, Since, Until, examples
from peninsula.cli.run_options import (
    AnyRun,
    JsonLines,
    Level,
    Name,
    Own,
    RunArgument,
    SortKey,
    States,
    Tags,
    Tail,
    Text,
)
from peninsula.core.errors import ConflictError
from peninsula.core.filters import RunFilter, sorting
from peninsula.core.runs import Run
from peninsula.core.states import StateType

if TYPE_CHECKING:
    from peninsula.client.api import Api

app = typer.Typer(
    help="Look at flow runs, follow them, start them again, cancel and delete them.\n\n"
    "RUN is the id of a flow run, how its id begins, or its name.",
    rich_markup_mode=None,
    no_args_is_help=True,
    add_completion=False,
)


# --- ls ------------------------------------------------------------------------------------------


@app.command(
    "ls",
    epilog=examples(
        "peninsula flow-run ls",
        "peninsula flow-run ls --state failed --since 24h",
        "peninsula flow-run ls --flow nightly --sort -duration",
        "peninsula flow-run ls --json | jq '.[] | .name'",
    ),
)
def list_runs(
    *,
    state: States = None,
    flow: Annotated[
        list[str] | None,
        typer.Option("--flow", metavar="NAME", help="Of that flow. May be repeated: any of them."),
    ] = None,
    name: Name = None,
    tag: Tags = None,
    since: Since = None,
    until: Until = None,
    sort: SortKey = "-expected",
    limit: Limit = 25,
    as_json: Json = False,
) -> None:
    """List flow runs, those that were to start last first."""
    types, names = run_lists.states_of(state or [])
    wanted = RunFilter(
        types=types,
        state_names=names,
        flows=tuple(flow or ()),
        text=name,
        tags=tuple(tag or ()),
        expected_after=since,
        expected_before=until,
    )
    order = sorting(sort)
    found = ask(lambda api: run_lists.collect(api, wanted, order, limit))
    run_lists.show(found, wanted, as_json=as_json)


# --- inspect -------------------------------------------------------------------------------------


@app.command(
    epilog=examples(
        "peninsula flow-run inspect brisk-otter",
        "peninsula flow-run inspect 0192f3c4-7a1b",
        "peninsula flow-run inspect brisk-otter --json | jq .parameters",
    )
)
def inspect(
    run: AnyRun,
    *,
    as_json: Json = False,
) -> None:
    """Say what a run is, and what failed below it.

    Its state and message come first, then times, parameters and counts of its tasks.
    """
    found = ask(lambda api: _inspect(api, run, details=not as_json))
    if as_json:
        output.show_json(found.run)
    else:
        runs.show_details(found, datetime.now(UTC))


async def _inspect(api: Api, said: str, *, details: bool) -> runs.Details:
    run = await find.find_run(api, said)
    return await runs.details(api, run) if details else runs.Details(run)


# --- logs ----------------------------------------------------------------------------------------


@app.command(
    "logs",
    epilog=examples(
        "peninsula flow-run logs brisk-otter",
        "peninsula flow-run logs brisk-otter --level warning",
        "peninsula flow-run logs brisk-otter --tail 20 --follow",
        "peninsula flow-run logs 0192f3c4-7a1b --json | jq -r .message",
    ),
)
def show_logs(
    run: AnyRun,
    *,
    level: Level = None,
    text: Text = None,
    own: Own = False,
    tail: Tail = None,
    follow: Annotated[
        bool, typer.Option("--follow", "-f", help="Go on until the run ends.")
    ] = False,
    as_json: JsonLines = False,
) -> None:
    """Print what a run and everything below it logged."""
    wanted = logs.Wanted(
        level=logs.level_of(level) if level else None, text=text, below=not own, tail=tail
    )
    ask(lambda api: _logs(api, run, wanted, follow=follow, as_json=as_json))


async def _logs(api: Api, said: str, wanted: logs.Wanted, *, follow: bool, as_json: bool) -> None:
    run = await find.find_run(api, said)
    await logs.show(api, run, wanted, follow=follow, as_json=as_json)


# --- watch ---------------------------------------------------------------------------------------


@app.command(
    epilog=examples(
        "peninsula flow-run watch brisk-otter",
        "peninsula flow-run watch brisk-otter --logs",
        "peninsula flow-run watch brisk-otter && echo it went well",
    )
)
def watch(
    run: RunArgument,
    *,
    with_logs: Annotated[
        bool, typer.Option("--logs", help="Print what is logged, above the tree.")
    ] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print each run as it changes, as JSON in a line.")
    ] = False,
) -> None:
    """Show a run and all below it as a tree, until it ends.

    The exit code is 0 if the run is Completed in the end, else 1. Of a run that is over, the tree
    is printed as it ended.
    """
    state = ask(lambda api: watching.watch(api, run, with_logs=with_logs, as_json=as_json))
    raise typer.Exit(0 if state is StateType.COMPLETED else 1)


# --- start again ---------------------------------------------------------------------------------

app.command(
    epilog=examples(
        "peninsula flow-run retry brisk-otter",
        "peninsula flow-run retry 0192f3c4-7a1b --json | jq .state.name",
    )
)(starts.retry)
app.command(
    epilog=examples(
        "peninsula flow-run pause brisk-otter", "peninsula flow-run pause brisk-otter --json"
    )
)(starts.pause)
app.command(
    epilog=examples(
        "peninsula flow-run suspend brisk-otter", "peninsula flow-run suspend brisk-otter --json"
    )
)(starts.suspend)
app.command(
    epilog=examples(
        "peninsula flow-run resume brisk-otter",
        "peninsula flow-run resume brisk-otter --input approved=true",
    )
)(starts.resume)
app.command(epilog=examples("peninsula flow-run execute"))(starts.execute)


# --- cancel, delete ------------------------------------------------------------------------------


@app.command(
    epilog=examples(
        "peninsula flow-run cancel brisk-otter",
        'peninsula flow-run cancel brisk-otter --message "wrong day"',
    )
)
def cancel(
    run: RunArgument,
    *,
    message: cancelling.Message = None,
    as_json: Json = False,
) -> None:
    """Ask a flow run to end. One that has not begun is Cancelled at once."""
    cancelled = ask(lambda api: _cancel(api, run, message))
    cancelling.show(cancelled, as_json=as_json)


async def _cancel(api: Api, said: str, message: str | None) -> Run:
    run = await find.find_flow_run(api, said)
    return await api.cancel(run.id, message)


@app.command(
    epilog=examples(
        "peninsula flow-run delete brisk-otter",
        "peninsula flow-run delete 0192f3c4-7a1b --yes --json",
    )
)
def delete(
    run: RunArgument,
    *,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask first.")] = False,
    as_json: Json = False,
) -> None:
    """Delete a flow run that is over, and all below it.

    Its events and logs go with it, for good.
    """
    found = ask(lambda api: find.find_flow_run(api, run))
    if not yes:
        began = moments.clock(found.started) if found.started else "never"
        _confirm(
            f"Delete {found.flow} / {found.name} (begun {began}, {found.state.name}) for good?"
        )
    ask(lambda api: api.delete(found.id))
    if as_json:
        output.show_json({"deleted": found.id})
    else:
        output.show(output.text(f"Deleted {found.flow} / {found.name} ({found.id})"))


app.command(
    epilog=examples(
        "peninsula flow-run cancel-all --flow etl --state late",
        'peninsula flow-run cancel-all --flow etl --message "wrong day" --yes',
    )
)(many_runs.cancel_all)
app.command(
    epilog=examples(
        "peninsula flow-run delete-all --state crashed --until 30d",
        "peninsula flow-run delete-all --flow trial --yes --json",
    )
)(many_runs.delete_all)


def _confirm(question: str) -> None:
    if not sys.stdin.isatty():
        msg = "Nobody is here to be asked. Add --yes to do it all the same."
        raise ConflictError(msg)
    print(f"{question} [y/N] ", end="", file=sys.stderr, flush=True)  # noqa: T201  a question
    if sys.stdin.readline().strip().lower() not in {"y", "yes"}:
        msg = "Nothing was deleted."
        raise ConflictError(msg)
