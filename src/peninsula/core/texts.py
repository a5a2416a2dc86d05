"""Make any text fit for a record: encodable, bounded, on one line."""

from __future__ import annotations

import re
from typing import Final

from peninsula.core import limits

__all__ = ["MASK", "cut", "encodable", "one_line"]

MASK: Final = "********"
"""What stands for a secret."""

_MORE: Final = "…".encode()
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f]")


def one_line(text: str, default: str) -> str:
    """Return a name: without control characters, bounded, the default if nothing is left."""
    if text.isascii() and text.isprintable() and 0 < len(text) <= limits.NAME_CHARS:
        return text
    named = cut(_CONTROL.sub(" ", encodable(text)).strip(), limits.NAME_CHARS)
    data = named.encode()
    if len(data) > limits.NAME_BYTES:
        # Four bytes a character, as emoji have, are more than an index takes.
        named = data[: limits.NAME_BYTES - len(_MORE)].decode(errors="ignore") + _MORE.decode()
    return named or default


def encodable(text: str) -> str:
    """Return the text with each lone surrogate replaced: JSON is UTF-8, which has none."""
    if text.isascii():
        return text
    return text.encode("utf-8", "replace").decode("utf-8")


def cut(text: str, most: int) -> str:
    """Return at most so many characters, an ellipsis in place of the rest."""
    return text if len(text) <= most else f"{text[: most - 1]}…"
