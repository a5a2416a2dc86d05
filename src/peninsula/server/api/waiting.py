"""Wait on behalf of a caller, for as long as it is there."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

from peninsula.server.api.request import ApiRequest

__all__ = ["while_there"]

T = TypeVar("T")


async def while_there(request: ApiRequest, work: Coroutine[Any, Any, T]) -> T | None:
    """Return what the work comes to; None, and the work is given up, if the caller leaves first.

    The body of the request has been read.
    """
    task = asyncio.ensure_future(work)
    gone = asyncio.ensure_future(_left(request))
    await asyncio.wait({task, gone}, return_when=asyncio.FIRST_COMPLETED)
    gone.cancel()
    if task.done():
        return task.result()
    task.cancel()
    return None


async def _left(request: ApiRequest) -> None:
    """Return when the caller has closed the connection."""
    while (await request.receive())["type"] != "http.disconnect":
        pass
