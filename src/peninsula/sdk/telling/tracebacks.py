"""Show tracebacks without the engine's own frames between those of the user.

The exceptions keep them, for debuggers; at log level DEBUG they are shown as well.
"""

from __future__ import annotations

import contextlib
import os
import sys
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from traceback import FrameSummary, StackSummary, TracebackException
from types import TracebackType
from typing import Final

from peninsula.core.addresses import hide_in_addresses
from peninsula.journal import masking
from peninsula.sdk.settings import settings

__all__ = ["install", "is_engines", "text_of", "traceback_of"]

_PACKAGE: Final = Path(__file__).parents[2]
_ENGINE: Final = str(_PACKAGE)
_FLOWS: Final = str(_PACKAGE / "demo" / "flows")
"""Flows of the demo come with us and are read as any user's."""

_CONTEXTLIB: Final = str(contextlib.__file__)
_ASYNCIO: Final = str(Path(_CONTEXTLIB).parent / "asyncio") + os.sep
_THREADING: Final = str(threading.__file__)
_LITESTAR: Final = os.path.join("-packages", "litestar", "")  # noqa: PTH118  a part of a path
"""What calls the engine in the name of the user, or of the engine, and what that waits by."""


def install() -> None:
    """Have Python print the exception that ends the program so, unless someone else prints it."""
    if sys.excepthook is sys.__excepthook__:
        sys.excepthook = _print


def traceback_of(error: BaseException) -> str:
    """Return the traceback on lines of its own; nothing if no frames are left."""
    told = _folded(error)
    return f"\n{_written(told)}" if _has_frames(told) else ""


def text_of(error: BaseException) -> str:
    """Return the traceback, the error's own line at least."""
    return _written(_folded(error))


def _written(told: TracebackException) -> str:
    # The error's own line is in it, and lines of code: both may have addresses with keys.
    return hide_in_addresses("".join(told.format()).rstrip())


def _print(
    kind: type[BaseException], error: BaseException, frames: TracebackType | None, /
) -> None:
    if sys.stderr is None:
        sys.__excepthook__(kind, error, frames)
        return
    sys.stderr.write(f"{masking.hide(text_of(error))}\n")


def _folded(error: BaseException) -> TracebackException:
    try:
        told = TracebackException.from_exception(error)
    except Exception:  # noqa: BLE001  up to Python 3.12 a `__getattr__` of its class is asked for notes
        told = TracebackException(type(error), Exception(error), error.__traceback__)
    if settings().log_level != "DEBUG":
        _fold(told)
    return told


def _has_frames(told: TracebackException) -> bool:
    return bool(told.stack) or any(_has_frames(each) for each in _linked(told))


def _fold(told: TracebackException) -> None:
    told.stack = StackSummary.from_list(_shown(told.stack))
    for each in _linked(told):
        _fold(each)


def _shown(frames: Sequence[FrameSummary]) -> list[FrameSummary]:
    """Return the frames without the engine's, and without what only led there or was its wait."""
    shown: list[FrameSummary] = []
    led_there = False
    for frame in reversed(frames[: _end_of_wait(frames)]):
        # Between two frames of the user, contextlib and asyncio are the user's own doing.
        led_there = is_engines(frame.filename) or (led_there and _leads(frame.filename))
        if not led_there:
            shown.append(frame)
    return shown[::-1]


def _end_of_wait(frames: Sequence[FrameSummary]) -> int:
    """Return how many frames there are above what the engine waited by when it was interrupted."""
    end = len(frames)
    while end and _leads(frames[end - 1].filename):
        end -= 1
    return end if end and is_engines(frames[end - 1].filename) else len(frames)


def _leads(file: str) -> bool:
    return file in {_CONTEXTLIB, _THREADING} or file.startswith(_ASYNCIO) or _LITESTAR in file


def is_engines(file: str) -> bool:
    """Tell whether a file is ours, and none of a flow."""
    return file.startswith(_ENGINE) and not file.startswith(_FLOWS)


def _linked(told: TracebackException) -> Iterator[TracebackException]:
    for each in (told.__cause__, told.__context__, *(told.exceptions or ())):
        if each is not None:
            yield each
