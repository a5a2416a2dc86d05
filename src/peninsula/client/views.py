"""Ask for what a page shows at first."""

from __future__ import annotations

from datetime import datetime

from peninsula.client.exchange import Exchange
from peninsula.client.queries import parameters
from peninsula.core.answers import Overview

__all__ = ["Views"]


class Views:
    """The calls that answer a whole page."""

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange

    async def overview(
        self,
        *,
        after: datetime | None = None,
        before: datetime | None = None,
        step: float | None = None,
    ) -> Overview:
        """Return what fails and why, what runs, and what is late and comes next."""
        asked = parameters(after=after, before=before, step=step)
        return await self._exchange.get(Overview, "overview", asked)
