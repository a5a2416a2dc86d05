"""Take in, from time to time, the journals that processes of this home have left behind."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import Final

from peninsula.core.errors import PeninsulaError
from peninsula.server.services.duty import Duty
from peninsula.server.services.reception import Port, Reception

__all__ = ["Adopt", "Adoption"]

INTERVAL: Final = 5.0
"""Seconds between rounds: as long may a run look Running whose process was killed."""

Adopt = Callable[[Port], object]
"""Bring the journals that were left behind to that port. Called in a thread."""

_log = logging.getLogger("peninsula.server")


class Adoption(Duty[float]):
    """Rounds through the journals of a home; how is given, as the server knows no journals."""

    def __init__(self, adopt: Adopt, reception: Reception, clock: Callable[[], float]) -> None:
        """Call `adopt` in each round."""
        super().__init__(clock, INTERVAL)
        self._adopt = adopt
        self._reception = reception
        self._port: Port | None = None
        self._round: asyncio.Future[object] | None = None

    async def start(self) -> None:
        """Begin with a round."""
        self.poke()
        await super().start()

    async def stop(self) -> None:
        """Break off after the batch that is under way. Safe twice."""
        if self._port is not None:
            self._port.close()
        await super().stop()
        if self._round is not None:
            await asyncio.wait([self._round])
            # That it was broken off is no news.
            self._round.exception()

    async def tick(self, now: float) -> None:  # noqa: ARG002  what is due has no time
        """Take in what was left behind."""
        self._port = Port(self._reception, asyncio.get_running_loop())
        self._round = asyncio.ensure_future(asyncio.to_thread(self._adopt, self._port))
        try:
            # The thread ends by itself, soon after its port is closed.
            await asyncio.shield(self._round)
        except PeninsulaError as problem:
            _log.warning("Journals of this home wait for the next round: %s", problem.message)
