"""A clock that stands still until it is moved on."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final

from peninsula.core.errors import InvalidError
from peninsula.core.events import check_moment

__all__ = ["FrozenClock"]

_1970: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)


class FrozenClock:
    """Called as `time.time_ns` is: ns since 1970."""

    def __init__(self, now: datetime) -> None:
        """Stand at that moment. Raises InvalidError without a time zone."""
        check_moment("now", now)
        self._now = now.astimezone(UTC)

    def __call__(self) -> int:
        """Return where it stands."""
        return (self._now - _1970) // _MICROSECOND * 1000

    def advance(self, seconds: float) -> None:
        """Move it on. Raises InvalidError for a way back, and beyond what calendars reach."""
        if not seconds >= 0:
            msg = f"The clock cannot advance by {seconds} s: it never goes back. Give 0 or more."
            raise InvalidError(msg)
        try:
            then = self._now + timedelta(seconds=seconds)
        except OverflowError:
            msg = f"The clock cannot advance by {seconds} s: no calendar reaches that far."
            raise InvalidError(msg) from None
        check_moment("now", then)
        self._now = then
