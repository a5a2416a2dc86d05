"""Read what a state's message says of the exception that led to it."""

from __future__ import annotations

import re

__all__ = ["error_type"]

_TYPE = re.compile(
    r"((?:[\w<>]+\.)*_*[A-Z]\w*)(?=: )|((?:[\w<>]+\.)*\w*(?:Error|Exception|Interrupt|Exit))$"
)
"""An exception without a text is its name alone; of single words only some are names of those."""


def error_type(message: str | None) -> str | None:
    """Return the exception's type that a state's message begins with: `core.life.describe`."""
    found = _TYPE.match(message or "")
    return found[0] if found else None
