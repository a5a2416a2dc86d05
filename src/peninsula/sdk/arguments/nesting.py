"""Look into values that hold others: containers, dataclasses, models."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from typing import Any, Final

from peninsula.sdk.arguments.edges import Kind

__all__ = ["ENTERED", "fields_of", "values_inside"]

ENTERED: Final = frozenset({Kind.CONTAINER, Kind.TUPLE, Kind.FIELDS})
"""The kinds of values that are looked into."""


def values_inside(value: Any, class_: type) -> Iterable[Any]:
    """Return the values that one of an entered kind holds; of a dict, not its keys."""
    if class_ is dict:
        return value.values()  # type: ignore[no-any-return]
    if class_ in {list, tuple, set}:
        return value  # type: ignore[no-any-return]
    return list(fields_of(value).values())


def fields_of(value: Any) -> dict[str, Any]:
    """Return what the fields of a dataclass or a model hold."""
    # Neither dataclasses.fields nor model_fields: a field may be unset, and slots have no dict.
    names = getattr(type(value), "__dataclass_fields__", None)
    if names is None:
        return dict(vars(value))
    found = {}
    for name in names:
        with suppress(Exception):  # a descriptor of the user's may raise anything
            found[name] = getattr(value, name)
    return found
