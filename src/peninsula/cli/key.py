"""Make, list and revoke the keys that callers of the API need."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import typer

from peninsula.cli import find, lists, moments, output, paging
from peninsula.cli.connect import ask
from peninsula.cli.options import Json, Limit, examples
from peninsula.cli.output import Column
from peninsula.core.answers import Key, Scope
from peninsula.core.errors import ConflictError, NotFoundError

if TYPE_CHECKING:
    from peninsula.client.api import Api

app = typer.Typer(
    help="Make, list and revoke the keys that callers of the API need.\n\n"
    "On this machine, commands and flows of this user need none: the token in PENINSULA_HOME is "
    "theirs. Others set PENINSULA_API_URL and PENINSULA_API_KEY.",
    rich_markup_mode=None,
    no_args_is_help=True,
    add_completion=False,
)


@app.command(
    epilog=examples(
        "peninsula key create airflow-bridge --scope emit",
        "peninsula key create dashboard --scope read --expires 90d",
        "export PENINSULA_API_KEY=$(peninsula key create ci --scope work)",
    )
)
def create(
    name: Annotated[str, typer.Argument(metavar="NAME", help="Who uses it.", show_default=False)],
    *,
    scope: Annotated[
        list[Scope],
        typer.Option(
            "--scope",
            metavar="SCOPE",
            help="What it may do: emit (send events), read, work (steer runs), admin (all). "
            "May be repeated.",
        ),
    ],
    expires: Annotated[
        str | None, typer.Option("--expires", metavar="SPAN", help="It ends by itself: 12h, 90d.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Make a key. Its secret is shown this once: only a hash of it is kept."""
    seconds = moments.span(expires).total_seconds() if expires else None
    made = ask(lambda api: api.create_key(name, scope, expires_in=seconds))
    if as_json:
        output.show_json(made)
        return
    output.show(output.text(made.secret))
    output.note(f"The key {made.key.name} ({_scopes(made.key)}). Keep it: it is not shown again.")


@app.command("ls", epilog=examples("peninsula key ls", "peninsula key ls --json"))
def list_keys(*, limit: Limit = 50, as_json: Json = False) -> None:
    """List the keys, without their secrets."""
    found = ask(
        lambda api: paging.collect(lambda size, cursor: api.keys(limit=size, cursor=cursor), limit)
    )
    lists.show(
        found,
        "keys",
        _show,
        nothing="There are no keys. Make one: peninsula key create NAME --scope read",
        as_json=as_json,
    )


def _show(keys: Sequence[Key], now: datetime) -> None:
    columns = (
        Column("ID"),
        Column("NAME", flexible=True),
        Column("SCOPES"),
        Column("CREATED"),
        Column("EXPIRES"),
        Column("LAST USED"),
    )
    rows = [
        (
            short,
            key.name,
            _scopes(key),
            moments.ago(key.created, now),
            moments.ago(key.expires, now) if key.expires else "never",
            moments.ago(key.last_used, now) if key.last_used else "never",
        )
        for short, key in zip(find.abbreviated([key.id for key in keys]), keys, strict=True)
    ]
    output.show_table(columns, rows)


def _scopes(key: Key) -> str:
    return ",".join(scope.value for scope in key.scopes)


@app.command(
    epilog=examples("peninsula key revoke dashboard", "peninsula key revoke 0192f3c4-7a1b")
)
def revoke(
    key: Annotated[
        str,
        typer.Argument(metavar="KEY", help="Id, how the id begins, or name.", show_default=False),
    ],
    *,
    as_json: Json = False,
) -> None:
    """End a key at once, and the browser sessions that it opened."""
    revoked = ask(lambda api: _revoke(api, key))
    if as_json:
        output.show_json({"revoked": revoked.id})
    else:
        output.show(output.text(f"Revoked {revoked.name} ({revoked.id})"))


async def _revoke(api: Api, said: str) -> Key:
    keys = [
        key async for key in paging.every(lambda size, cursor: api.keys(limit=size, cursor=cursor))
    ]
    key = _meant(said, keys)
    await api.revoke_key(key.id)
    return key


def _meant(said: str, keys: Sequence[Key]) -> Key:
    found = [key for key in keys if key.name == said] or [
        key for key in keys if str(key.id).startswith(said.lower())
    ]
    if len(found) == 1:
        return found[0]
    if not found:
        msg = f'No key has the id or name {said!r}. "peninsula key ls" lists them.'
        raise NotFoundError(msg)
    named = ", ".join(f"{key.id} ({key.name})" for key in found)
    msg = f"{said!r} could be several keys. Give the id of one: {named}."
    raise ConflictError(msg)
