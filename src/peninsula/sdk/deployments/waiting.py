"""Wait for the end of a run that runs elsewhere: the server's stream says that it changed."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from typing import TYPE_CHECKING, Final
from uuid import UUID

from peninsula.core.errors import UnavailableError
from peninsula.core.filters import EventFilter
from peninsula.core.resources import own
from peninsula.core.runs import Run
from peninsula.journal.backoff import pause_after
from peninsula.sdk.asking import ask
from peninsula.sdk.told_states import ended_by

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from peninsula.client.api import Api, Streamed

__all__ = ["end_of"]

FIRST: Final = 0.1
"""Seconds between the first looks at a run that no stream tells of; they grow."""

OPENING: Final = 5.0
"""Seconds until a stream has said that it is open: what lies between may hold it back."""


async def end_of(
    run: Run,
    timeout: float | None,  # noqa: ASYNC109  Prefect's name
    longest: float,
) -> tuple[Run, UUID | None]:
    """Return the run when it is over, or as it was last seen when the time is.

    With it comes the event that tells of its failure. `longest` is the most seconds between two
    looks at it while there is no stream.
    """
    waiting = _Waiting(run)
    if timeout is not None and timeout <= 0:
        return run, None
    try:
        async with asyncio.timeout(timeout):
            await waiting.until_over(longest)
    except TimeoutError:
        pass  # nothing in there raises one of its own
    return waiting.run, waiting.event


class _Waiting:
    """One wait for one run."""

    def __init__(self, run: Run) -> None:
        self.run = run
        self.event: UUID | None = None
        self._failures = 0

    def _over(self) -> bool:
        return self.run.state.terminal

    async def until_over(self, longest: float) -> None:
        """Follow the run; look at it now and then while nobody can be followed."""
        pause = FIRST
        while not self._over():
            try:
                await ask(self._follow)
            except UnavailableError:
                self._failures += 1  # the run goes on without the server, and so does who waits
            if self._over():
                return
            await asyncio.sleep(max(pause, pause_after(self._failures) if self._failures else 0))
            pause = min(pause * 1.5, max(longest, FIRST))

    async def _follow(self, api: Api) -> None:
        """Look at the run, and again whenever something of it comes into the log."""
        await self._look(api)
        if self._over() or api.server is None:
            return  # without a server nobody else could open the database meanwhile
        wanted = EventFilter(run=self.run.id, resources=(own("flow-run", self.run.id),))
        async with aclosing(api.stream(wanted)) as told:
            await _opened(told)
            await self._look(api)
            while not self._over():
                if (await anext(told)).events:
                    await self._look(api)

    async def _look(self, api: Api) -> None:
        run = await api.run(self.run.id)
        self.event = await ended_by(api, run)
        self.run = run
        self._failures = 0


async def _opened(told: AsyncGenerator[Streamed, None]) -> None:
    """Wait until the stream is open: what comes into the log from then on is told."""
    try:
        async with asyncio.timeout(OPENING):
            await anext(told)
    except TimeoutError:
        msg = f"The stream of the server said nothing for {OPENING:g} s."
        raise UnavailableError(msg) from None
