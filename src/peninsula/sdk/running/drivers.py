"""Drive a run in this thread, whatever kind of function it has."""

from __future__ import annotations

from peninsula.sdk.running import sync_driver
from peninsula.sdk.runs import Run

__all__ = ["drive"]


def drive(run: Run) -> None:
    """Take a run to its end; a coroutine function gets an event loop of its own."""
    if not run.definition.isasync:
        sync_driver.drive(run)
        return
    from peninsula.sdk.loops import run_here  # noqa: PLC0415  weight: asyncio
    from peninsula.sdk.running import async_driver  # noqa: PLC0415  weight: asyncio

    run_here(async_driver.drive(run))
