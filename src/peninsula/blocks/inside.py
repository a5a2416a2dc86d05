"""Look into what blocks hold: their secrets, and whatever they are nested in."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from pydantic import BaseModel

from peninsula.core.secret_names import is_secret_name
from peninsula.sdk.masks import texts_of

__all__ = ["DEPTH", "LEAVES", "inside", "secrets_in"]

DEPTH: Final = 8
"""How deep blocks and secrets are looked for in blocks, lists and dicts."""


def secrets_in(value: Any, depth: int = DEPTH) -> Iterator[str]:
    """Give the texts that are secret by their type or by the name of their field."""
    for name, each in _named(value) if depth else ():
        if hasattr(each, "get_secret_value") or (isinstance(each, str) and is_secret_name(name)):
            yield from texts_of(each)
        else:
            yield from secrets_in(each, depth - 1)


def inside(value: Any) -> Iterator[Any]:
    """Give what is in a model or a collection."""
    return (each for _, each in _named(value))


LEAVES: Final = frozenset({str, int, float, bool, bytes, type(None)})
"""Types of values in which nothing is looked for."""


def _named(value: Any) -> Iterator[tuple[str, Any]]:
    """Give the same by name, where it has one."""
    if type(value) in LEAVES:
        return
    if isinstance(value, BaseModel):
        value = value.__dict__
    if isinstance(value, Mapping):
        yield from ((str(name), each) for name, each in value.items())
    elif isinstance(value, list | tuple | set | frozenset):
        yield from (("", each) for each in value)
