"""Keep what says who one is from where a redirect leads, and name that where it fails."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Final

from peninsula.blocks.paths import name_in
from peninsula.core.errors import InvalidError
from peninsula.core.secret_names import is_secret_name
from peninsula.sdk.outside.around import led_to, touches
from peninsula.sdk.outside.systems import resource_of

if TYPE_CHECKING:
    import httpx

__all__ = ["asking", "at_its_origin_alone", "led"]

_ORIGIN: Final = "peninsula_origin"
"""Where a request went at first: redirects take the extensions of what they follow along."""


def at_its_origin_alone(names: Iterable[str]) -> Callable[[httpx.Request], None]:
    """Return a hook of httpx that drops these headers where a redirect leads elsewhere.

    That is another scheme, host or port. Credentials are dropped as well: httpx itself keeps
    them from HTTP to HTTPS, and knows only one header that has some.
    """
    secret = {name.lower() for name in names}

    def keep(request: httpx.Request) -> None:
        if not _is_elsewhere(request):
            return
        for name in tuple(request.headers):
            if name in secret or is_secret_name(name):
                del request.headers[name]

    return keep


@contextmanager
def asking(url: str) -> Iterator[None]:
    """Have the call under way go to an address, and an error name it, or where that led."""
    import httpx  # noqa: PLC0415  weight

    asked = resource_of(url).id
    touches(asked)
    try:
        yield
    except Exception as error:
        elsewhere = None
        if isinstance(error, httpx.RequestError | httpx.HTTPStatusError):
            with suppress(RuntimeError):  # one that an `httpx.Auth` raised may be of no request
                elsewhere = led(error.request)
        name_in(error, elsewhere or asked)
        raise


def led(request: httpx.Request) -> str | None:
    """Have the call be about where a redirect led that request, and return it; None: none did.

    Its failure is about that: the service that was asked has answered well, it said where to go.
    """
    with suppress(InvalidError):  # it may have led to no address at all
        if _is_elsewhere(request):
            elsewhere = resource_of(str(request.url)).id
            led_to(elsewhere)
            return elsewhere
    return None


def _is_elsewhere(request: httpx.Request) -> bool:
    url = request.url
    here = (url.scheme, url.host, url.port)
    return bool(request.extensions.setdefault(_ORIGIN, here) != here)
