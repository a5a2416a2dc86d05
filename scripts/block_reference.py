"""Write docs/reference/blocks: a page for each block of the library, made from its class.

The pages say what a block takes; mkdocstrings puts its methods and their docstrings there when the
documentation is built. A test compares them with what this writes: run it when a block is new.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from types import FunctionType
from typing import Any, Final

from peninsula import blocks

FOLDER = Path(__file__).parents[1] / "docs/reference/blocks"
MARK: Final = "<!-- Written by scripts/block_reference.py. -->\n"


def main() -> None:
    """Write the pages anew."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, text in pages().items():
        (FOLDER / name).write_text(text, encoding="utf-8")


def library() -> list[type[blocks.Block]]:
    """Return the blocks that come with Peninsula, by their names."""
    named = [getattr(blocks, name) for name in blocks.__all__]
    found = [each for each in named if isinstance(each, type) and issubclass(each, blocks.Block)]
    return [each for each in found if each is not blocks.Block]


def pages() -> dict[str, str]:
    """Return each page by the name of its file."""
    of_blocks = {f"{one.get_block_type_slug()}.md": "\n".join(page(one)) for one in library()}
    return {"index.md": "\n".join(index())} | of_blocks


def index() -> Iterator[str]:
    """Give the lines of the page that leads to the others."""
    yield f"# Blocks\n\n{MARK}"
    yield (
        "The blocks that come with Peninsula: `from peninsula.blocks import S3Bucket`. Each call of"
        " one is an event about what it went to. Have a server know their types, for forms and"
        " `peninsula block create`, by `peninsula block register -m peninsula.blocks`.\n"
    )
    yield "| block | type | what it is |\n| --- | --- | --- |"
    for one in library():
        slug = one.get_block_type_slug()
        yield f"| [`{one.__name__}`]({slug}.md) | `{slug}` | {lead(one)} |"
    yield ""


def page(one: type[blocks.Block]) -> Iterator[str]:
    """Give the lines of a block's page: what it takes, then what it does."""
    slug = one.get_block_type_slug()
    yield f"# {one.get_block_type_name()}\n\n{MARK}"
    yield f"`from peninsula.blocks import {one.__name__}`, of type `{slug}`.\n"
    yield "| field | takes | |\n| --- | --- | --- |"
    schema = one.get_block_schema()
    for name, field in schema.get("properties", {}).items():
        notes = [
            "required" * (name in schema.get("required", ())),
            "secret" * bool({name, f"{name}.*"} & {*schema["secret_fields"]}),
        ]
        yield f"| `{name}` | {takes(field, schema)} | {', '.join(filter(None, notes))} |"
    yield f"\n::: peninsula.blocks.{one.__name__}\n    options:\n      heading_level: 2"
    if names := inherited(one):
        yield f"      inherited_members: [{', '.join(names)}]"
    yield ""


def inherited(one: type[blocks.Block]) -> list[str]:
    """Return the methods that a block shares with others like it, in the order of their classes."""
    above = [base for base in one.__mro__[1:] if issubclass(base, blocks.Block)]
    return [
        name
        for base in above[: above.index(blocks.Block)]
        for name, member in vars(base).items()
        if isinstance(member, FunctionType) and not name.startswith("_")
    ]


def takes(field: dict[str, Any], schema: dict[str, Any]) -> str:
    """Return in words what a field of a JSON schema takes."""
    if "$ref" in field:
        name = field["$ref"].removeprefix("#/$defs/")
        return str(schema["$defs"][name].get("title", name))
    choices = [takes(each, schema) for each in field.get("anyOf", ()) if each != {"type": "null"}]
    if choices:
        return " or ".join(dict.fromkeys(choices))
    if "enum" in field:
        return ", ".join(f"`{each}`" for each in field["enum"])
    return str(field.get("format", field.get("type", "anything"))).replace("password", "string")


def lead(one: type[blocks.Block]) -> str:
    """Return the first paragraph of a class's docstring, in one line."""
    return " ".join((one.__doc__ or "").partition("\n\n")[0].split())


if __name__ == "__main__":
    main()
