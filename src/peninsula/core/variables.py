"""What a variable is: a JSON value with a name, that flows read and people change."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from msgspec import Raw, Struct

from peninsula.core import codec, limits
from peninsula.core.errors import InvalidError, TooLargeError
from peninsula.core.events import check_text

__all__ = ["NAME", "Variable", "check_name", "check_tags", "check_value"]

NAME: Final = "^[a-z0-9_-]{1,255}$"
"""The form of a name, as in Prefect."""

TAGS: Final = 50

_NAME: Final = re.compile(NAME)
_OTHERS: Final = re.compile("[^a-z0-9_-]+")


class Variable(Struct, frozen=True, kw_only=True):
    """A variable as it is now."""

    id: UUID
    name: str
    value: Raw
    tags: tuple[str, ...]
    created: datetime
    updated: datetime


def check_name(name: object, of: str = "variable") -> None:
    """Refuse what is no name of a variable, or of what else has such names."""
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        proposed = _proposed(str(name))
        shown = name[:60] if isinstance(name, str) else name
        msg = (
            f"{shown!r} is no name of a {of}. Use lower-case letters, digits, - and _,"
            f" 255 at most{f': {proposed}' if proposed else ''}."
        )
        raise InvalidError(msg)


def _proposed(name: str) -> str:
    """Return a name like that one, empty where letters of it would be missing."""
    plain = unicodedata.normalize("NFKD", name.casefold())
    plain = "".join(letter for letter in plain if not unicodedata.combining(letter))
    if any(letter.isalnum() and not letter.isascii() for letter in plain):
        return ""
    return _OTHERS.sub("-", plain).strip("-")[:60]


def check_value(value: bytes) -> None:
    """Refuse JSON that is too large, or that a reader could not decode."""
    if len(value) > limits.VARIABLE_BYTES:
        msg = (
            f"The value has {len(value)} bytes; the limit is {limits.VARIABLE_BYTES}."
            " Keep large data in a file, and its address in the variable."
        )
        raise TooLargeError(msg, limit=limits.VARIABLE_BYTES)
    codec.check_value(value, "value")


def check_tags(tags: Sequence[str]) -> None:
    """Refuse tags that are no texts to be found by, and too many of them."""
    if len(tags) > TAGS:
        msg = f"{len(tags)} tags are too many; the limit is {TAGS}."
        raise TooLargeError(msg, limit=TAGS)
    for tag in tags:
        check_text("tag", tag)
