"""Look at flow runs, follow them, cancel and delete them."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from peninsula.cli import find, logs, moments, output, paging, runs, watching
from peninsula.cli.connect import ask
from peninsula.cli.options import Json, Limit, Since, Until, examples
from peninsula.core.errors import ConflictError, InvalidError
from peninsula.core.filters import RunFilter, Sort, sorting
from peninsula.core.runs import Run
from peninsula.core.states import NAMES, StateType

if TYPE_CHECKING:
    from peninsula.client.api import Api

app = typer.Typer(
    help="Look at flow runs, follow them, cancel and delete them.\n\n"
    "RUN is the id of a flow run, how its id begins, or its name.",
    rich_markup_mode=None,
    no_args_is_help=True,
    add_completion=False,
)

RunArgument = Annotated[
    str, typer.Argument(metavar="RUN", help="Id, how the id begins, or name.", show_default=False)
]


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
    state: Annotated[
        list[str] | None,
        typer.Option(
            "--state",
            metavar="STATE",
            help="In that state, like failed or TimedOut. May be repeated: any of them.",
        ),
    ] = None,
    flow: Annotated[
        list[str] | None,
        typer.Option("--flow", metavar="NAME", help="Of that flow. May be repeated: any of them."),
    ] = None,
    name: Annotated[
        str | None, typer.Option("--name", metavar="TEXT", help="With this in the run's name.")
    ] = None,
    tag: Annotated[
        list[str] | None,
        typer.Option("--tag", metavar="TAG", help="With that tag. May be repeated: all of them."),
    ] = None,
    since: Since = None,
    until: Until = None,
    sort: Annotated[
        str,
        typer.Option(
            "--sort",
            metavar="KEY",
            help="expected, created, started, ended, duration or name; - before it: descending.",
        ),
    ] = "-expected",
    limit: Limit = 25,
    as_json: Json = False,
) -> None:
    """List flow runs, those that were to start last first."""
    types, names = _states(state or [])
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
    found = ask(lambda api: _list(api, wanted, order, limit))
    if as_json:
        output.show_json(found.items)
        return
    if not found.items:
        output.note(_nothing(wanted))
        return
    runs.show_table(found.items, datetime.now(UTC))
    if more := paging.remark(found, "flow runs"):
        output.note(more)


async def _list(api: Api, wanted: RunFilter, order: Sort, limit: int) -> paging.Found[Run]:
    return await paging.collect(
        lambda size, cursor: api.runs(wanted, sort=order, limit=size, cursor=cursor), limit
    )


def _states(said: list[str]) -> tuple[tuple[StateType, ...], tuple[str, ...]]:
    """Return the types and the names that are meant; "failed" is the type, "TimedOut" a name."""
    known = {name.lower(): name for name in NAMES}
    types = [StateType(word.upper()) for word in said if word.upper() in StateType.__members__]
    names = [
        known.get(word.lower(), word) for word in said if word.upper() not in StateType.__members__
    ]
    if types and names:
        msg = (
            f"--state {names[0]} is a name and --state {types[0].value.lower()} a type of states. "
            "Ask for them one after the other."
        )
        raise InvalidError(msg)
    return tuple(types), tuple(names)


def _nothing(wanted: RunFilter) -> str:
    if wanted == RunFilter():
        return "No flow has run yet. Run one: peninsula run flow.py"
    return (
        "No flow run is like that. Ask for fewer things at once, or see all: peninsula flow-run ls"
    )


# --- inspect -------------------------------------------------------------------------------------


@app.command(
    epilog=examples(
        "peninsula flow-run inspect brisk-otter",
        "peninsula flow-run inspect 0192f3c4-7a1b",
        "peninsula flow-run inspect brisk-otter --json | jq .parameters",
    )
)
def inspect(
    run: Annotated[
        str,
        typer.Argument(
            metavar="RUN",
            help="Id of a flow run or task run, how it begins, or a flow run's name.",
            show_default=False,
        ),
    ],
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
    run: Annotated[
        str,
        typer.Argument(
            metavar="RUN",
            help="Id of a flow run or task run, how it begins, or a flow run's name.",
            show_default=False,
        ),
    ],
    *,
    level: Annotated[
        str | None,
        typer.Option("--level", metavar="LEVEL", help="Lowest: debug, info, warning, error."),
    ] = None,
    text: Annotated[
        str | None, typer.Option("--text", metavar="TEXT", help="Only lines that contain this.")
    ] = None,
    own: Annotated[
        bool, typer.Option("--own", help="Without the tasks and subflows below the run.")
    ] = False,
    tail: Annotated[
        int | None,
        typer.Option("--tail", min=1, metavar="N", help="Only the last lines, so many."),
    ] = None,
    follow: Annotated[
        bool, typer.Option("--follow", "-f", help="Go on until the run ends.")
    ] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print each line as an object of JSON, in a line.")
    ] = False,
) -> None:
    """Print what a run and everything below it logged."""
    wanted = logs.Wanted(
        level=logs.level_of(level) if level else None, text=text, below=not own, tail=tail
    )
    ask(lambda api: logs.show(api, run, wanted, follow=follow, as_json=as_json))


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
    """Show a run and everything below it as a tree, until the run ends.

    The exit code is 0 if the run is Completed in the end, else 1. Of a run that is over, the tree
    is printed as it ended.
    """
    state = ask(lambda api: watching.watch(api, run, with_logs=with_logs, as_json=as_json))
    raise typer.Exit(0 if state is StateType.COMPLETED else 1)


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
    message: Annotated[
        str | None,
        typer.Option("--message", "-m", metavar="TEXT", help="Why; it is kept with the state."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Ask a flow run to end. One that has not begun is Cancelled at once."""
    cancelled = ask(lambda api: _cancel(api, run, message))
    if as_json:
        output.show_json(cancelled)
        return
    output.show(runs.state_text(cancelled.state) + f"  {cancelled.flow} / {cancelled.name}")
    if cancelled.state.type is StateType.CANCELLING:
        output.note(
            "Its process was told, and ends it at the next task. "
            f"See it happen: peninsula flow-run watch {cancelled.id}"
        )


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


def _confirm(question: str) -> None:
    if not sys.stdin.isatty():
        msg = "Nobody is here to be asked. Add --yes to do it all the same."
        raise ConflictError(msg)
    print(f"{question} [y/N] ", end="", file=sys.stderr, flush=True)  # noqa: T201  a question
    if sys.stdin.readline().strip().lower() not in {"y", "yes"}:
        msg = "Nothing was deleted."
        raise ConflictError(msg)
