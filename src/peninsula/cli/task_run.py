"""Look at task runs, and at what they logged; cancel those in the background."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer
from msgspec import structs

from peninsula.cli import cancelling, find, logs, output, paging, run_lists, runs
from peninsula.cli.connect import ask
from peninsula.cli.options import Json, Limit, Since, Until, examples
from peninsula.cli.run_options import JsonLines, Level, Name, SortKey, States, Tags, Tail, Text
from peninsula.core.filters import RunFilter, Sort, sorting
from peninsula.core.runs import Run, RunKind

if TYPE_CHECKING:
    from peninsula.client.api import Api

app = typer.Typer(
    help="Look at task runs, and at what they logged; cancel those in the background.\n\n"
    "RUN is the id of a task run, how its id begins, or its name.",
    rich_markup_mode=None,
    no_args_is_help=True,
    add_completion=False,
)

TaskRun = Annotated[
    str, typer.Argument(metavar="RUN", help="Id, how the id begins, or name.", show_default=False)
]


@app.command(
    "ls",
    epilog=examples(
        "peninsula task-run ls --run brisk-otter",
        "peninsula task-run ls --state failed --since 24h",
        "peninsula task-run ls --task clean --sort -duration",
        "peninsula task-run ls --json | jq '.[] | .name'",
    ),
)
def list_runs(
    *,
    run: Annotated[
        str | None,
        typer.Option(
            "--run",
            metavar="RUN",
            help="Of that flow run; of its subflows too, if it is no subflow itself.",
        ),
    ] = None,
    state: States = None,
    task: Annotated[
        list[str] | None,
        typer.Option("--task", metavar="NAME", help="Of that task. May be repeated: any of them."),
    ] = None,
    name: Name = None,
    tag: Tags = None,
    since: Since = None,
    until: Until = None,
    sort: SortKey = "-expected",
    limit: Limit = 25,
    as_json: Json = False,
) -> None:
    """List task runs, those that were to start last first."""
    types, names = run_lists.states_of(state or [])
    wanted = RunFilter(
        kind=RunKind.TASK_RUN,
        types=types,
        state_names=names,
        tasks=tuple(task or ()),
        text=name,
        tags=tuple(tag or ()),
        expected_after=since,
        expected_before=until,
    )
    order = sorting(sort)
    found = ask(lambda api: _list(api, run, wanted, order, limit))
    run_lists.show(found, wanted, as_json=as_json)


async def _list(
    api: Api, said: str | None, wanted: RunFilter, order: Sort, limit: int
) -> paging.Found[Run]:
    if said is not None:
        around = await find.find_flow_run(api, said)
        top = around.root == around.id
        within = {"root": around.id} if top else {"parent": around.id}
        wanted = structs.replace(wanted, **within)
    return await run_lists.collect(api, wanted, order, limit)


@app.command(
    epilog=examples(
        "peninsula task-run inspect 0192f3c4-7a1b",
        "peninsula task-run inspect clean-0 --json | jq .state",
    )
)
def inspect(run: TaskRun, *, as_json: Json = False) -> None:
    """Say what a task run is: its state, times and parameters."""
    found = ask(lambda api: _inspect(api, run, details=not as_json))
    if as_json:
        output.show_json(found.run)
    else:
        runs.show_details(found, datetime.now(UTC))


async def _inspect(api: Api, said: str, *, details: bool) -> runs.Details:
    run = await find.find_task_run(api, said)
    return await runs.details(api, run) if details else runs.Details(run)


@app.command(
    "logs",
    epilog=examples(
        "peninsula task-run logs 0192f3c4-7a1b",
        "peninsula task-run logs clean-0 --level warning --tail 20",
        "peninsula task-run logs clean-0 --follow",
    ),
)
def show_logs(
    run: TaskRun,
    *,
    level: Level = None,
    text: Text = None,
    tail: Tail = None,
    follow: Annotated[
        bool, typer.Option("--follow", "-f", help="Go on until the run ends.")
    ] = False,
    as_json: JsonLines = False,
) -> None:
    """Print what a task run logged."""
    wanted = logs.Wanted(level=logs.level_of(level) if level else None, text=text, tail=tail)
    ask(lambda api: _logs(api, run, wanted, follow=follow, as_json=as_json))


async def _logs(api: Api, said: str, wanted: logs.Wanted, *, follow: bool, as_json: bool) -> None:
    run = await find.find_task_run(api, said)
    await logs.show(api, run, wanted, follow=follow, as_json=as_json)


@app.command(
    epilog=examples(
        "peninsula task-run cancel 0192f3c4-7a1b",
        'peninsula task-run cancel send_mail-3f2a --message "wrong list"',
    )
)
def cancel(run: TaskRun, *, message: cancelling.Message = None, as_json: Json = False) -> None:
    """Ask a background task run to end. One that has not begun is Cancelled at once.

    What a flow called or submitted runs in the flow's process: cancel the flow run.
    """
    cancelled = ask(lambda api: _cancel(api, run, message))
    cancelling.show(cancelled, as_json=as_json)


async def _cancel(api: Api, said: str, message: str | None) -> Run:
    run = await find.find_task_run(api, said)
    return await api.cancel(run.id, message, RunKind.TASK_RUN)
