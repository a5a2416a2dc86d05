"""Declare calls that flow runs and task runs both have."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, Literal

from litestar.handlers import HTTPRouteHandler
from msgspec import Struct

from peninsula.core.answers import Scope
from peninsula.core.runs import RunKind
from peninsula.server.api.calls import RunKey, call
from peninsula.server.api.request import ApiRequest

__all__ = ["both", "noun"]


def both(
    tail: str,
    *,
    query: type[Struct],
    method: Literal["GET", "POST"] = "GET",
    scope: Scope = Scope.READ,
    run_key: RunKey = RunKey.NO,
    **more: Any,
) -> Callable[[Callable[[ApiRequest, RunKind], Any]], tuple[HTTPRouteHandler, ...]]:
    """Declare a call that flow runs and task runs have, each under its own path."""

    def declare(function: Callable[[ApiRequest, RunKind], Any]) -> tuple[HTTPRouteHandler, ...]:
        return tuple(
            call(
                method,
                f"/{kind.value}s{tail}",
                scope=scope,
                query=query,
                run_key=run_key,
                named=noun(kind),
                **more,
            )(_for(kind, function))
            for kind in RunKind
        )

    return declare


def _for(kind: RunKind, function: Callable[[ApiRequest, RunKind], Any]) -> Any:
    @wraps(function)
    async def asked(request: ApiRequest) -> Any:
        return await function(request, kind)

    return asked


def noun(kind: RunKind) -> str:
    """Return what people call it."""
    return kind.value.replace("-", " ")
