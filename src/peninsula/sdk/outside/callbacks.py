"""Tell what code of the user's raised that a call had called back: a generator of rows, a function.

The system that the call goes to has no part in it.
"""

from __future__ import annotations

import gc
import logging
import os
import sys
from collections import deque
from collections.abc import Iterable, Iterator
from functools import lru_cache, partial
from itertools import chain, islice
from pathlib import Path
from types import (
    AsyncGeneratorType,
    CodeType,
    CoroutineType,
    FunctionType,
    GeneratorType,
    MethodType,
    TracebackType,
)
from typing import Any, Final

from peninsula.sdk.telling.tracebacks import is_engines

__all__ = ["is_raised_by"]

_log = logging.getLogger("peninsula.calls")

MOST: Final = 1_000
"""Objects among what was given that are looked at."""


def is_raised_by(given: Iterable[object] | None, error: BaseException) -> bool:
    """Tell whether an exception came out of code that was given to a call, and of nothing below.

    None: whatever code of the user's it went through, as libraries call none that is not given to
    them. What a library raised that the code had called may tell of any system, and so may an
    OSError that is about no file.
    """
    if not isinstance(error, Exception) or given == ():
        return False
    try:
        return _is_raised_by(given, error)
    except Exception:  # noqa: BLE001  classes of the user's decide what they say of themselves
        _log.debug("Whose code has raised is not known", exc_info=True)
        return False


def _is_raised_by(given: Iterable[object] | None, error: Exception) -> bool:
    codes = None if given is None else set(_codes(given))
    if codes == set() or _is_librarys(_file_of(type(error))):
        return False
    if isinstance(error, OSError) and not isinstance(error, _OF_FILES):
        return False
    is_given = False
    for code in _frames(error.__traceback__):
        if _is_librarys(code.co_filename):
            is_given = False
        elif not _is_pythons(code.co_filename):
            is_given = is_given or codes is None or id(code) in codes
    return is_given


_OF_FILES: Final = (
    FileExistsError,
    FileNotFoundError,
    IsADirectoryError,
    NotADirectoryError,
    PermissionError,
)


def _frames(at: TracebackType | None) -> Iterator[CodeType]:
    while at is not None:
        yield at.tb_frame.f_code
        at = at.tb_next


# --- whose code it is ----------------------------------------------------------------------------


def _file_of(kind: type) -> str:
    return getattr(sys.modules.get(kind.__module__), "__file__", None) or ""


@lru_cache(maxsize=4_096)
def _is_librarys(file: str) -> bool:
    return is_engines(file) or any(folder in file for folder in _INSTALLED)


@lru_cache(maxsize=4_096)
def _is_pythons(file: str) -> bool:
    return file.startswith((_STDLIB, "<frozen "))


_INSTALLED: Final = tuple(f"{os.sep}{name}-packages{os.sep}" for name in ("site", "dist"))
_STDLIB: Final = str(Path(os.__file__).parent) + os.sep


# --- what was given ------------------------------------------------------------------------------


def _codes(given: Iterable[object]) -> Iterator[int]:
    """Give the ids of the codes of functions and generators, also of those within others."""
    waiting = deque(given)
    for _ in range(MOST):
        if not waiting:
            return
        each: Any = waiting.popleft()
        kind = type(each)
        if kind in _CODES:
            yield id(getattr(each, _CODES[kind]))
        elif kind is MethodType:
            waiting.append(each.__func__)
        elif kind in _MANY:
            waiting.extend(islice(each, MOST))  # five million rows are not copied for this
        elif kind is dict:
            waiting.extend(islice(chain(each, each.values()), MOST))
        elif kind in _HOLDING or kind.__module__ == "itertools":
            waiting.extend(gc.get_referents(each))  # of `map`: the function, and what it is of
        elif not isinstance(each, type):
            found = (getattr(kind, name, None) for name in _CALLED)
            waiting.extend(method for method in found if type(method) is FunctionType)


_CODES: Final[dict[type, str]] = {
    AsyncGeneratorType: "ag_code",
    CoroutineType: "cr_code",
    FunctionType: "__code__",
    GeneratorType: "gi_code",
}

_MANY: Final = frozenset({deque, frozenset, list, set, tuple})
"""Types of what holds things that all can be asked for without being used up."""

_HOLDING: Final = frozenset({
    enumerate, filter, map, partial, reversed, zip,
    *map(type, (iter([]), iter(()), iter({}), iter({}.values()), iter({}.items()), iter(set()))),
})  # fmt: skip
"""Types of what holds what it gives or calls, and nothing else: an exception holds its frames."""

_CALLED: Final = (
    "__aiter__",
    "__anext__",
    "__call__",
    "__getitem__",
    "__iter__",
    "__next__",
    "read",
)
"""What libraries call of objects that stand for a function, for rows or for a file."""
