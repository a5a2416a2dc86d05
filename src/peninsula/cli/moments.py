"""Read moments as people write them, and say moments and durations as people read them."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Final

from peninsula.core.errors import InvalidError

__all__ = ["ago", "clock", "duration", "moment", "span", "stamp", "zoned"]

_UNITS: Final = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800}
_SPAN: Final = re.compile(r"(?:\d+(?:\.\d+)?[smhdw])+")
_PART: Final = re.compile(r"(\d+(?:\.\d+)?)([smhdw])")
_MINUTE, _HOUR, _DAY = 60, 3600, 86_400


def span(text: str) -> timedelta:
    """Return how long `90s`, `2h`, `1h30m` or `7d` is. Raises InvalidError."""
    if not _SPAN.fullmatch(text):
        msg = f"{text!r} is no span of time. Write it like 90s, 15m, 2h, 7d or 1h30m."
        raise InvalidError(msg)
    try:
        return timedelta(
            seconds=sum(float(number) * _UNITS[unit] for number, unit in _PART.findall(text))
        )
    except OverflowError:
        msg = f"{text!r} is too long. Leave the option out to see everything."
        raise InvalidError(msg) from None


def moment(text: str, now: datetime) -> datetime:
    """Return the moment that a span before now names, or an ISO date or time.

    A time without a zone is local. Raises InvalidError.
    """
    try:
        if _SPAN.fullmatch(text):
            return now - span(text)
        return datetime.fromisoformat(text).astimezone(UTC)
    except (ValueError, OverflowError):
        msg = (
            f"{text!r} is no time. Write how long ago, like 15m, 2h or 7d, or when, like "
            "2026-01-31, 2026-01-31T02:13 or 2026-01-31T02:13:00Z."
        )
        raise InvalidError(msg) from None


def duration(seconds: float) -> str:
    """Return how long it took, in two units at most: `40ms`, `3.4s`, `2m 05s`, `1h 12m`."""
    if seconds < 0.9995:  # noqa: PLR2004  what rounds to a thousand is a second
        return f"{max(seconds, 0) * 1000:.0f}ms"
    if seconds < 59.95:  # noqa: PLR2004  the same for sixty
        return f"{seconds:.1f}s"
    whole = round(seconds)
    if whole < _HOUR:
        return f"{whole // _MINUTE}m {whole % _MINUTE:02}s"
    if whole < _DAY:
        return f"{whole // _HOUR}h {whole % _HOUR // _MINUTE:02}m"
    return f"{whole // _DAY}d {whole % _DAY // _HOUR:02}h"


def ago(then: datetime, now: datetime) -> str:
    """Return how long ago it was, in one unit: `5s ago`, `in 2h`."""
    seconds = (now - then).total_seconds()
    size = abs(seconds)
    for unit, length in (("d", _DAY), ("h", _HOUR), ("m", _MINUTE), ("s", 1)):
        if size >= length:
            text = f"{int(size // length)}{unit}"
            return f"{text} ago" if seconds > 0 else f"in {text}"
    return "now"


def clock(then: datetime) -> str:
    """Return the local date and time, to the millisecond: `2026-01-31 02:13:00.402`."""
    local = then.astimezone()
    return f"{local:%Y-%m-%d %H:%M:%S}.{local.microsecond // 1000:03}"


def zoned(then: datetime) -> str:
    """Return the local date and time with its zone, to the second: `2026-01-31 02:13:00 CET`."""
    return f"{then.astimezone():%Y-%m-%d %H:%M:%S %Z}"


def stamp(then: datetime, now: datetime) -> str:
    """Return the local time to the millisecond; before it the date, unless it is today's."""
    text = clock(then)
    return text[11:] if then.astimezone().date() == now.astimezone().date() else text
