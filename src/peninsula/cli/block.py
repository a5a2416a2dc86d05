"""Look at blocks, make and delete them, register their types."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer
from msgspec import Raw

from peninsula.cli import block_type, forms, lists, loading, moments, output, paging, user_code
from peninsula.cli.connect import ask
from peninsula.cli.options import Json, Limit, examples
from peninsula.cli.output import Column
from peninsula.core import blocks, codec
from peninsula.core.blocks import BlockDocument, BlockType
from peninsula.core.errors import InvalidError, UnavailableError
from peninsula.core.variables import check_name

if TYPE_CHECKING:
    from peninsula.client.api import Api

app = typer.Typer(
    help="Look at blocks, make and delete them, register their types.\n\n"
    "A block is what flows connect to: a bucket, a database, a service. Its secrets are encrypted, "
    "and no command shows them.",
    rich_markup_mode=None,
    no_args_is_help=True,
    add_completion=False,
)
app.add_typer(block_type.app, name="type")

Address = Annotated[
    str,
    typer.Argument(metavar="TYPE/NAME", help="Type and name: s3-bucket/lake.", show_default=False),
]

_COLUMNS: Final = (
    Column("BLOCK"),
    Column("USES", flexible=True),
    Column("SECRETS", flexible=True),
    Column("EXPIRES"),
    Column("UPDATED"),
)


# --- look ----------------------------------------------------------------------------------------


@app.command(
    "ls",
    epilog=examples(
        "peninsula block ls",
        "peninsula block ls --type s3-bucket --text lake",
        "peninsula block ls --json | jq '.[] | .name'",
    ),
)
def list_blocks(
    *,
    type_: Annotated[
        list[str] | None,
        typer.Option("--type", metavar="TYPE", help="Of that type. May be repeated: any of them."),
    ] = None,
    text: Annotated[
        str | None, typer.Option("--text", metavar="TEXT", help="With this in the name.")
    ] = None,
    limit: Limit = 50,
    as_json: Json = False,
) -> None:
    """List blocks by type and name."""
    types = tuple(type_ or ())
    found = ask(
        lambda api: paging.collect(
            lambda size, cursor: api.blocks(types=types, text=text, limit=size, cursor=cursor),
            limit,
        )
    )
    lists.show(
        found,
        "blocks",
        lists.table(_COLUMNS, _row),
        nothing="No block is like that. Make one: peninsula block create TYPE --name NAME",
        as_json=as_json,
    )


def _row(one: BlockDocument, now: datetime) -> tuple[str, ...]:
    return (
        f"{one.type}/{one.name}",
        ", ".join(f"{use.type}/{use.name}" for use in one.uses),
        ", ".join(one.secrets),
        moments.ago(one.expires, now) if one.expires else "",
        moments.ago(one.updated, now),
    )


@app.command(
    epilog=examples(
        "peninsula block inspect s3-bucket/lake",
        "peninsula block inspect s3-bucket/lake --json | jq .data",
    )
)
def inspect(block: Address, *, as_json: Json = False) -> None:
    """Show a block; a secret that is set is shown as ********."""
    slug, name = _address(block)
    found = ask(lambda api: api.block_by_name(slug, name))
    if as_json:
        output.show_json(found)
        return
    output.show_fields(_facts(found, datetime.now(UTC)))
    output.show_heading("Fields")
    uses = {use.field: f"{use.type}/{use.name}" for use in found.uses}
    data = codec.decode(dict[str, Any], found.data)
    output.show_fields((field, uses.get(field) or _said(value)) for field, value in data.items())


def _facts(found: BlockDocument, now: datetime) -> Iterator[tuple[str, str | None]]:
    yield "block", f"{found.type}/{found.name}"
    yield "id", str(found.id)
    yield "credential", found.credential_version
    yield "expires", moments.stamp(found.expires, now) if found.expires else None
    yield "created", moments.stamp(found.created, now)
    yield "updated", moments.stamp(found.updated, now)


def _said(value: object) -> str:
    return value if isinstance(value, str) else codec.encode(value).decode()


def _address(said: str) -> tuple[str, str]:
    slug, found, name = said.partition("/")
    if not found:
        msg = f'{said!r} names no block. Write its type, too: TYPE/NAME; "peninsula block ls".'
        raise InvalidError(msg)
    check_name(slug, "block type")
    check_name(name, "block")
    return slug, name


# --- make and delete -----------------------------------------------------------------------------


@app.command(
    epilog=examples(
        "peninsula block create database-credentials --name warehouse",
        "peninsula block create s3-bucket --name lake --data lake.json --overwrite",
        "peninsula block create login --name etl --data - --json",
    )
)
def create(
    type_: Annotated[
        str, typer.Argument(metavar="TYPE", help="Slug of a type.", show_default=False)
    ],
    *,
    name: Annotated[
        str, typer.Option("--name", metavar="NAME", help="In lower-case letters, digits, - and _.")
    ],
    data: Annotated[
        str | None,
        typer.Option(
            "--data",
            metavar="FILE",
            help="The fields as a JSON object, - reads them from stdin. Without it they are asked "
            "for, secrets hidden.",
        ),
    ] = None,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Change it if it is there.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Make a block. A secret is no option: it would be in the shell's history.

    For a field that takes a block, name one that is there: TYPE/NAME. The fields are checked by
    the type's JSON schema; what only the class of the type can check is said.
    """
    check_name(type_, "block type")
    check_name(name, "block")
    found = ask(lambda api: api.block_type(type_))
    given = _asked(found) if data is None else _read(data)
    made = ask(lambda api: _create(api, found, name, given, overwrite=overwrite))
    if as_json:
        output.show_json(made)
    else:
        output.show(output.text(f"Saved {made.type}/{made.name}"))
        if later := block_type.checked_later(found.schema):
            output.note(f"{later} is checked further by its class, when a flow loads the block.")


