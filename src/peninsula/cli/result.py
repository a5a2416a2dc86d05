"""Look at what runs returned, where that was kept."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final
from uuid import UUID

import typer
from msgspec import Struct

from peninsula.cli import output
from peninsula.cli.connect import ask
from peninsula.cli.find import find_run
from peninsula.cli.options import Json, examples
from peninsula.core.errors import InvalidError, MissingResultError, NotFoundError
from peninsula.sdk.results.result_store import ResultRecord, ResultStore

if TYPE_CHECKING:
    from peninsula.client.api import Api

app = typer.Typer(
    help="Look at what runs returned, where that was kept.",
    rich_markup_mode=None,
    no_args_is_help=True,
    add_completion=False,
)

DATA: Final = ("json", "msgspec")
"""Serializers that read data and nothing else."""


class Shown(Struct, frozen=True, omit_defaults=True):
    """A result as the command shows it."""

    result: str
    """Where it is."""
    serializer: str
    size: int
    """Bytes."""
    created: datetime
    expiration: datetime | None = None
    run: UUID | None = None
    value: Any = None
    """Where it was asked for; what JSON does not have, as Python writes it."""


@app.callback()
def _result() -> None:
    """Let `inspect` be a command below this one, though it is the only one."""


@app.command(
    epilog=examples(
        "peninsula result inspect quiet-harbour",
        "peninsula result inspect file:///home/ada/.peninsula/results/days/monday",
        "peninsula result inspect s3://lake/results/days/monday --unpickle",
    )
)
def inspect(
    what: Annotated[
        str, typer.Argument(metavar="RESULT", help="A run that keeps one, or its URL.")
    ],
    *,
    unpickle: Annotated[
        bool,
        typer.Option("--unpickle", help="Read a pickle, too. That runs code which is in it."),
    ] = False,
    as_json: Json = False,
) -> None:
    """Show a result: where it is, and its value where it is data."""
    url = what if "://" in what or Path(what).exists() else ask(lambda api: _place(api, what))
    folder, _, key = url.rpartition("/")
    try:
        record = ResultStore(folder or ".").read(key)
    except MissingResultError:
        msg = (
            f"{url} is no result that this version reads."
            " Name a run that keeps one, or the URL that its state has: peninsula flow-run inspect."
        )
        raise InvalidError(msg) from None
    if record is None:
        msg = f"{url} is not there, or has expired."
        raise NotFoundError(msg)
    shown = Shown(
        result=url,
        serializer=record.serializer,
        size=record.size,
        created=record.created,
        expiration=record.expiration,
        run=record.run,
        value=_value(record, unpickle=unpickle),
    )
    if as_json:
        output.show_json(shown)
    else:
        _show(shown)


async def _place(api: Api, said: str) -> str:
    run = await find_run(api, said)
    place = run.state.details.get("result")
    if not isinstance(place, str):
        msg = (
            f"The run {run.name} is {run.state.name} and keeps no result."
            " Flows and tasks with persist_result=True do."
        )
        raise InvalidError(msg)
    return place


def _value(record: ResultRecord, *, unpickle: bool) -> Any:
    if record.serializer.rpartition("/")[2] in DATA:
        return record.result
    if not unpickle:
        return None
    value = record.result
    return value if isinstance(value, str | int | float | None) else repr(value)


def _show(shown: Shown) -> None:
    output.show_fields(
        [
            ("result", shown.result),
            ("serializer", shown.serializer),
            ("size", f"{shown.size:,} bytes"),
            ("created", f"{shown.created:%Y-%m-%d %H:%M:%S} UTC"),
            ("expires", f"{shown.expiration:%Y-%m-%d %H:%M:%S} UTC" if shown.expiration else None),
            ("run", str(shown.run) if shown.run else None),
        ]
    )
    if shown.value is not None:
        output.show_heading("value")
        output.show(output.block(str(shown.value)))
    elif shown.serializer.endswith("pickle"):
        output.note("A pickle is not read unless asked for: --unpickle")
