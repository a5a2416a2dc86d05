"""Moments as the database keeps them: integers, µs since 1970, UTC."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final

__all__ = ["micros", "moment"]

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)


def micros(at: datetime) -> int:
    """Return a moment as the database keeps it."""
    return (at - EPOCH) // _MICROSECOND


def moment(at: int) -> datetime:
    """Return what `micros` took."""
    return EPOCH + timedelta(microseconds=at)
