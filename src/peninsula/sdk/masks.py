"""Mask what looks like a secret, and know again what is one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import fields, is_dataclass
from decimal import Decimal
from functools import lru_cache
from pathlib import PurePath
from typing import Any, Final
from uuid import UUID

from peninsula.core.addresses import hide_passwords
from peninsula.core.secret_names import is_open_header, is_secret_name
from peninsula.core.texts import encodable
from peninsula.journal import masking

__all__ = [
    "SHORTEST",
    "fields_of",
    "hide_within",
    "learn",
    "learn_passing",
    "telling_names",
    "texts_of",
]

SHORTEST: Final = masking.SHORTEST
"""Characters of a secret that is masked in texts."""


def hide_within(value: Any) -> Any:
    """Mask users and passwords in addresses in all texts of a value, for JSON: no half characters.

    Other objects stay as they are.
    """
    match value:
        case str():
            return hide_passwords(encodable(value))
        case Mapping():
            return {hide_within(key): hide_within(item) for key, item in value.items()}
        case list() | tuple() | set() | frozenset():
            return [hide_within(item) for item in value]
        case _:
            return value


def learn(secret: Any) -> None:
    """Mask a secret from now on in all that this process tells: pydantic's, or its texts."""
    masking.register(texts_of(secret))


def learn_passing(secret: Any) -> None:
    """Mask a secret for a while: one of the arguments of a call, of which there may be many."""
    masking.register_passing(texts_of(secret))


def texts_of(value: Any) -> Iterator[str]:
    """Give the texts of a secret: of pydantic's, or of what holds some; numbers as texts."""
    match value:
        case str():
            yield value
        case bytes():
            yield value.decode("utf-8", "replace")
            if not value.isascii():  # else the one is written as the other
                yield repr(value)[2:-1]
        case int() | float() | Decimal() | PurePath() | UUID():
            # Beside a password, a flag or a small number is no secret that anyone should lengthen.
            if len(text := str(value)) >= SHORTEST and not isinstance(value, bool):
                yield text
        case _:
            for item in _held(value):
                yield from texts_of(item)


def _held(value: Any) -> Iterable[Any]:
    match value:
        case Mapping():
            return (item for name, item in value.items() if not _is_open(name))
        case list() | tuple() | set() | frozenset():
            return value
        case _ if hasattr(value, "get_secret_value"):
            return (value.get_secret_value(),)
        case _:
            return (fields_of(value) or {}).values()


def _is_open(name: Any) -> bool:
    return isinstance(name, str) and is_open_header(name)


def fields_of(value: Any) -> Mapping[str, Any] | None:
    """Return what a dataclass or a model of pydantic holds, None of anything else.

    Where another name of a field says that it is secret, that stands beside its own.
    """
    cls: Any = type(value)
    if is_dataclass(value) and not isinstance(value, type):
        held = {field.name: getattr(value, field.name) for field in fields(value)}
    elif hasattr(cls, "__pydantic_fields__"):
        held = vars(value) | (getattr(value, "__pydantic_extra__", None) or {})
    else:
        return None
    telling = telling_names(cls)
    return {telling.get(name, name): item for name, item in held.items()} if telling else held


@lru_cache(maxsize=1_024)
def telling_names(cls: type) -> Mapping[str, str]:
    """Return for fields whose alias alone says that they are secret both: `pw (password)`."""
    found = {}
    for name, field in getattr(cls, "__pydantic_fields__", {}).items():
        for alias in (field.alias, field.validation_alias, field.serialization_alias):
            if isinstance(alias, str) and is_secret_name(alias) and not is_secret_name(name):
                found[name] = f"{name} ({alias})"
    return found
