"""What calls of every kind have in common."""

from __future__ import annotations

from peninsula.client.exchange import Exchange

__all__ = ["Calls"]


class Calls:
    """Calls of one API."""

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange
