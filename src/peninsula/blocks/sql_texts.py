"""Say what a statement is, and what went wrong with it, without the values in it."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from peninsula.core.texts import cut

if TYPE_CHECKING:
    from sqlalchemy.exc import SQLAlchemyError

__all__ = ["hide_values", "shape"]

CHARS: Final = 500
"""Of a statement that are told."""

_VALUES: Final = re.compile(
    r"""
    /\*.*?(?:\*/|\Z) | --[^\n]*            # comments say anything
    | (?:\b[ebnxu])?'(?:[^'\\]|''|\\.)*'?  # texts; one that is cut off is one to the end
    | \$(?P<tag>\w*)\$.*?(?:\$(?P=tag)\$|\Z)  # texts of PostgreSQL
    | (?P<name>"[^"]*")
    | (?<![\w$:@`.])-?\d[\w.]*             # numbers, not those of names: t1, $1, :p1
    """,
    re.VERBOSE | re.DOTALL | re.IGNORECASE,
)
_LISTS: Final = re.compile(r"\(\s*\?(?:\s*,\s*\?)+\s*\)(?:\s*,\s*\(\s*\?(?:\s*,\s*\?)*\s*\))*")
_QUOTED: Final = re.compile(
    r"""
    (?<=: )".* | "'[^"]*"
    | (?<! \w ) (?<! \b host [ ] ) (?<! \b server [ ] on [ ] ) (?<! \b parameter [ ] )
      '[^']*'                             # but no names, and no apostrophe
    """,
    re.DOTALL | re.VERBOSE,
)
_DETAILS: Final = re.compile(r"\n(?:DETAIL|CONTEXT|LINE \d+|QUERY):.*", re.DOTALL)


@lru_cache(maxsize=1_024)
def shape(statement: str) -> str:
    """Return a statement with `?` for each value: it is then the same in all runs of a flow."""
    plain = " ".join(_VALUES.sub(_mark, statement).split())
    return cut(_LISTS.sub("(?, …)", plain), CHARS)


def _mark(found: re.Match[str]) -> str:
    if found["name"]:
        # MySQL takes it for a text; nobody else does, and its users write '…' as well.
        return found["name"]
    return " " if found[0].startswith(("--", "/*")) else "?"


def hide_values(error: SQLAlchemyError) -> None:
    """Take the values out of an error's texts, for they become events and messages of runs.

    What the driver says in attributes, as psycopg's `error.orig.diag`, stays.
    """
    statement = getattr(error, "statement", None)
    if isinstance(statement, str):
        error.statement = shape(statement)  # type: ignore[attr-defined]
    each: BaseException | None = error
    while each is not None:
        each.args = tuple(_message(arg) if isinstance(arg, str) else arg for arg in each.args)
        each = each.__cause__


def _message(text: str) -> str:
    # `Key (mail)=(a@b.c) already exists`, `invalid input syntax for type integer: "abc"`,
    # `unterminated quoted string at or near "'abc"`, `Duplicate entry 'a@b.c' for key 'mail'`
    return _QUOTED.sub("?", _DETAILS.sub("", text))