def _asked(type_: BlockType) -> dict[str, Any]:
    if not sys.stdin.isatty():
        msg = "There is no terminal to ask for the fields. Give them: --data FILE, or --data -."
        raise InvalidError(msg)
    return forms.asked(type_.schema, output.note)


def _read(source: str) -> dict[str, Any]:
    try:
        body = sys.stdin.buffer.read() if source == "-" else Path(source).read_bytes()
    except OSError as problem:
        if source.lstrip().startswith(("{", "[")):
            # Not repeated: it may have secrets.
            msg = "--data is JSON, and takes a file of it. Write one, or pipe it in: --data -."
            raise InvalidError(msg) from None
        raise UnavailableError(f"Cannot read {source}: {problem.strerror}.") from None
    codec.check_json(body.strip(), "data")
    return codec.decode(dict[str, Any], body)


async def _create(
    api: Api, type_: BlockType, name: str, data: dict[str, Any], *, overwrite: bool
) -> BlockDocument:
    for field in forms.fields_of(type_.schema):
        said = data.get(field.name)
        if field.nested and isinstance(said, str):
            nested = await api.block_by_name(*_address(said))
            data = data | {field.name: blocks.reference(nested.id)}
    return await api.save_block(
        type_.slug,
        name,
        Raw(codec.encode(data)),
        schema=type_.schema.checksum,
        overwrite=overwrite,
    )


@app.command(epilog=examples("peninsula block delete s3-bucket/lake"))
def delete(block: Address, *, as_json: Json = False) -> None:
    """Delete a block that is nested in no other."""
    slug, name = _address(block)
    ask(lambda api: _delete(api, slug, name))
    if as_json:
        output.show_json({"deleted": block})
    else:
        output.show(output.text(f"Deleted {block}"))


async def _delete(api: Api, slug: str, name: str) -> None:
    await api.delete_block((await api.block_by_name(slug, name)).id)


# --- types and keys ------------------------------------------------------------------------------


@app.command(
    epilog=examples(
        "peninsula block register -m peninsula.blocks",
        "peninsula block register -f blocks.py",
    )
)
def register(
    *,
    module: Annotated[
        str | None, typer.Option("--module", "-m", metavar="MODULE", help="All classes of it.")
    ] = None,
    file: Annotated[
        str | None, typer.Option("--file", "-f", metavar="FILE", help="All classes of it.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Have the server know types of blocks.

    Blocks of them can be made here then, without Python.
    """
    target = module or file
    if target is None or (module and file):
        msg = "Name a module or a file: -m package.module, or -f blocks.py."
        raise InvalidError(msg)
    classes = user_code.loaded(loading.load_blocks, target)
    for each in classes:
        each.register_type_and_schema()
    slugs = [each.get_block_type_slug() for each in classes]
    if as_json:
        output.show_json({"registered": slugs})
    else:
        output.show(output.text(f"Registered {', '.join(slugs)}"))


@app.command(
    "rotate-key",
    epilog=examples("peninsula block rotate-key", "peninsula block rotate-key --json"),
)
def rotate_key(*, as_json: Json = False) -> None:
    """Encrypt all secrets anew by the newest key.

    Also those that older versions kept in clear. A key that is kept in a file is made anew first;
    the old ones stay behind it, for backups of before. Where keys are set, put the new one first in
    PENINSULA_ENCRYPTION_KEYS.
    """
    done = ask(lambda api: api.rotate_key())
    if as_json:
        output.show_json(done)
    else:
        said = f"✓ {done.blocks:,} blocks are encrypted anew, by key {done.key}"
        output.show(output.text(said, "green"))
        if done.exposed:
            output.note(
                f"{done.exposed:,} blocks had a secret in clear, saved by an older version. It is"
                " encrypted now; backups have it: change it."
            )
        output.note("Keep a copy of the key: no backup of the database has it.")
