"""Keep which events led to an exception, where its class leaves that out of its pickles.

Botocore's, SQLAlchemy's and many others say in `__reduce__` what they are made of, and no more.
"""

from __future__ import annotations

import copyreg
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

from peninsula.sdk.telling.causes import CALL, RUN, keep_call

__all__ = ["marks_of", "ready", "remark"]


def marks_of(error: BaseException) -> dict[str, Any]:
    """Return what is noted on an exception, to go beside it to another process."""
    keep_call(error)
    return _noted(error)


def _noted(error: BaseException) -> dict[str, Any]:
    known = vars(error)  # a `__getattr__` may raise anything
    return {name: known[name] for name in (CALL, RUN) if name in known}


def remark(error: BaseException, marks: Mapping[str, Any]) -> None:
    """Note it on the exception that came out there, or on what stands for it."""
    vars(error).update(marks)  # classes may refuse attributes


def ready(error: Exception) -> None:
    """Have an exception keep it on its way out of a process of `multiprocessing`'s.

    Whoever else pickles exceptions of its class gets what the class gives.
    """
    marks = marks_of(error)
    with suppress(Exception):  # what cannot be reduced fails where it is pickled
        reduced = _reduced_plainly(error)
        state = reduced[2] if isinstance(reduced, tuple) and len(reduced) > _STATE else None
        kept = isinstance(state, dict) and marks.keys() <= state.keys()
        if marks and not kept:
            # Weight: only in processes that were begun by it.
            from multiprocessing.reduction import ForkingPickler  # noqa: PLC0415

            ForkingPickler.register(type(error), _reduced)


_PROTOCOL, _STATE = 4, 2


def _reduced(error: BaseException) -> Any:
    reduced = _reduced_plainly(error)
    if isinstance(reduced, str) or not (marks := _noted(error)):
        return reduced
    make, args, *rest = reduced
    return _made, (marks, make, args), *rest


def _reduced_plainly(error: BaseException) -> Any:
    """Return what it is made of, as its class says, or who has said so for that (tblib does)."""
    reduce = copyreg.dispatch_table.get(type(error))
    return error.__reduce_ex__(_PROTOCOL) if reduce is None else reduce(error)


def _made(marks: Mapping[str, Any], make: Callable[..., Any], args: tuple[Any, ...]) -> Any:
    error = make(*args)
    remark(error, marks)
    return error
