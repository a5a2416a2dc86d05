"""Show tracebacks without the engine's own frames between those of the user.

The exceptions keep them, for debuggers; at log level DEBUG they are shown as well.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from traceback import StackSummary, TracebackException
from types import TracebackType
from typing import Final

from peninsula.sdk.settings import settings

__all__ = ["install", "text_of", "traceback_of"]

_PACKAGE: Final = Path(__file__).parents[1]
_ENGINE: Final = str(_PACKAGE)
_FLOWS: Final = str(_PACKAGE / "demo" / "flows")
"""Flows of the demo come with us and are read as any user's."""


def install() -> None:
    """Have Python print the exception that ends the program so, unless someone else prints it."""
    if sys.excepthook is sys.__excepthook__:
        sys.excepthook = _print


def traceback_of(error: BaseException) -> str:
    """Return the traceback on lines of its own; nothing if no frames are left."""
    told = _folded(error)
    return "\n" + "".join(told.format()).rstrip() if _has_frames(told) else ""


def text_of(error: BaseException) -> str:
    """Return the traceback, the error's own line at least."""
    return "".join(_folded(error).format()).rstrip()


def _print(
    kind: type[BaseException], error: BaseException, frames: TracebackType | None, /
) -> None:
    if settings().log_level == "DEBUG" or sys.stderr is None:
        sys.__excepthook__(kind, error, frames)
        return
    sys.stderr.write(f"{text_of(error)}\n")


def _folded(error: BaseException) -> TracebackException:
    told = TracebackException.from_exception(error)
    if settings().log_level != "DEBUG":
        _fold(told)
    return told


def _has_frames(told: TracebackException) -> bool:
    return bool(told.stack) or any(_has_frames(each) for each in _linked(told))


def _fold(told: TracebackException) -> None:
    told.stack = StackSummary.from_list(
        [frame for frame in told.stack if not _is_engines(frame.filename)]
    )
    for each in _linked(told):
        _fold(each)


def _is_engines(file: str) -> bool:
    return file.startswith(_ENGINE) and not file.startswith(_FLOWS)


def _linked(told: TracebackException) -> Iterator[TracebackException]:
    for each in (told.__cause__, told.__context__, *(told.exceptions or ())):
        if each is not None:
            yield each
