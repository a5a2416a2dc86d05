"""Say which failures of a service pass, and when to ask again."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from math import inf
from random import uniform
from types import NoneType
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    import httpx

__all__ = ["can_be_sent_again", "delays", "is_passing", "retry_after"]

LONGEST: Final = 60.0
"""Seconds until it is asked again, at most."""

_PASSING: Final = frozenset({429, 502, 503, 504})
_REFUSING: Final = frozenset({429})
"""The service says that it has done nothing. With 503 a gateway may answer whose service has."""

_WHOLE: Final = (bytes, str, list, tuple, Mapping, NoneType)
"""What is there as a whole, and no less once it was sent."""


def delays(retries: int, first: float) -> Iterator[float | None]:
    """Give the seconds to wait after each try that fails, None after the last.

    Twice as long each time, spread by half, so that not all who failed come back at once.
    """
    for count in range(retries):
        yield min(first * 2**count * uniform(0.75, 1.25), LONGEST)  # noqa: S311  no secret
    yield None


def can_be_sent_again(options: Mapping[str, Any]) -> bool:
    """Tell whether the body that these options of httpx give is there for a second request.

    A generator or an open file has been drawn by the first, at least in part. Of a form, httpx
    begins the files anew that can be.
    """
    if not all(isinstance(options.get(name), _WHOLE) for name in ("content", "data", "files")):
        return False
    files = options.get("files") or ()
    named = files.items() if isinstance(files, Mapping) else files
    return all(_is_there_again(file) for _, file in named)


def _is_there_again(file: Any) -> bool:
    content = file[1] if isinstance(file, tuple) else file
    return isinstance(content, _WHOLE) or bool(getattr(content, "seekable", bool)())


def is_passing(outcome: httpx.Response | Exception, *, safe: bool) -> bool:
    """Tell whether the same may go well in a moment; `safe` is what can be asked twice."""
    import httpx  # noqa: PLC0415  weight

    if isinstance(outcome, httpx.Response):
        return outcome.status_code in (_PASSING if safe else _REFUSING)
    if _is_of_certificate(outcome):
        return False
    # Where there is no connection, nothing has reached the service.
    tried = httpx.TransportError if safe else (httpx.ConnectError, httpx.ConnectTimeout)
    return isinstance(outcome, tried) and not isinstance(outcome, httpx.UnsupportedProtocol)


def retry_after(response: httpx.Response, delay: float) -> float:
    """Return the seconds that the answer asks to wait, else the delay."""
    said = response.headers.get("Retry-After", "")
    try:
        seconds = float(said)
    except ValueError:
        try:
            seconds = max((parsedate_to_datetime(said) - datetime.now(UTC)).total_seconds(), 0.0)
        except (ValueError, TypeError):
            return delay
    return min(seconds, LONGEST) if 0 <= seconds < inf else delay


def _is_of_certificate(error: BaseException | None) -> bool:
    from ssl import SSLCertVerificationError  # noqa: PLC0415  weight

    while error is not None:
        if isinstance(error, SSLCertVerificationError):
            return True
        error = error.__cause__ or error.__context__
    return False
