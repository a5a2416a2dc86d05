"""Observe that asyncpg connects: its instrumentation sees what is executed, and no more.

Its limits of time cancel what is beneath `connect`, so that is what fails by them. Where it leads
is known only there, one address after the other; the call is about the last one. A pool cancels
the whole of `connect` when the time for `acquire` is up, so it is there that such a call ends.
"""

from __future__ import annotations

from asyncio import CancelledError
from contextlib import AbstractContextManager, ExitStack, nullcontext
from contextvars import ContextVar
from typing import Any, Final

from opentelemetry.trace import (
    Span,
    SpanKind,
    Tracer,
    TracerProvider,
    get_current_span,
    use_span,
)
from wrapt import wrap_function_wrapper

from peninsula.observe.connecting import CONNECT, connecting, within_later

__all__ = ["observe"]

SCOPE: Final = "opentelemetry.instrumentation.asyncpg"


def observe(provider: TracerProvider) -> None:
    """Observe all connections that are made from now on, also those of pools."""
    tracer = provider.get_tracer(SCOPE)

    def address(_: object, __: object, asked: Any) -> AbstractContextManager[object]:
        place = _place(**asked)
        if (span := _under_way()) is None:
            return connecting(tracer, place)  # by a `connect` that was imported before
        span.set_attributes(place)
        return nullcontext()

    connect = within_later(lambda *_: connecting(tracer))
    wrap_function_wrapper("asyncpg", "connect", connect)
    wrap_function_wrapper("asyncpg.connection", "connect", _connecting_for_pools(tracer))
    wrap_function_wrapper("asyncpg.pool", "Pool._acquire", _acquire)
    # All ways to connect come here, with what they have made of addresses and the environment.
    wrap_function_wrapper("asyncpg.connect_utils", "_connect_addr", within_later(address))


_acquiring: ContextVar[ExitStack | None] = ContextVar("acquiring", default=None)
"""What is done at the end of the `acquire` under way, by how that ends."""


async def _acquire(wrapped: Any, _: object, args: Any, kwargs: Any) -> Any:
    with ExitStack() as at_end:
        token = _acquiring.set(at_end)
        try:
            return await wrapped(*args, **kwargs)
        finally:
            _acquiring.reset(token)


def _connecting_for_pools(tracer: Tracer) -> Any:
    async def connect(wrapped: Any, _: object, args: Any, kwargs: Any) -> Any:
        at_end = _acquiring.get()
        span = tracer.start_span(CONNECT, kind=SpanKind.CLIENT)
        try:
            with use_span(span, record_exception=False, set_status_on_exception=False):
                connected = await wrapped(*args, **kwargs)
        except CancelledError:
            if at_end is None:
                span.end()
            else:
                at_end.callback(span.end)
            raise
        except BaseException:
            span.end()
            raise
        span.end()
        return connected

    return connect


def _under_way() -> Span | None:
    """Return the span of `connect`, if this is in one."""
    span: Any = get_current_span()
    scope = getattr(span, "instrumentation_scope", None)
    is_ours = scope is not None and (scope.name, span.name) == (SCOPE, CONNECT)
    return span if is_ours else None


def _place(addr: Any, params: Any, **_: object) -> dict[str, str | int]:
    # A socket of this machine as well: what was said of the address before it is not unsaid.
    host, port = addr if isinstance(addr, tuple) else (addr, 0)
    return {
        "db.system": "postgresql",
        "db.name": params.database,
        "server.address": host,
        "server.port": port,
    }
