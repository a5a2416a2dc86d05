"""Ask for what is stored: the server that is set or serves the home, else the local database."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from peninsula.core.errors import UnavailableError
from peninsula.journal import emitter
from peninsula.journal.backoff import pause_until
from peninsula.sdk.settings import settings

if TYPE_CHECKING:
    from peninsula.client.api import Api
    from peninsula.core.settings import Settings
    from peninsula.journal.delivery import Intake

__all__ = ["ask"]

T = TypeVar("T")

_log = logging.getLogger(__name__)


async def ask(question: Callable[[Api], Awaitable[T]]) -> T:
    """Ask once, as soon as there is someone to be asked; `wait_timeout` says how long to wait.

    Raises UnavailableError when the time is over, and whatever the API answers.
    """
    # Weight: httpx, for those who ask.
    from peninsula.client.api import open_api  # noqa: PLC0415

    found = settings()
    async with open_api(found, partial(_bring, found)) as api:
        await _find(api, found.wait_timeout)
        return await question(api)


def _bring(found: Settings, port: Intake) -> None:
    """Bring to the local database what this process has told so far, and what others left."""
    from peninsula.journal.adopt import adopt  # noqa: PLC0415  weight: for those who ask

    emitter.current().hand_over(port)
    adopt(found, port)


async def _find(api: Api, seconds: float) -> None:
    """Wait until the server answers."""
    deadline = time.monotonic() + seconds
    failures = 0
    while True:
        try:
            await api.ready()
        except UnavailableError as problem:
            failures += 1
            pause = pause_until(deadline, failures)
            if pause is None:
                raise
            if failures == 1:
                _log.warning("%s Waiting for it, %g s at most.", problem.message, seconds)
            await asyncio.sleep(pause)
        else:
            return
