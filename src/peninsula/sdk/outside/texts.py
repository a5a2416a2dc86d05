"""Say of arguments and errors what may be known: shapes, and texts without secrets."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice
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


def shapes(names: Sequence[str], args: Sequence[Any], kwargs: dict[str, Any]) -> Raw:
    """Return types and lengths of arguments by name, as JSON; never a value of them.

    `names` are those of positional parameters; what is beyond them is told by its number.
    """
    if not args and not kwargs:
        return EMPTY
    named = dict(zip(names, args, strict=False))
    rest = args[len(names) :]
    told = {
        encodable(cut(name, CHARS)): f"<str of {len(value):,}>"
        if type(value) is str  # nearly every one: a path, a query
        else type_of(value)
        for name, value in islice((named | kwargs).items(), MOST)
    }
    if rest:
        told["*"] = f"<{len(rest)} more>"
    return Raw(codec.encode(told))
