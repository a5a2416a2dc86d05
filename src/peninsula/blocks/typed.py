"""Say of a class of blocks what type of block it is: its names, its fields, what it is good for."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator, Mapping
from typing import Any, ClassVar, Final

from pydantic import BaseModel, GetJsonSchemaHandler

from peninsula.core import blocks
from peninsula.core.secret_names import is_secret_name

__all__ = ["Typed"]


class Typed(BaseModel):
    """A model that is a type of block."""

    _block_type_name: ClassVar[str | None] = None
    """What people call this type of block; by default the class's name."""
    _block_type_slug: ClassVar[str | None] = None
    """What programs and events call it: `s3-bucket`; by default made from the name."""
    _description: ClassVar[str | None] = None
    """What it is for; by default what the docstring says."""
    _logo_url: ClassVar[str | None] = None
    _documentation_url: ClassVar[str | None] = None
    _code_example: ClassVar[str | None] = None
    _block_schema_version: ClassVar[str] = "non-versioned"
    """Version of the fields, for people."""
    _block_schema_capabilities: ClassVar[list[str]] = []
    """What blocks of it can do, for programs to choose by."""
    _expires_field: ClassVar[str | None] = None
    """The field that says when the block's credential ends."""

    @classmethod
    def get_block_type_name(cls) -> str:
        """Return what people call this type of block."""
        return cls.__dict__.get("_block_type_name") or cls.__name__

    @classmethod
    def get_block_type_slug(cls) -> str:
        """Return what programs call it: lower case, digits and dashes."""
        found: str | None = cls.__dict__.get("_slug")
        if found is None:
            given = cls.__dict__.get("_block_type_slug") or cls.get_block_type_name()
            found = cls._slug = _slug_of(given)
        return found

    _slug: ClassVar[str | None] = None

    @classmethod
    def get_description(cls) -> str | None:
        """Return what it is for."""
        return cls.__dict__.get("_description") or (inspect.cleandoc(cls.__doc__ or "") or None)

    @classmethod
    def get_block_capabilities(cls) -> list[str]:
        """Return what blocks of this type, and of those it inherits from, can do."""
        each = (vars(base).get("_block_schema_capabilities", ()) for base in cls.__mro__)
        return sorted({capability for capabilities in each for capability in capabilities})

    @classmethod
    def get_block_schema(cls) -> dict[str, Any]:
        """Return the JSON schema of the fields, with the paths of those that are secret."""
        schema = cls.model_json_schema()
        secret = {*_secret_paths(schema, schema.get("$defs", {})), *_generic_secrets(cls)}
        expires = {} if cls._expires_field is None else {blocks.EXPIRES_FIELD: cls._expires_field}
        return schema | {blocks.SECRET_FIELDS: sorted(secret)} | expires

    @classmethod
    def __get_pydantic_json_schema__(
        cls, core_schema: Any, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        """Say in the schema of whatever this is nested in which type of block may stand there."""
        schema = handler(core_schema)
        handler.resolve_ref_schema(schema)[blocks.TYPE_FIELD] = cls.get_block_type_slug()
        return schema


_WORDS: Final = re.compile(r"[A-Z]+(?![a-z])[0-9]*|[A-Z]?[a-z]+[0-9]*|[0-9]+")


def _slug_of(name: str) -> str:
    """Return `s3-bucket` of "S3 Bucket", `sql-database` of `SQLDatabase`."""
    return "-".join(_WORDS.findall(name)).lower() or "block"


# --- secrets -------------------------------------------------------------------------------------

_KEYS: Final = {"additionalProperties": "*", "items": "*"}
_CHOICES: Final = ("anyOf", "oneOf", "allOf")


def _secret_paths(
    schema: Any, known: Mapping[str, Any], path: tuple[str, ...] = (), within: tuple[str, ...] = ()
) -> Iterator[str]:
    """Give the paths of what a JSON schema marks as secret, or a name tells to be."""
    if not isinstance(schema, dict):
        return
    if _is_secret(schema, path):
        yield ".".join(path)
        return
    name = str(schema.get("$ref", "")).removeprefix("#/$defs/")
    if name in known and name not in within:
        yield from _secret_paths(known[name], known, path, (*within, name))
    for field, each in schema.get("properties", {}).items():
        yield from _secret_paths(each, known, (*path, field), within)
    for key, part in _KEYS.items():
        yield from _secret_paths(schema.get(key), known, (*path, part), within)
    for key in _CHOICES:
        for each in schema.get(key, ()):
            yield from _secret_paths(each, known, path, within)
    for each in schema.get("prefixItems", ()):
        yield from _secret_paths(each, known, (*path, "*"), within)


def _is_secret(schema: Mapping[str, Any], path: tuple[str, ...]) -> bool:
    if schema.get("writeOnly") and schema.get("format") == "password":
        return True
    # As in the log: a password that is declared as a plain text is one all the same.
    return bool(path) and schema.get("type") == "string" and is_secret_name(path[-1])


def _generic_secrets(cls: type[BaseModel]) -> Iterator[str]:
    """Give the fields of a type like `Secret[dict]`, of which pydantic's schema does not tell."""
    for name, field in cls.model_fields.items():
        if "Secret[" in str(field.annotation):
            yield field.alias or name
