"""Say of arguments what may be known: their shapes."""

from __future__ import annotations

from functools import lru_cache
from typing import Any, Final

from msgspec import Raw

from peninsula.core import codec
from peninsula.core.events import EMPTY
from peninsula.core.texts import cut, encodable
from peninsula.sdk.arguments.summaries import type_of

__all__ = ["shapes"]

MOST: Final = 20
"""Arguments that are told."""

CHARS: Final = 60
"""Of the name of one."""


def shapes(names: tuple[str, ...], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Raw:
    """Return types and lengths of arguments by name, as JSON; never a value of them.

    `names` are those of positional parameters; what is beyond them is told by its number.
    """
    if not args and not kwargs:
        return EMPTY
    named, values = names[: len(args)], args[: len(names)]
    if kwargs:
        named, values = (*named, *kwargs), (*values, *kwargs.values())
    told = [len(each) if type(each) is str else type_of(each) for each in values[:MOST]]
    return _encoded(named, len(args) - len(names), *told)


@lru_cache(maxsize=4_096)
def _encoded(names: tuple[str, ...], rest: int, *told: int | str) -> Raw:
    """Return the JSON; a number is the length of a text, as nearly each argument is one."""
    shapes = {
        encodable(cut(name, CHARS)): each if isinstance(each, str) else f"<str of {each:,}>"
        for name, each in zip(names, told, strict=False)
    }
    if rest > 0:
        shapes["*"] = f"<{rest} more>"
    return Raw(codec.encode(shapes))
