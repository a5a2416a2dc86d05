"""Let a request in, or not: its host and origin, who asks, and whether they may."""

from __future__ import annotations

import hmac
from typing import Any, Final, cast
from urllib.parse import urlsplit
from uuid import UUID

from litestar.connection import ASGIConnection
from litestar.handlers import BaseRouteHandler

from peninsula.core import codec
from peninsula.core.errors import ForbiddenError, UnauthenticatedError
from peninsula.server.api.calls import CALL, Call, RunKey
from peninsula.server.api.request import CALLER, ApiRequest
from peninsula.server.config import Config
from peninsula.server.services import own_run
from peninsula.server.services.access import Caller
from peninsula.server.services.keys import OWNER

__all__ = ["CSRF_HEADER", "admit", "cookie_of", "identify"]

CSRF_HEADER: Final = "x-csrf-token"

SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS"})

PROBES: Final = frozenset({"health", "ready"})
"""What load balancers ask by address; it tells nothing that a page could use."""

_NO_KEY: Final = (
    "This needs a key: send `Authorization: Bearer <key>`. On the server's machine the key is in"
    " PENINSULA_HOME/token; elsewhere set PENINSULA_API_KEY."
)


async def admit(connection: ASGIConnection[Any, Any, Any, Any], handler: BaseRouteHandler) -> None:
    """Raise what keeps the request out; else note who asks."""
    request = cast("ApiRequest", connection)
    call: Call | None = handler.opt.get(CALL)
    if call is None:
        return
    if call.name not in PROBES:
        check_host(request)
        check_origin(request)
    if call.public:
        return
    caller = await identify(request)
    request.scope["state"][CALLER] = caller
    if call.scope is not None:
        caller.require(call.scope)
    if request.method not in SAFE:
        check_csrf(request, caller)
    if caller.run is not None:
        await _check_run(request, call, caller)


# --- where from ----------------------------------------------------------------------------------


def check_host(request: ApiRequest) -> None:
    """Refuse a host name that is not ours: a page of another site may have rebound its name."""
    config = _config(request)
    host = _name_of(request.headers.get("host", ""))
    if host not in config.hosts and "*" not in config.hosts:
        msg = (
            f"This server does not answer to the host {host[:100]!r}."
            " Add it to PENINSULA_ALLOWED_HOSTS, or use the server's own name."
        )
        raise ForbiddenError(msg, host=host[:100])


def _config(request: ApiRequest) -> Config:
    return request.services.config


def _name_of(host: str) -> str:
    try:
        return (urlsplit(f"//{host}").hostname or "").lower()
    except ValueError:
        return ""


def check_origin(request: ApiRequest) -> None:
    """Refuse a page of another site, unless it is allowed."""
    origin = request.headers.get("origin")
    if origin is None:
        return
    own = _place_of(origin) == request.headers.get("host", "").lower()
    if not own and origin.lower() not in _config(request).origins:
        msg = (
            f"Pages of {origin[:100]!r} may not call this server."
            " Add it to PENINSULA_ALLOWED_ORIGINS if they should."
        )
        raise ForbiddenError(msg, origin=origin[:100])


def _place_of(origin: str) -> str | None:
    try:
        return urlsplit(origin).netloc.lower()
    except ValueError:
        return None


# --- who -----------------------------------------------------------------------------------------


def cookie_of(log_id: UUID) -> str:
    """Name the cookie of a session: cookies ignore ports, and a host may have several servers."""
    return f"peninsula_session_{log_id.hex[:12]}"


async def identify(request: ApiRequest) -> Caller:
    """Return who asks. Raises UnauthenticatedError."""
    services = request.services
    if services.trusted:
        return OWNER
    kind, _, secret = request.headers.get("authorization", "").partition(" ")
    if kind.lower() == "bearer" and secret.strip():
        return await services.keys.caller(secret.strip())
    cookie = request.cookies.get(cookie_of(services.log_id))
    if cookie:
        return await services.keys.session(cookie)
    raise UnauthenticatedError(_NO_KEY)


def check_csrf(request: ApiRequest, caller: Caller) -> None:
    """Refuse a change in a browser's name that does not know what only our pages know."""
    if caller.csrf is None:
        return
    told = request.headers.get(CSRF_HEADER, "")
    if not hmac.compare_digest(told.encode(), caller.csrf.encode()):
        msg = "The session's X-CSRF-Token is missing or wrong. `GET /api/session` tells it."
        raise ForbiddenError(msg)


# --- keys for one run ----------------------------------------------------------------------------


async def _check_run(request: ApiRequest, call: Call, caller: Caller) -> None:
    if call.run_key in {RunKey.FREE, RunKey.CHECKED}:
        return
    if call.run_key is RunKey.PATH and await _is_own(request, caller):
        return
    msg = f"This key is for flow run {caller.run} alone."
    raise ForbiddenError(msg, run=str(caller.run))


async def _is_own(request: ApiRequest, caller: Caller) -> bool:
    run = codec.id_of(request.path_params["id"], "run id")
    return caller.run is not None and await own_run.is_below(
        request.services.database, run, caller.run
    )
