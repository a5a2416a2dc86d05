"""Look at concurrency limits, make and change them."""

from __future__ import annotations

from typing import Annotated, Final

import typer

from peninsula.cli import output
from peninsula.cli.connect import ask
from peninsula.cli.options import Json, examples
from peninsula.cli.output import Column
from peninsula.core.concurrency import MOST_SLOTS, ConcurrencyLimit

app = typer.Typer(
    help="Look at concurrency limits, make and change them.\n\n"
    "Flows take slots of them, wherever they run: with concurrency(NAME), or rate_limit(NAME).",
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
    Column("TAKEN", right=True),
    Column("LIMIT", right=True),
    Column("FREE AGAIN"),
)


@app.command(
    "ls",
    epilog=examples("peninsula concurrency-limit ls", "peninsula concurrency-limit ls --json"),
)
def list_limits(*, as_json: Json = False) -> None:
    """List all limits by name, with the slots that are taken now."""
    found = ask(lambda api: api.concurrency_limits())
    if as_json:
        output.show_json(found)
    elif found:
        output.show_table(_COLUMNS, [_row(one) for one in found])
    else:
        output.note("There are none. Make one: peninsula concurrency-limit set NAME --limit 5")


def _row(one: ConcurrencyLimit) -> tuple[str, str, str, str]:
    decay = f"{one.decay:g} a second" if one.decay else "when given back"
    return (one.name, f"{one.taken:.3g}", str(one.limit), decay)


@app.command(
    epilog=examples(
        "peninsula concurrency-limit inspect database",
        "peninsula concurrency-limit inspect database --json | jq .taken",
    )
)
def inspect(name: Name, *, as_json: Json = False) -> None:
    """Show one limit."""
    _show(ask(lambda api: api.concurrency_limit(name)), as_json=as_json)


def _show(one: ConcurrencyLimit, *, as_json: bool) -> None:
    if as_json:
        output.show_json(one)
        return
    name, taken, limit, decay = _row(one)
    output.show_fields([("limit", name), ("taken", f"{taken} of {limit}"), ("free again", decay)])


@app.command(
    "set",
    epilog=examples(
        "peninsula concurrency-limit set database --limit 5",
        "peninsula concurrency-limit set github --limit 30 --decay 0.5",
        "peninsula concurrency-limit set database --limit 0",
    ),
)
def set_limit(
    name: Name,
    *,
    limit: Annotated[
        int,
        typer.Option(
            "--limit", min=0, max=MOST_SLOTS, metavar="N", help="Slots; 0 lets nobody through."
        ),
    ],
    decay: Annotated[
        float | None,
        typer.Option(
            "--decay",
            min=0,
            max=MOST_SLOTS,
            metavar="X",
            help="Slots free again each second, for rate_limit; without it, as it was.",
        ),
    ] = None,
    as_json: Json = False,
) -> None:
    """Make a limit, or change the one of that name."""
    _show(ask(lambda api: api.set_concurrency_limit(name, limit, decay=decay)), as_json=as_json)


@app.command(epilog=examples("peninsula concurrency-limit delete database"))
def delete(name: Name, *, as_json: Json = False) -> None:
    """Remove a limit; nobody waits for it any more."""
    ask(lambda api: api.delete_concurrency_limit(name))
    if as_json:
        output.show_json({"deleted": name})
    else:
        output.show(output.text(f"Deleted {name}"))
