"""Say of a class of blocks what type of block it is: its names, its fields, what it is good for."""

from __future__ import annotations

import inspect
import re
from hashlib import blake2b
from typing import Any, ClassVar, Final
from unicodedata import combining, normalize

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    GetJsonSchemaHandler,
    PlainValidator,
    WrapValidator,
)

from peninsula.blocks.aliases import taken_as
from peninsula.blocks.secrecy import password_fields, schema_of, secret_paths
from peninsula.core import blocks

__all__ = ["Typed"]


class Typed(BaseModel):
    """A model that is a type of block."""

    _block_type_name: ClassVar[str | None] = None
    """What people call this type of block; by default the class's name."""
    _block_type_slug: ClassVar[str | None] = None
    """What programs and events call it: `s3-bucket`; by default made from the name.

    Of a name in another script than Latin that is `block-` with digits, so it is better given."""
    _description: ClassVar[str | None] = None
    """What it is for; by default what the docstring says, without its examples."""
    _logo_url: ClassVar[str | None] = None
    _documentation_url: ClassVar[str | None] = None
    _code_example: ClassVar[str | None] = None
    """How it is used; by default the lines of the docstring that have a prompt, `>>>`."""
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
        plain = _EXAMPLE.sub("", inspect.cleandoc(cls.__doc__ or ""))
        return cls.__dict__.get("_description") or plain.strip() or None

    @classmethod
    def get_code_example(cls) -> str | None:
        """Return how it is used."""
        examples = _EXAMPLE.findall(inspect.cleandoc(cls.__doc__ or ""))
        lines = [line for each in examples for line in _PROMPTED.findall(each)]
        return cls._code_example or "\n".join(lines) or None

    @classmethod
    def get_block_capabilities(cls) -> list[str]:
        """Return what blocks of this type, and of those it inherits from, can do."""
        each = (vars(base).get("_block_schema_capabilities", ()) for base in cls.__mro__)
        return sorted({capability for capabilities in each for capability in capabilities})

    @classmethod
    def get_block_schema(cls) -> dict[str, Any]:
        """Return the JSON schema of the fields, and what else is to be known of them.

        That is: which are secret, which its class checks further, in whose place it may stand.
        """
        schema = schema_of(cls)
        said = {
            blocks.SECRET_FIELDS: secret_paths(schema),
            blocks.PASSWORD_FIELDS: password_fields(schema),
            blocks.BASES_FIELD: _bases(cls),
            blocks.CHECKED_FIELD: _checked(cls),
            blocks.EXPIRES_FIELD: cls._expires_field,
        }
        return schema | {key: each for key, each in said.items() if each or key == _ALWAYS}

    @classmethod
    def __get_pydantic_json_schema__(
        cls, core_schema: Any, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        """Say in the schema of whatever this is nested in which type of block may stand there."""
        schema = handler(core_schema)
        handler.resolve_ref_schema(schema)[blocks.TYPE_FIELD] = cls.get_block_type_slug()
        return schema


_ALWAYS: Final = blocks.SECRET_FIELDS

_OWN: Final = frozenset({__name__, "peninsula.blocks.documents", "peninsula.blocks.base"})
"""Modules of the classes that every block descends from."""


def _bases(cls: type[Typed]) -> list[str]:
    """Return the types that a class descends from, nearest first."""
    families = (each for each in cls.__mro__[1:] if issubclass(each, Typed))
    return [each.get_block_type_slug() for each in families if each.__module__ not in _OWN]


def _checked(cls: type[Typed]) -> list[str]:
    """Return the fields that validators of a class check, `*` for those of the whole."""
    found = cls.__pydantic_decorators__
    names = {name for each in found.field_validators.values() for name in each.info.fields}
    for name, field in cls.model_fields.items():
        if any(isinstance(each, _VALIDATORS) for each in field.metadata):
            names.add(taken_as(name, field))
    if any(each.func.__module__ not in _OWN for each in found.model_validators.values()):
        names.add("*")
    return sorted(names)


_VALIDATORS: Final = (AfterValidator, BeforeValidator, PlainValidator, WrapValidator)

_EXAMPLE: Final = re.compile(
    r"(?:^[ \t]*Examples?(?:::?|\n[ \t]*-+)?[ \t]*\n+)?^[ \t]*>>>.*(?:\n[ \t]*\S.*)*\n*",
    re.MULTILINE,
)
"""What begins with a prompt, as far as the next empty line: what it prints, and its heading too."""
_PROMPTED: Final = re.compile(r"^[ \t]*(?:>>>|\.\.\.) ?(.*)", re.MULTILINE)

_WORDS: Final = re.compile(r"[A-Z]+(?![a-z])[0-9]*|[A-Z]?[a-z]+[0-9]*|[0-9]+")


def _slug_of(name: str) -> str:
    """Return `s3-bucket` of "S3 Bucket", `sql-database` of `SQLDatabase`.

    Letters lose their accents; others have no place in it, so a digest tells such names apart.
    """
    plain = "".join(each for each in normalize("NFKD", name) if not combining(each))
    words = _WORDS.findall(plain) or ["block"]
    if any(each.isalnum() and not each.isascii() for each in plain):
        words.append(blake2b(name.encode(), digest_size=4).hexdigest())
    return "-".join(words).lower()
