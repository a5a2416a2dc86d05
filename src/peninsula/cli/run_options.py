"""Say the options once that the commands of flow runs and of task runs share."""

from __future__ import annotations

from typing import Annotated

import typer

__all__ = [
    "AnyRun",
    "JsonLines",
    "Level",
    "Name",
    "Own",
    "RunArgument",
    "SortKey",
    "States",
    "Tags",
    "Tail",
    "Text",
]

AnyRun = Annotated[
    str,
    typer.Argument(
        metavar="RUN",
        help="Id of a flow run or task run, how it begins, or a flow run's name.",
        show_default=False,
    ),
]

RunArgument = Annotated[
    str, typer.Argument(metavar="RUN", help="Id, how the id begins, or name.", show_default=False)
]

# --- lists ---------------------------------------------------------------------------------------

States = Annotated[
    list[str] | None,
    typer.Option(
        "--state",
        metavar="STATE",
        help="In that state, like failed or TimedOut. May be repeated: any of them.",
    ),
]
Name = Annotated[
    str | None, typer.Option("--name", metavar="TEXT", help="With this in the run's name.")
]
Tags = Annotated[
    list[str] | None,
    typer.Option("--tag", metavar="TAG", help="With that tag. May be repeated: all of them."),
]
SortKey = Annotated[
    str,
    typer.Option(
        "--sort",
        metavar="KEY",
        help="expected, created, started, ended, duration or name; - before it: descending.",
    ),
]

# --- logs ----------------------------------------------------------------------------------------

Level = Annotated[
    str | None,
    typer.Option("--level", metavar="LEVEL", help="Lowest: debug, info, warning, error."),
]
Text = Annotated[
    str | None, typer.Option("--text", metavar="TEXT", help="Only lines that contain this.")
]
Own = Annotated[bool, typer.Option("--own", help="Without the tasks and subflows below the run.")]
Tail = Annotated[
    int | None, typer.Option("--tail", min=1, metavar="N", help="Only the last lines, so many.")
]
JsonLines = Annotated[
    bool, typer.Option("--json", help="Print each line as an object of JSON, in a line.")
]
