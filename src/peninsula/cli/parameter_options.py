"""Read values that are given as KEY=VALUE: JSON, else text."""

from __future__ import annotations

from typing import Any

import msgspec

from peninsula.core.errors import InvalidError

__all__ = ["named_value"]


def named_value(said: str, noun: str = "parameter") -> tuple[str, Any]:
    """Return the name and the value. Raises InvalidError for what has no name."""
    name, found, value = said.partition("=")
    if not found or not name:
        msg = f"The {noun} {said!r} has no name and value. Write it like day=2026-01-31."
        raise InvalidError(msg)
    try:
        return name, msgspec.json.decode(value)
    except (msgspec.DecodeError, RecursionError):
        return name, value
