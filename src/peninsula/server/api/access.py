"""Sessions of browsers, and API keys."""

from __future__ import annotations

from datetime import timedelta
from types import NoneType
from typing import Annotated
from uuid import UUID

from litestar import Response
from litestar.datastructures import Cookie
from msgspec import Meta, Struct

from peninsula.core import codec, limits
from peninsula.core.answers import Key, NewKey, Page, Scope, Session
from peninsula.server.api.calls import RunKey, call
from peninsula.server.api.doorway import cookie_of
from peninsula.server.api.queries import NoQuery, PageQuery
from peninsula.server.api.request import ApiRequest
from peninsula.server.services.access import Caller

__all__ = ["CALLS"]


class Login(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a browser logs in with."""

    key: Annotated[str, Meta(min_length=1, max_length=limits.NAME_CHARS)]


class WantedKey(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A key to be made."""

    name: Annotated[str, Meta(min_length=1, max_length=limits.NAME_CHARS)]
    scopes: Annotated[tuple[Scope, ...], Meta(min_length=1)]
    run: UUID | None = None
    """Of a flow run: the key works for it alone."""
    expires_in: Annotated[float, Meta(gt=0, le=10 * 366 * 86_400)] | None = None
    """Seconds."""


@call(
    "POST",
    "/session",
    public=True,
    body=Login,
    query=NoQuery,
    answer=Session,
    errors=("unauthenticated",),
)
async def log_in(request: ApiRequest) -> Response[bytes]:
    """Begin a browser's session by a key; the cookie is HttpOnly and SameSite=Strict."""
    request.asked(NoQuery)
    told = await request.told(Login)
    opened = await request.services.keys.open(told.key)
    return _with_cookie(request, opened.caller, opened.cookie)


def _with_cookie(request: ApiRequest, caller: Caller, value: str) -> Response[bytes]:
    config = request.services.config
    cookie = Cookie(
        key=cookie_of(request.services.log_id),
        value=value,
        path="/",
        max_age=int(config.session_time.total_seconds()),
        httponly=True,
        samesite="strict",
        secure=config.secure or _came_by_tls(request),
    )
    return Response(codec.encode(_session(caller)), media_type="application/json", cookies=[cookie])


def _came_by_tls(request: ApiRequest) -> bool:
    """Tell whether the browser is on TLS; of a proxy before us only the browser's Origin tells."""
    return request.headers.get("origin", "").startswith("https://")


def _session(caller: Caller) -> Session:
    return Session(
        name=caller.name,
        scopes=tuple(sorted(caller.scopes)),
        csrf=caller.csrf,
        expires=caller.expires,
    )


@call("GET", "/session", run_key=RunKey.FREE, query=NoQuery)
async def get_session(request: ApiRequest) -> Session:
    """Say who the caller is."""
    request.asked(NoQuery)
    return _session(request.caller)


@call("DELETE", "/session", run_key=RunKey.FREE, query=NoQuery, answer=NoneType, status=204)
async def log_out(request: ApiRequest) -> Response[None]:
    """End the browser's session."""
    request.asked(NoQuery)
    name = cookie_of(request.services.log_id)
    cookie = request.cookies.get(name)
    if cookie:
        await request.services.keys.close(cookie)
    over = Cookie(key=name, value="", path="/", max_age=0, httponly=True, samesite="strict")
    return Response(None, status_code=204, cookies=[over])


@call("GET", "/keys", scope=Scope.ADMIN, query=PageQuery)
async def list_keys(request: ApiRequest) -> Page[Key]:
    """Find API keys, the newest first."""
    asked = request.asked(PageQuery)
    return await request.services.keys.page(asked.limit, asked.cursor)


@call("POST", "/keys", scope=Scope.ADMIN, query=NoQuery, body=WantedKey, status=201)
async def create_key(request: ApiRequest) -> NewKey:
    """Make an API key. Its secret is said this once."""
    request.asked(NoQuery)
    wanted = await request.told(WantedKey)
    lasting = timedelta(seconds=wanted.expires_in) if wanted.expires_in is not None else None
    return await request.services.keys.add(
        wanted.name, wanted.scopes, run=wanted.run, lasting=lasting
    )


@call(
    "DELETE", "/keys/{id:str}", scope=Scope.ADMIN, query=NoQuery, status=204, errors=("not-found",)
)
async def delete_key(request: ApiRequest) -> None:
    """End an API key, and the sessions it began."""
    request.asked(NoQuery)
    await request.services.keys.remove(request.id("key"))


CALLS = (log_in, get_session, log_out, list_keys, create_key, delete_key)
