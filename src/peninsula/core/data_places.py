"""Say where in data a value is."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeAlias

__all__ = ["Place", "written"]

Place: TypeAlias = tuple[str | int, ...]
"""Where in data a value is: the keys and positions that lead to it."""


def written(place: Iterable[str | int]) -> str:
    """Return a place as people read it: `auth.token`."""
    return ".".join(map(str, place))
