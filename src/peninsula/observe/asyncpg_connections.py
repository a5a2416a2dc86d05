"""Observe that asyncpg connects: its instrumentation sees what is executed, and no more."""

from __future__ import annotations

from typing import Any, Final

from opentelemetry.trace import SpanKind, TracerProvider
from wrapt import wrap_function_wrapper

__all__ = ["observe"]

SCOPE: Final = "opentelemetry.instrumentation.asyncpg"


def observe(provider: TracerProvider) -> None:
    """Observe all connections that are made from now on, also those of pools."""
    tracer = provider.get_tracer(SCOPE)

    async def connect(wrapped: Any, _: object, args: Any, kwargs: Any) -> Any:
        with tracer.start_as_current_span(
            "connect", kind=SpanKind.CLIENT, attributes=_place(**kwargs)
        ):
            return await wrapped(*args, **kwargs)

    # All ways to connect come here, with what they have made of addresses and the environment.
    wrap_function_wrapper("asyncpg.connect_utils", "_connect_addr", connect)


def _place(addr: Any, params: Any, **_: object) -> dict[str, str | int]:
    said: dict[str, str | int] = {"db.system": "postgresql", "db.name": params.database}
    if isinstance(addr, tuple):  # no socket of this machine
        said |= {"server.address": addr[0], "server.port": addr[1]}
    return said
