"""Look into what blocks hold, and whatever it is nested in."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from typing import Any, Final

from pydantic import BaseModel, SecretStr

from peninsula.core.classes import class_of
from peninsula.sdk.masks import fields_of

__all__ = ["DEPTH", "LEAVES", "inside", "named"]

DEPTH: Final = 8
"""How deep blocks and secrets are looked for in blocks, lists and dicts."""


def inside(value: Any) -> Iterator[Any]:
    """Give what is in a model or a collection."""
    return (each for _, each in named(value))


LEAVES: Final = frozenset({object, str, int, float, bool, bytes, type(None), SecretStr})
"""Types of values in which nothing is looked for."""


def named(value: Any) -> Iterator[tuple[str, Any]]:
    """Give what is in a model or a collection by its name, where it has one."""
    if class_of(value) in LEAVES:
        return
    if isinstance(value, BaseModel):
        value = fields_of(value)
    elif is_dataclass(value) and not isinstance(value, type):
        value = {field.name: getattr(value, field.name, None) for field in fields(value)}
    if isinstance(value, Mapping):
        yield from ((str(name), each) for name, each in value.items())
    elif isinstance(value, list | tuple | set | frozenset):
        yield from (("", each) for each in value)
