"""Know again what a call has returned, where that may fail later: an answer, or an open file."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from http import HTTPStatus
from types import NoneType
from typing import Any, Final
from weakref import WeakSet

from peninsula.sdk.outside.call import Call
from peninsula.sdk.outside.later import answered, follow, lead_back, of_answer

__all__ = ["gave", "returned"]

_log = logging.getLogger("peninsula.calls")

_PLAIN: Final = frozenset({bool, bytes, dict, float, int, list, NoneType, str, tuple})
"""Types of most results, at which nothing is looked."""


def returned(call: Call, result: object) -> None:
    """Know a result again; by an answer that says that it failed, the call is failed."""
    gave(call, result, at_last=True)


def gave(call: Call, value: Any, *, at_last: bool = False) -> None:
    """Know again what a call has given, which may go on."""
    try:
        kind = type(value)
        if kind in _PLAIN or not call.open:
            return
        if (is_answer := hasattr(kind, _ASK)) or hasattr(kind, "read"):
            for each in _sources(value):
                _watch(call, each)
        if is_answer and at_last and (status := _status(value)) >= HTTPStatus.BAD_REQUEST:
            call.refuse(f"HTTP {status}", f"HTTP {status}")
    except Exception:  # noqa: BLE001  properties of the user's
        _log.debug("What %s of %s gave is not known", call.method, call.type, exc_info=True)


_ASK: Final = "raise_for_status"
"""What answers of HTTP have, whatever the library."""

_FURTHER: Final = ("buffer", "raw", "raw")
"""Attributes for what texts, buffers and answers read from, the outer ones first."""


def _sources(value: Any) -> Iterator[Any]:
    """Give an answer or a file, and what it reads from."""
    yield value
    for name in _FURTHER:
        if (further := getattr(value, name, None)) is not None:
            yield (value := further)


def _watch(call: Call, source: Any) -> None:
    answered(source, call)
    if of_answer(source) is None:
        return  # it takes no weak references
    if (kind := type(source)) not in _followed:
        _followed.add(kind)
        for owner in kind.__mro__:
            lead_back(owner, _ASK)
            follow(owner, _READS, _is_fault, of_answer)
            if hasattr(owner, "write"):
                follow(owner, _WRITES, _is_fault, _of_written)


_followed: Final[WeakSet[type]] = WeakSet()

_READS: Final = "aiter_raw iter_raw read read1 read_chunked readall readinto readline readlines"
_WRITES: Final = "close flush write"


def _of_written(file: Any) -> Any:
    use = of_answer(file)
    return use and use._replace(method="write")


def _is_fault(error: BaseException) -> bool:
    """Tell whether the other side may be at fault: those of the language are mistakes of code."""
    return isinstance(error, Exception) and not isinstance(error, _MISTAKES)


_MISTAKES: Final = (
    ArithmeticError,
    AssertionError,
    AttributeError,
    LookupError,
    NameError,
    RuntimeError,
    TypeError,
    ValueError,
)


def _status(answer: Any) -> int:
    """Return what it was answered with; 0 if it does not say."""
    status = getattr(answer, "status_code", None) or getattr(answer, "status", None)
    return status if isinstance(status, int) else 0
