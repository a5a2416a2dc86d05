"""Get from functions into event loops, and from threads back into them."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from contextvars import copy_context
from threading import Thread
from typing import Any

__all__ = ["in_loop", "in_thread", "run_here", "told"]


def run_here(awaitable: Awaitable[Any]) -> Any:
    """Return its result. A thread whose event loop runs already waits for another one's."""
    if not in_loop():
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


def in_loop() -> bool:
    """Tell whether an event loop runs in this thread."""
    # Whoever runs something in the `except` would have this error in all tracebacks from there.
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True


async def _wait(awaitable: Awaitable[Any]) -> Any:
    return await awaitable


def _run_into(outcome: list[Any], awaitable: Awaitable[Any]) -> None:
    try:
        outcome += [asyncio.run(_wait(awaitable)), None]
    except BaseException as error:  # noqa: BLE001  it is raised again by the thread that waits
        outcome += [None, error]


async def in_thread(work: Callable[[], Any]) -> None:
    """Do the work in a thread that is not the loop's."""
    await asyncio.to_thread(work)


async def told(ask: Callable[[Callable[[], Any]], Any], timeout: float | None) -> None:  # noqa: ASYNC109  of the wait, not of the coroutine
    """Wait until someone calls what `ask` was given, from any thread, or `timeout` seconds."""
    loop = asyncio.get_running_loop()
    over = asyncio.Event()

    def tell() -> None:
        # The loop may be closed by then.
        with suppress(RuntimeError):
            loop.call_soon_threadsafe(over.set)

    ask(tell)
    with suppress(TimeoutError):
        await asyncio.wait_for(over.wait(), timeout)
