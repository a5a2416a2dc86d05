"""Look how a background task run is, each time its state is asked for, and not too often."""

from __future__ import annotations

import asyncio
import time
from contextlib import suppress
from typing import Any, Final

from peninsula.client.configuration import home_of
from peninsula.client.destination import destination
from peninsula.core.errors import PeninsulaError
from peninsula.core.runs import RunKind
from peninsula.journal import emitter
from peninsula.sdk.background.following import learn
from peninsula.sdk.loops import run_here
from peninsula.sdk.running.futures import Future, finish
from peninsula.sdk.settings import settings

__all__ = ["Poll"]

BETWEEN: Final = 0.5
"""Seconds for which an answer counts, as programs ask for states in loops."""

PATIENCE: Final = 2.0
"""Longest to wait for one, in seconds; a server that is away is known at once."""


class Poll:
    """Asks the server how the run of a future is. Where none answers, the state stays as it was."""

    def __init__(self, future: Future[Any]) -> None:
        self._future = future
        self._next = 0.0

    def __call__(self) -> None:
        """Ask, unless somebody just did."""
        if time.monotonic() < self._next:
            return
        with suppress(PeninsulaError, TimeoutError):
            run_here(self._ask())
        self._next = time.monotonic() + BETWEEN

    async def _ask(self) -> None:
        from peninsula.client.api import open_api  # noqa: PLC0415  weight: httpx

        found = settings()
        if destination(found, home_of(found)) is None:
            return  # without a server nobody runs it
        emitter.current().look_out()  # as in following
        async with asyncio.timeout(PATIENCE), open_api(found) as api:
            told = await api.run(self._future.task_run_id, RunKind.TASK_RUN)
        if learn(self._future, told):
            finish(self._future)
