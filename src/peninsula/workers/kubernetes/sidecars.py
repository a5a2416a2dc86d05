"""Give the sidecars that ship what flows told their time: it goes with their pods."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from peninsula.workers.kubernetes.belonging import Belonging
from peninsula.workers.kubernetes.cases import Case

__all__ = ["SIDECARS", "Sidecars"]

SIDECARS: Final = timedelta(seconds=45)
"""How long sidecars may go on after the flow: a shipper without a journal waits for one. One with a
journal has this time with a server that answers: where it was away, it is tried each 30 s."""


class Sidecars:
    """Since when the sidecars of flows that have ended can ship."""

    def __init__(self, is_heard: Callable[[Belonging], Awaitable[bool]]) -> None:
        """Know of none. `is_heard` tells whether the server answers that a run's is to ship to."""
        self._is_heard = is_heard
        self._since: dict[tuple[UUID, int], datetime] = {}

    async def goes_on(self, case: Case, now: datetime) -> bool:
        """Tell whether that of an ended flow may have something to bring yet."""
        if not case.ships:
            return False
        since = self._since.setdefault(case.key, now)
        if await self._is_heard(case.belonging):
            return now - since < SIDECARS
        self._since[case.key] = now
        return True

    def forget(self, case: Case) -> None:
        """Take that nothing is left of a case."""
        self._since.pop(case.key, None)
