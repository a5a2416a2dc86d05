"""Declare a call of the API: its place, who may make it, what it takes and what it answers."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from enum import Enum
from typing import Any, Final, Literal, TypeVar, get_type_hints

from litestar import Response
from litestar.handlers import HTTPRouteHandler
from msgspec import Struct

from peninsula.core import codec
from peninsula.core.answers import Scope
from peninsula.server.api.request import ApiRequest

__all__ = ["CALL", "Call", "RunKey", "call"]

T = TypeVar("T")

CALL: Final = "call"
"""Where a route handler keeps its `Call`."""

Handler = Callable[[ApiRequest], Awaitable[T]]


class RunKey(Enum):
    """What a key that is for one run only may do with a call."""

    NO = "no"
    FREE = "free"
    """It tells nothing of other runs, and takes nothing from them."""
    PATH = "path"
    """The run in the path must be its own or below it."""
    CHECKED = "checked"
    """The call itself checks what it is given."""


class Call(Struct, frozen=True, kw_only=True):
    """What a call is: for the doorway, and for the OpenAPI document."""

    method: str
    path: str
    """Below /api."""
    name: str
    about: str
    scope: Scope | None
    """None: everyone may."""
    run_key: RunKey
    query: type[Struct] | None
    body: Any
    answer: Any
    status: int
    media: str
    errors: tuple[str, ...]
    public: bool
    """No key is asked for."""
    kept: bool
    """It has an ETag, and is 304 to who has it already."""


def call(
    method: Literal["GET", "POST", "DELETE"],
    path: str,
    *,
    scope: Scope | None = None,
    public: bool = False,
    run_key: RunKey = RunKey.NO,
    query: type[Struct] | None = None,
    body: Any = None,
    answer: Any = None,
    status: int = 200,
    media: str = "application/json",
    errors: tuple[str, ...] = (),
    named: str = "",
    kept: bool = False,
) -> Callable[[Handler[Any]], HTTPRouteHandler]:
    """Make a route of a function that takes the request and returns what is answered.

    `scope` None and not `public`: any caller that is known. What the function's return annotation
    says is answered, unless `answer` says more. One function for two kinds of things is `named`
    for one: its `{what}` and its name's `run` are that.
    """

    def declare(function: Handler[Any]) -> HTTPRouteHandler:
        hints = get_type_hints(function)
        name = function.__name__.replace("run", named.replace(" ", "_") or "run", 1)
        declared = Call(
            method=method,
            path=path,
            name=name,
            about=(function.__doc__ or "").replace("{what}", named),
            scope=scope,
            run_key=run_key,
            query=query,
            body=body,
            answer=answer if answer is not None else hints["return"],
            status=status,
            media=media,
            errors=errors,
            public=public,
            kept=kept,
        )

        async def handle(request: ApiRequest) -> Response[Any]:
            answered = await function(request)
            return answered if isinstance(answered, Response) else _response(answered, status)

        handle.__name__ = name
        handler = HTTPRouteHandler(
            f"/api{path}",
            http_method=method,
            # Litestar wants to know; what `_response` says is what is sent.
            status_code=200,
            name=name,
            opt={CALL: declared},
        )
        return handler(handle)

    return declare


def _response(answered: Any, status: int) -> Response[Any]:
    if answered is None:
        return Response(None, status_code=status)
    return Response(codec.encode(answered), status_code=status, media_type="application/json")
