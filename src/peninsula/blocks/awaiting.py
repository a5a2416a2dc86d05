"""Give methods that wait for a system a form that coroutines await."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import AbstractContextManager, asynccontextmanager
from functools import wraps
from threading import Lock
from typing import Any, ParamSpec, TypeVar

__all__ = ["awaited", "within"]

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


@asynccontextmanager
async def within(context: AbstractContextManager[T]) -> AsyncIterator[T]:
    """Be in a context that waits for a system as it begins and ends: in threads.

    It ends also where the coroutine is cancelled as it begins, which the thread does not notice.
    """
    first = Lock()
    """Taken by the first who is done with the beginning: the thread, or the coroutine that left.
    The other one ends the context."""

    def enter() -> T:
        entered = context.__enter__()
        if not first.acquire(blocking=False):
            left = asyncio.CancelledError()
            context.__exit__(type(left), left, None)
        return entered

    try:
        entered = await asyncio.to_thread(enter)
    except asyncio.CancelledError:
        if not first.acquire(blocking=False):
            await asyncio.to_thread(context.__exit__, *sys.exc_info())
        raise
    try:
        yield entered
    except BaseException:
        # What the context makes of an error is not asked for, nor does the error end here.
        await asyncio.to_thread(context.__exit__, *sys.exc_info())
        raise
    await asyncio.to_thread(context.__exit__, None, None, None)
