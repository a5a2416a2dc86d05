"""Tell what kind of function something is that can be called."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, Final

__all__ = ["bound_by", "collected", "inner", "is_async", "is_generator"]

_COROUTINE: Final = 0x80
_GENERATOR: Final = 0x20
_ASYNC_GENERATOR: Final = 0x200
"""Flags of a code object, as in `inspect`, which is not worth its import here."""


def is_async(fn: Callable[..., Any]) -> bool:
    """Tell whether it is a coroutine function or an async generator function."""
    return _has_flag(fn, _COROUTINE | _ASYNC_GENERATOR)


def is_generator(fn: Callable[..., Any]) -> bool:
    """Tell whether it is a generator function or an async generator function."""
    return _has_flag(fn, _GENERATOR | _ASYNC_GENERATOR)


def _has_flag(fn: Callable[..., Any], flag: int) -> bool:
    # What wraps a function is what that is; any other callable object, what its class says.
    fn = inner(fn)
    called = fn if hasattr(fn, "__code__") else type(fn).__call__
    code = getattr(called, "__code__", None)
    return code is not None and bool(code.co_flags & flag)


def inner(fn: Callable[..., Any]) -> Callable[..., Any]:
    """Return what a partial, or an object like a flow or task, wraps; anything else as it is."""
    while True:
        if isinstance(fn, partial):
            fn = fn.func
        elif not hasattr(fn, "__code__") and hasattr(fn, "__wrapped__"):
            fn = fn.__wrapped__
        else:
            return fn


def bound_by(made: partial[Any]) -> dict[str, Any]:
    """Return what a partial was made with, by the names that its function has for it."""
    code = getattr(inner(made), "__code__", None)
    names = () if code is None else code.co_varnames[: code.co_argcount]
    positional = {
        names[index] if index < len(names) else f"argument {index}": value
        for index, value in enumerate(made.args)
    }
    return {**positional, **made.keywords}


def collected(fn: Callable[..., Any]) -> Callable[..., Any]:
    """Return the function; of a generator function, one that returns the list of its values."""

    async def acollect(*args: Any, **kwargs: Any) -> list[Any]:
        return [value async for value in fn(*args, **kwargs)]

    def collect(*args: Any, **kwargs: Any) -> list[Any]:
        return list(fn(*args, **kwargs))

    if not is_generator(fn):
        return fn
    return acollect if is_async(fn) else collect
