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


async def keep_going(what: str, duty: Callable[[Callable[[], None]], Awaitable[object]]) -> None:
    """Do a duty until cancelled. What it broke off by is said, and it begins anew after a pause.

    It calls what it is given when it can be done: so a trouble is said once, and once that it is
    over. A worker without one of its duties would look well, and claim runs that nobody looks
    after.
    """
    is_hindered = False

    def well() -> None:
        nonlocal is_hindered
        if is_hindered:
            is_hindered = False
            _log.info("Can %s again.", what)

    while True:
        try:
            await duty(well)
        except PeninsulaError as problem:
            if not is_hindered:
                _log.warning("Cannot %s: %s Trying on.", what, problem.message)
            is_hindered = True
        except Exception:  # noqa: BLE001  it is logged whole
            if not is_hindered:
                _log.exception("Cannot %s, for an unexpected reason. Trying on.", what)
            is_hindered = True
        await asyncio.sleep(AGAIN)
