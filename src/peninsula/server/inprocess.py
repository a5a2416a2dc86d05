"""Ask the local database without a server: the entry point `local` of `peninsula.transports`."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager
from functools import cache
from typing import TYPE_CHECKING

from peninsula.core.settings import Settings
from peninsula.server import imports

if TYPE_CHECKING:
    import httpx

    from peninsula.server.services.adoption import Adopt

__all__ = ["open_transport"]


def open_transport(
    settings: Settings, adopt: Adopt | None = None
) -> AbstractAsyncContextManager[httpx.AsyncBaseTransport]:
    """Open what answers the API for this home: the app here, or whoever serves the home.

    `adopt` brings the journals of the home before anything is answered. Any base URL will do.
    Raises ConflictError when the home stays taken.
    """
    _import()
    from peninsula.server import local  # noqa: PLC0415  weight: the framework

    return local.open_transport(settings, adopt)


@cache
def _import() -> None:
    # Once: what is garbage by then stays for good, too, and each opening would leave its own.
    with imports.at_once():
        import peninsula.server.local  # noqa: F401, PLC0415  as above
