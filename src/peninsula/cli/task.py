"""Serve background tasks."""

from __future__ import annotations

from typing import Annotated

import typer

from peninsula.cli import user_code
from peninsula.cli.options import examples
from peninsula.sdk import loading

app = typer.Typer(
    help="Serve background tasks.\n\nTheir runs are made by `task.delay()`, in any program.",
    rich_markup_mode=None,
    no_args_is_help=True,
    add_completion=False,
)


@app.callback()
def _task() -> None:
    """Hold the commands, so that one is named also while there is only one."""


@app.command(
    epilog=examples(
        "peninsula task serve tasks.py",
        "peninsula task serve tasks.py:send_mail tasks.py:resize --limit 4",
        "peninsula task serve package.tasks",
    )
)
def serve(
    tasks: Annotated[
        list[str],
        typer.Argument(
            metavar="FILE:TASK",
            help="A file or a module, and a task of it; without the task, all of them.",
            show_default=False,
        ),
    ],
    *,
    limit: Annotated[
        int,
        typer.Option("--limit", "-n", metavar="COUNT", min=1, max=1000, help="Most runs at once."),
    ] = 10,
) -> None:
    """Run background task runs of these tasks here, until told to end.

    Ctrl-C or SIGTERM lets what runs here end, and takes no more; the second one ends it, too. Any
    number of these may serve the same tasks: each run is given to one of them.
    """
    found = [task for each in tasks for task in user_code.loaded(loading.load_tasks, each)]
    from peninsula.task_worker import serve as serve_tasks  # noqa: PLC0415  weight: not for --help

    serve_tasks(*found, limit=limit)
