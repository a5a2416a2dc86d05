"""A moment for tests in which time does not matter."""

from datetime import UTC, datetime

__all__ = ["MOMENT"]

MOMENT = datetime(2026, 1, 31, 2, 13, tzinfo=UTC)
