"""Make a span of each connection that a driver makes: instrumentations see what is executed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from typing import Any, TypeAlias

from opentelemetry.trace import Span, SpanKind, Tracer

__all__ = ["CONNECT", "connecting", "within", "within_later"]

CONNECT = "connect"

Begin: TypeAlias = Callable[[Any, Any, Any], AbstractContextManager[object]]
"""Begins a span by whose function it is, and by its arguments."""

Wrapper: TypeAlias = Callable[[Any, Any, Any, Any], Any]


def connecting(
    tracer: Tracer, place: Mapping[str, str | int] | None = None
) -> AbstractContextManager[Span]:
    """Return a span of connecting to there."""
    return tracer.start_as_current_span(CONNECT, kind=SpanKind.CLIENT, attributes=place)


def within(begin: Begin) -> Wrapper:
    """Return what wraps a function so that it is within a span."""

    def connect(wrapped: Any, of: Any, args: Any, kwargs: Any) -> Any:
        with begin(of, args, kwargs):
            return wrapped(*args, **kwargs)

    return connect


def within_later(begin: Begin) -> Wrapper:
    """Return what does so with a coroutine function."""

    async def connect_later(wrapped: Any, of: Any, args: Any, kwargs: Any) -> Any:
        with begin(of, args, kwargs):
            return await wrapped(*args, **kwargs)

    return connect_later
