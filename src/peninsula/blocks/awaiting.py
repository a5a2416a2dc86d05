"""Give methods that wait for a system a form that coroutines await."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from functools import wraps
from typing import Any, ParamSpec, TypeVar

__all__ = ["awaited"]

P = ParamSpec("P")
T = TypeVar("T")


def awaited(method: Callable[P, T]) -> Callable[P, Coroutine[Any, Any, T]]:
    """Return the form of a method that coroutines wait for: `aread_path` of `read_path`.

    It calls the method in a thread, so that there is one way to do a thing, and not two.
    """
    name = method.__name__

    @wraps(method)
    async def in_thread(*args: P.args, **kwargs: P.kwargs) -> T:
        # By its name: a class below may have another.
        bound = getattr(args[0], name)
        result: T = await asyncio.to_thread(bound, *args[1:], **kwargs)
        return result

    in_thread.__name__ = f"a{name}"
    in_thread.__qualname__ = f"{method.__qualname__.rpartition('.')[0]}.a{name}"
    in_thread.__doc__ = f"Do what `{name}` does, in a coroutine."
    return in_thread
