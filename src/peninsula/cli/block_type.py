"""Look at types of blocks. Part of `peninsula block`."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Annotated, Any, Final

import typer

from peninsula.cli import lists, moments, output, paging
from peninsula.cli.connect import ask
from peninsula.cli.forms import Field, fields_of
from peninsula.cli.options import Json, Limit, examples
from peninsula.cli.output import Column
from peninsula.core import blocks, codec
from peninsula.core.blocks import BlockSchema, BlockType

app = typer.Typer(help="Look at types of blocks.", rich_markup_mode=None, no_args_is_help=True)

_COLUMNS: Final = (
    Column("TYPE"),
    Column("NAME", flexible=True),
    Column("CAPABILITIES", flexible=True),
    Column("UPDATED"),
)


@app.command(
    "ls",
    epilog=examples("peninsula block type ls", "peninsula block type ls --json | jq '.[].slug'"),
)
def list_types(
    *,
    text: Annotated[
        str | None, typer.Option("--text", metavar="TEXT", help="With this in the slug.")
    ] = None,
    limit: Limit = 50,
    as_json: Json = False,
) -> None:
    """List the types that are registered."""
    found = ask(
        lambda api: paging.collect(
            lambda size, cursor: api.block_types(text=text, limit=size, cursor=cursor), limit
        )
    )
    lists.show(
        found,
        "types",
        lists.table(_COLUMNS, _row),
        nothing="No type is like that. Register some: peninsula block register -m MODULE",
        as_json=as_json,
    )


def _row(one: BlockType, now: datetime) -> tuple[str, ...]:
    capabilities = ", ".join(one.schema.capabilities)
    return (one.slug, one.name, capabilities, moments.ago(one.updated, now))


@app.command(
    epilog=examples(
        "peninsula block type inspect s3-bucket",
        "peninsula block type inspect s3-bucket --json | jq .schema.fields",
    )
)
def inspect(
    slug: Annotated[
        str, typer.Argument(metavar="TYPE", help="Its slug: s3-bucket.", show_default=False)
    ],
    *,
    as_json: Json = False,
) -> None:
    """Show a type and its fields; --json has the JSON schema, to make a form of."""
    found = ask(lambda api: api.block_type(slug))
    if as_json:
        output.show_json(found)
        return
    output.show_fields(_facts(found))
    output.show_heading("Fields")
    columns = (Column("NAME"), Column("TAKES"), Column("", flexible=True))
    output.show_table(columns, [_field(each) for each in fields_of(found.schema)])


def _facts(found: BlockType) -> Iterator[tuple[str, Any]]:
    yield "type", found.slug
    yield "name", found.name
    yield "description", found.description
    yield "documentation", found.documentation_url
    yield "capabilities", ", ".join(found.schema.capabilities) or None
    yield "checked by class", checked_later(found.schema)
    yield "version", found.schema.version
    yield "schema", found.schema.checksum
    yield "example", found.code_example


def checked_later(schema: BlockSchema) -> str | None:
    """Return what validators of the class check of a block, None: nothing beyond the schema."""
    names = blocks.checked_by_class(codec.decode(dict[str, Any], schema.fields))
    return "the whole" if "*" in names else ", ".join(names) or None


def _field(each: Field) -> tuple[str, str, str]:
    said = ["secret"] if each.secret else []
    said += ["required"] if each.required else []
    said += [each.description] if each.description else []
    return (each.name, each.takes, ", ".join(said))
