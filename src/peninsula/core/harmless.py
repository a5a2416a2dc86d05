"""Mask in JSON what is secret by its name, or in an address."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from peninsula.core.addresses import hide_in_addresses
from peninsula.core.secret_names import is_secret_name
from peninsula.core.texts import MASK

__all__ = ["harmless"]


def harmless(value: Any) -> Any:
    """Return a value without the texts that are secret by their names, or by their addresses.

    It is what a person would show of it to others; what is no JSON stays as it is.
    """
    match value:
        case str():
            return hide_in_addresses(value)
        case Mapping():
            return {name: _of(name, each) for name, each in value.items()}
        case list() | tuple():
            return [harmless(each) for each in value]
        case _:
            return value


def _of(name: Any, value: Any) -> Any:
    is_text = isinstance(value, str) and bool(value)
    return MASK if is_text and is_secret_name(str(name)) else harmless(value)
