"""Look at variables, set and unset them."""

from __future__ import annotations

import sys
from datetime import datetime
from typing import Annotated, Final

import msgspec
import typer
from msgspec import Raw

from peninsula.cli import lists, moments, output, paging
from peninsula.cli.connect import ask
from peninsula.cli.options import Json, Limit, examples
from peninsula.cli.output import Column
from peninsula.core import codec, variables
from peninsula.core.variables import Variable

app = typer.Typer(
    help="Look at variables, set and unset them.\n\n"
    "A variable is a JSON value with a name, which flows read: Variable.get(NAME). It is no place "
    "for secrets.",
    rich_markup_mode=None,
    no_args_is_help=True,
    add_completion=False,
)

Name = Annotated[
    str,
    typer.Argument(
        metavar="NAME", help="In lower-case letters, digits, - and _.", show_default=False
    ),
]

_COLUMNS: Final = (
    Column("NAME"),
    Column("VALUE", flexible=True),
    Column("TAGS", flexible=True),
    Column("UPDATED"),
)


@app.command(
    "ls",
    epilog=examples(
        "peninsula variable ls",
        "peninsula variable ls --tag sales --text region",
        "peninsula variable ls --json | jq '.[] | .name'",
    ),
)
def list_variables(
    *,
    text: Annotated[
        str | None, typer.Option("--text", metavar="TEXT", help="With this in the name.")
    ] = None,
    tag: Annotated[
        list[str] | None,
        typer.Option("--tag", metavar="TAG", help="With that tag. May be repeated: all of them."),
    ] = None,
    limit: Limit = 50,
    as_json: Json = False,
) -> None:
    """List variables by name."""
    found = ask(
        lambda api: paging.collect(
            lambda size, cursor: api.variables(
                text=text, tags=tuple(tag or ()), limit=size, cursor=cursor
            ),
            limit,
        )
    )
    lists.show(
        found,
        "variables",
        lists.table(_COLUMNS, _row),
        nothing="No variable is like that. Set one: peninsula variable set NAME VALUE",
        as_json=as_json,
    )


def _row(variable: Variable, now: datetime) -> tuple[str, ...]:
    return (
        variable.name,
        bytes(variable.value).decode(),
        ", ".join(variable.tags),
        moments.ago(variable.updated, now),
    )


@app.command(
    epilog=examples(
        "peninsula variable get region",
        "peninsula variable get limits | jq .rows",
        "peninsula variable get limits --json",
    )
)
def get(name: Name, *, as_json: Json = False) -> None:
    """Print the value of a variable.

    A text is printed as it is, anything else as JSON.
    """
    variables.check_name(name)
    found = ask(lambda api: api.variable(name))
    if as_json:
        output.show_json(found)
        return
    value = codec.decode(object, found.value)
    # Not through the terminal's tables: a value is printed as it is, for other programs.
    sys.stdout.write(f"{_said(value)}\n")


def _said(value: object) -> str:
    if not isinstance(value, str):
        return codec.encode(value).decode()
    return output.plain(value) if sys.stdout.isatty() else value


@app.command(
    "set",
    epilog=examples(
        "peninsula variable set region eu-central-1",
        "peninsula variable set limits '{\"rows\": 1000}' --tag sales --overwrite",
        "peninsula variable set version '\"2\"'",
    ),
)
def set_variable(
    name: Name,
    value: Annotated[
        str,
        typer.Argument(
            metavar="VALUE", help="JSON; what is none is taken as text.", show_default=False
        ),
    ],
    *,
    tag: Annotated[
        list[str] | None,
        typer.Option("--tag", metavar="TAG", help="To find it by. May be repeated."),
    ] = None,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Change it if it is there, tags included.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Set a variable. One that is there is changed with --overwrite only."""
    variables.check_name(name)
    encoded = _encoded(value)
    made = ask(
        lambda api: api.set_variable(name, encoded, tags=tuple(tag or ()), overwrite=overwrite)
    )
    if as_json:
        output.show_json(made)
    else:
        output.show(output.text(f"Set {made.name} = {bytes(made.value).decode()}"))


def _encoded(said: str) -> Raw:
    try:
        msgspec.json.decode(said)
    except (msgspec.DecodeError, RecursionError):
        return Raw(codec.encode(said))
    return Raw(said.strip().encode())


@app.command(
    epilog=examples(
        "peninsula variable unset region",
        "peninsula variable unset region --json",
    )
)
def unset(name: Name, *, as_json: Json = False) -> None:
    """Remove a variable."""
    variables.check_name(name)
    ask(lambda api: api.unset_variable(name))
    if as_json:
        output.show_json({"unset": name})
    else:
        output.show(output.text(f"Unset {name}"))
