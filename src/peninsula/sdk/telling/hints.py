"""Say the fix of mistakes whose error Python itself raises, without knowing what a future is."""

from __future__ import annotations

import re
from contextlib import suppress
from typing import Final

__all__ = ["add_hint"]

_HINTS: Final = (
    (
        re.compile(r"'Future(List)?'|object Future(List)? "),
        "A future stands for a result that is still to come: .result() waits for it.",
    ),
    (
        re.compile(r"'coroutine'"),
        "A coroutine stands where its result is meant: await the call of the async flow or task.",
    ),
)
"""What the message of a TypeError or an AttributeError names, and the note it gets."""


def add_hint(error: BaseException) -> None:
    """Note the fix on an error, once, if it is one of those mistakes."""
    if not isinstance(error, TypeError | AttributeError):
        return
    with suppress(Exception):  # a class of the user's may have no text
        said = str(error)
        for pattern, hint in _HINTS:
            if pattern.search(said) and hint not in getattr(error, "__notes__", ()):
                error.add_note(hint)
