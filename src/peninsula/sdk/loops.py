"""Run a coroutine to its end from a function."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from contextvars import copy_context
from threading import Thread
from typing import Any

__all__ = ["run_here"]


def run_here(awaitable: Awaitable[Any]) -> Any:
    """Return its result. A thread whose event loop runs already waits for another one's."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return asyncio.run(_wait(awaitable))
    outcome: list[Any] = []
    context = copy_context()
    thread = Thread(target=context.run, args=(_run_into, outcome, awaitable), daemon=True)
    thread.start()
    thread.join()
    result, error = outcome
    if error is not None:
        raise error
    return result


async def _wait(awaitable: Awaitable[Any]) -> Any:
    return await awaitable


def _run_into(outcome: list[Any], awaitable: Awaitable[Any]) -> None:
    try:
        outcome += [asyncio.run(_wait(awaitable)), None]
    except BaseException as error:  # noqa: BLE001  it is raised again by the thread that waits
        outcome += [None, error]
