"""Observe channels of gRPC.

OpenTelemetry's instrumentor takes no provider for them, and its spans do not say which server they
go to. So its interceptor is put into each channel here, where the target is known.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from opentelemetry.instrumentation.grpc import client_interceptor
from opentelemetry.instrumentation.grpc.grpcext import intercept_channel
from opentelemetry.trace import TracerProvider
from wrapt import wrap_function_wrapper

__all__ = ["observe"]


def observe(provider: TracerProvider) -> None:
    """Observe all channels that are opened from now on."""
    for name in ("insecure_channel", "secure_channel"):
        wrap_function_wrapper("grpc", name, partial(_opened, provider))


def _opened(
    provider: TracerProvider, opened: Callable[..., Any], _: object, args: Any, kwargs: Any
) -> Any:
    address = str(args[0] if args else kwargs.get("target", "")).rpartition("/")[2]

    def say_where(span: Any, _: object) -> None:
        if address:
            span.set_attribute("server.address", address)

    interceptor = client_interceptor(  # type: ignore[no-untyped-call]
        tracer_provider=provider, request_hook=say_where
    )
    channel = opened(*args, **kwargs)
    return intercept_channel(channel, interceptor)  # type: ignore[no-untyped-call]
