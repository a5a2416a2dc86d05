"""Say what of blocks is secret: by the types of fields, by values, by names."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import cache
from typing import Any, Final, TypeAlias
from urllib.parse import unquote

from pydantic import BaseModel, Secret, TypeAdapter
from pydantic.json_schema import GenerateJsonSchema

from peninsula.blocks.inside import DEPTH, named
from peninsula.core import blocks
from peninsula.core.addresses import parted
from peninsula.core.secret_names import is_secret_name, password_of
from peninsula.sdk.masks import texts_of

__all__ = ["is_secret", "password_fields", "schema_of", "secret_paths", "secrets_in"]


# --- by values -----------------------------------------------------------------------------------


def is_secret(name: str, value: Any) -> bool:
    """Tell whether a value is secret by its type, or a text by the name of its field."""
    # As in the log: a password that is declared as a plain text is one all the same.
    return hasattr(value, "get_secret_value") or (isinstance(value, str) and is_secret_name(name))


def secrets_in(value: Any, depth: int = DEPTH) -> Iterator[str]:
    """Give the texts of what is secret in a value."""
    for name, each in named(value) if depth else ():
        if is_secret(name, each):
            yield from texts_of(each)
        elif (password := password_of(name, each)) is not None:
            yield password
        elif isinstance(each, str) or hasattr(each, "unicode_string"):
            yield from _in_address(str(each))
        else:
            yield from secrets_in(each, depth - 1)


def _in_address(text: str) -> Iterator[str]:
    """Give the passwords of an address, as they are written in it and as they are."""
    for secret in parted(text)[1]:
        yield secret
        yield unquote(secret.strip("'\""))


# --- by types ------------------------------------------------------------------------------------

_MARKS: Final = {"writeOnly": True, "format": "password"}


def schema_of(cls: type[BaseModel]) -> dict[str, Any]:
    """Return the JSON schema of a model, each secret in it marked as pydantic marks SecretStr."""
    schema = cls.model_json_schema(schema_generator=_Marking)
    # That of a model in which it is nested itself is told among the nested ones.
    name = schema.pop("$ref", "").removeprefix("#/$defs/")
    return {**schema["$defs"][name], **schema} if name else schema


class _Marking(GenerateJsonSchema):
    """Marks what is declared as `Secret[...]`, too, of which pydantic's schema does not tell."""

    # A default that is no JSON is left out of the schema, and every `Secret[...]` is none.
    ignored_warning_kinds = {"skipped-choice", "non-serializable-default"}  # noqa: RUF012  theirs

    def json_or_python_schema(self, schema: Any) -> dict[str, Any]:
        made = super().json_or_python_schema(schema)
        writes = schema.get("serialization", {}).get("function")
        return made | _MARKS if writes is _writes_secrets() else made


@cache
def _writes_secrets() -> Any:
    """Return the function by which pydantic writes any `Secret[...]`: by it they are known."""
    written: Any = TypeAdapter(Secret[str]).core_schema
    return written["serialization"]["function"]


def secret_paths(schema: Mapping[str, Any]) -> list[str]:
    """Return the paths of what a JSON schema marks as secret, or a name tells to be."""
    return sorted({".".join(path) for path, _ in _found(schema, _is_marked, _known(schema))})


def password_fields(schema: Mapping[str, Any]) -> dict[str, str]:
    """Return the fields that a JSON schema says passwords of addresses are of, by their paths."""
    return {
        ".".join(path): part[blocks.PASSWORD_FIELD]
        for path, part in _found(schema, _has_password_field, _known(schema))
    }


_KEYS: Final = {"additionalProperties": "*", "items": "*"}
_CHOICES: Final = ("anyOf", "oneOf", "allOf")

Path: TypeAlias = tuple[str, ...]


def _known(schema: Mapping[str, Any]) -> Mapping[str, Any]:
    found: Mapping[str, Any] = schema.get("$defs", {})
    return found


def _found(
    schema: Any,
    is_sought: Callable[[Mapping[str, Any], Path], bool],
    known: Mapping[str, Any],
    path: Path = (),
    within: tuple[str, ...] = (),
) -> Iterator[tuple[Path, Mapping[str, Any]]]:
    """Give what is sought of a schema, outermost alone, each with its path."""
    if not isinstance(schema, dict):
        return
    if is_sought(schema, path):
        yield path, schema
        return
    name = str(schema.get("$ref", "")).removeprefix("#/$defs/")
    if name in known and name not in within:
        yield from _found(known[name], is_sought, known, path, (*within, name))
    for field, each in schema.get("properties", {}).items():
        yield from _found(each, is_sought, known, (*path, field), within)
    for key, part in _KEYS.items():
        yield from _found(schema.get(key), is_sought, known, (*path, part), within)
    for key in _CHOICES:
        for each in schema.get(key, ()):
            yield from _found(each, is_sought, known, path, within)
    for each in schema.get("prefixItems", ()):
        yield from _found(each, is_sought, known, (*path, "*"), within)


def _is_marked(schema: Mapping[str, Any], path: Path) -> bool:
    if all(schema.get(key) == mark for key, mark in _MARKS.items()):
        return True
    return bool(path) and schema.get("type") == "string" and is_secret_name(path[-1])


def _has_password_field(schema: Mapping[str, Any], path: Path) -> bool:
    return bool(path) and isinstance(schema.get(blocks.PASSWORD_FIELD), str)
