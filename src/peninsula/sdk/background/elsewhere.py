"""Have a background task run in hand, wherever it is: look how it is, follow it, cancel it."""

from __future__ import annotations

import asyncio
import time
from contextlib import suppress
from typing import Any, Final

from peninsula.client.configuration import home_of
from peninsula.client.destination import destination
from peninsula.core.errors import ConflictError, NotFoundError, PeninsulaError
from peninsula.core.runs import Run, RunKind
from peninsula.journal import emitter
from peninsula.sdk.asking import ask
from peninsula.sdk.background.following import follow, learn
from peninsula.sdk.background.parameters import drop_parameters
from peninsula.sdk.loops import run_here
from peninsula.sdk.running.futures import Carrier, Future, finish
from peninsula.sdk.settings import settings
from peninsula.sdk.told_states import ended_by

__all__ = ["Elsewhere"]

BETWEEN: Final = 0.5
"""Seconds for which an answer counts, as programs ask for states in loops."""

PATIENCE: Final = 2.0
"""Longest to wait for one, in seconds; a server that is away is known at once."""


class Elsewhere(Carrier):
    """What its future turns to: the server knows how the run is, once there is one."""

    def __init__(self, future: Future[Any]) -> None:
        self._future = future
        self._next = 0.0

    def follow(self) -> None:
        """Have the future know when the run is over."""
        follow(self._future)

    def look(self) -> None:
        """Ask, unless somebody just did. Where no server answers, the state stays as it was."""
        if time.monotonic() < self._next:
            return
        with suppress(PeninsulaError, TimeoutError):
            run_here(self._ask())
        self._next = time.monotonic() + BETWEEN

    def cancel(self) -> bool:
        """Cancel the run; tell whether it was still to end."""
        run = self._future.task_run
        emitter.current().flush()  # the server is to know of it
        try:
            told: Run = run_here(
                ask(lambda api: api.cancel(run.id, "Its future was cancelled.", RunKind.TASK_RUN))
            )
        except (ConflictError, NotFoundError):
            return False
        if learn(self._future, told):
            drop_parameters(run.definition, run.id)
            finish(self._future)
        return True

    async def _ask(self) -> None:
        from peninsula.client.api import open_api  # noqa: PLC0415  weight: httpx

        found = settings()
        if destination(found, home_of(found)) is None:
            return  # without a server nobody runs it
        emitter.current().look_out()  # as in following
        async with asyncio.timeout(PATIENCE), open_api(found) as api:
            told = await api.run(self._future.task_run_id, RunKind.TASK_RUN)
            event = await ended_by(api, told)
        if learn(self._future, told, event):
            finish(self._future)
