"""Read from a schema what a block takes, and ask for it field by field."""

from __future__ import annotations

import getpass
from collections.abc import Callable, Mapping
from typing import Any, Final

import msgspec
from msgspec import Struct

from peninsula.core import blocks
from peninsula.core.blocks import BlockSchema
from peninsula.core.errors import InvalidError

__all__ = ["Field", "asked", "fields_of"]


class Field(Struct, frozen=True, kw_only=True):
    """One field of a type of block."""

    name: str
    takes: str
    """In words: `a text`, `a whole number`, `a block: login`."""
    required: bool
    secret: bool
    text: bool
    """Whether what is typed is a text as it is; else it is JSON."""
    nested: bool
    """Whether another block may be named, `type/name`."""
    description: str


def fields_of(schema: BlockSchema) -> list[Field]:
    """Return the fields in their order."""
    fields = blocks.checked_fields(bytes(schema.fields))
    secret = set(blocks.secret_fields(fields))
    required = set(fields.get("required", ()))
    known = fields.get("$defs", {})
    return [
        _field(name, each, known, required=name in required, secret=name in secret)
        for name, each in fields.get("properties", {}).items()
        if isinstance(each, dict)
    ]


def _field(
    name: str, schema: Mapping[str, Any], known: Mapping[str, Any], *, required: bool, secret: bool
) -> Field:
    kinds = [schema, *(each for key in ("anyOf", "oneOf", "allOf") for each in schema.get(key, ()))]
    types = {each["type"] for each in kinds if isinstance(each.get("type"), str)} - {"null"}
    models = [each["$ref"].rpartition("/")[2] for each in kinds if "$ref" in each]
    nested = any(known.get(model, {}).get("type") == "object" for model in models)
    words = [_WORDS.get(type_, type_) for type_ in sorted(types)]
    words += [f"a {model}" for model in models]
    return Field(
        name=name,
        takes=" or ".join(words) or "any JSON",
        required=required,
        secret=secret,
        text=types == {"string"} and not models,
        nested=nested,
        description=str(schema.get("description", "")),
    )


_WORDS: Final = {
    "string": "a text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "array": "a list",
    "object": "a JSON object",
}


def asked(schema: BlockSchema, say: Callable[[str], object]) -> dict[str, Any]:
    """Ask for each field on the terminal; Enter leaves out one that is not required.

    What is typed for a secret is not shown. `say` says why something is asked again.
    """
    data = {}
    for field in fields_of(schema):
        typed = _typed(field, say)
        if typed is not None:
            data[field.name] = typed
    return data


def _typed(field: Field, say: Callable[[str], object]) -> Any:
    nested = ", or a block: type/name" if field.nested else ""
    enter = "" if field.required else "; Enter leaves it out"
    prompt = f"{field.name} ({field.takes}{nested}{enter}): "
    while True:
        said = getpass.getpass(prompt) if field.secret else input(prompt)
        if not said and not field.required:
            return None
        try:
            return _value(field, said)
        except InvalidError as problem:
            say(problem.message)


def _value(field: Field, said: str) -> Any:
    if not said:
        raise InvalidError(f"{field.name} is required.")
    if field.text:
        return said
    try:
        return msgspec.json.decode(said)
    except msgspec.DecodeError:
        if field.nested or "a text" in field.takes or field.takes == "any JSON":
            return said
        # What is secret is not repeated.
        raise InvalidError(f"{field.name} takes {field.takes}, written as JSON.") from None
