"""Observe that psycopg connects: its instrumentation sees what is executed, and no more."""

from __future__ import annotations

from contextlib import suppress
from typing import Any, Final

import psycopg
from opentelemetry.trace import SpanKind, TracerProvider
from psycopg.conninfo import conninfo_to_dict
from psycopg.pq import Conninfo
from wrapt import wrap_function_wrapper

__all__ = ["observe"]

SCOPE: Final = "opentelemetry.instrumentation.psycopg"


def observe(provider: TracerProvider) -> None:
    """Observe all connections that are made from now on."""
    tracer = provider.get_tracer(SCOPE)

    def span(args: Any, kwargs: Any) -> Any:
        return tracer.start_as_current_span(
            "connect", kind=SpanKind.CLIENT, attributes=_place(*args, **kwargs)
        )

    def connect(wrapped: Any, _: object, args: Any, kwargs: Any) -> Any:
        with span(args, kwargs):
            return wrapped(*args, **kwargs)

    async def connect_later(wrapped: Any, _: object, args: Any, kwargs: Any) -> Any:
        with span(args, kwargs):
            return await wrapped(*args, **kwargs)

    wrap_function_wrapper("psycopg", "connect", connect)
    wrap_function_wrapper("psycopg", "Connection.connect", connect)
    wrap_function_wrapper("psycopg", "AsyncConnection.connect", connect_later)


def _place(conninfo: Any = "", *_: object, **options: Any) -> dict[str, str]:
    """Return where this leads; of several hosts, where it leads first."""
    said = _defaults()
    with suppress(psycopg.Error, TypeError):  # whoever connects is told what cannot be read
        asked = {name: value for name, value in options.items() if name in said}
        said |= conninfo_to_dict(conninfo, **asked)
    found = {
        "db.system": "postgresql",
        "server.address": said["host"] or said["hostaddr"],
        "server.port": said["port"],
        "db.name": said["dbname"] or said["user"],
    }
    return {name: str(value).partition(",")[0] for name, value in found.items() if value}


def _defaults() -> dict[str, Any]:
    """Return what libpq takes where nothing is said: from its environment, or its own."""
    return {
        each.keyword.decode(): None if each.val is None else each.val.decode()
        for each in Conninfo.get_defaults()
    }
