"""Keep what says who one is from where a redirect leads."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Final

from peninsula.core.secret_names import is_secret_name

if TYPE_CHECKING:
    import httpx

__all__ = ["at_its_origin_alone"]

_ORIGIN: Final = "peninsula_origin"
"""Where a request went at first: redirects take the extensions of what they follow along."""


def at_its_origin_alone(names: Iterable[str]) -> Callable[[httpx.Request], None]:
    """Return a hook of httpx that drops these headers where a redirect leads elsewhere.

    That is another scheme, host or port. Credentials are dropped as well: httpx itself keeps
    them from HTTP to HTTPS, and knows only one header that has some.
    """
    secret = {name.lower() for name in names}

    def keep(request: httpx.Request) -> None:
        url = request.url
        here = (url.scheme, url.host, url.port)
        if request.extensions.setdefault(_ORIGIN, here) == here:
            return
        for name in tuple(request.headers):
            if name in secret or is_secret_name(name):
                del request.headers[name]

    return keep
