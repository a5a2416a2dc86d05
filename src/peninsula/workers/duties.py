"""Keep going what a worker does in the background, whatever becomes of it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Final

from peninsula.core.errors import PeninsulaError

__all__ = ["keep_going"]

AGAIN: Final = 5.0
"""Seconds until a duty that broke off begins anew."""

_log = logging.getLogger("peninsula.worker")


async def keep_going(what: str, duty: Callable[[], Awaitable[object]]) -> None:
    """Do a duty until cancelled. What it broke off by is said, and it begins anew after a pause.

    A worker without one of its duties would look well, and claim runs that nobody looks after.
    """
    while True:
        try:
            await duty()
        except PeninsulaError as problem:
            _log.warning("Cannot %s: %s Trying on.", what, problem.message)
        except Exception:  # noqa: BLE001  it is logged whole
            _log.exception("Cannot %s, for an unexpected reason. Trying on.", what)
        await asyncio.sleep(AGAIN)
