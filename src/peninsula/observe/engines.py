"""Observe SQLAlchemy's engines, also those that a module made before the first flow run.

OpenTelemetry's instrumentor of SQLAlchemy replaces `create_engine`, which modules have imported by
then, and it imports what needs greenlet. So its tracer is attached to each engine when that
connects.

Of rows that are fetched later and of transactions failures are told (`sdk.outside.later`).
"""

from __future__ import annotations

import os
from typing import Any, Final
from weakref import WeakSet

from opentelemetry.instrumentation.sqlalchemy.engine import EngineTracer
from opentelemetry.metrics import NoOpMeter
from opentelemetry.trace import TracerProvider
from sqlalchemy import URL, Connection, Engine, ExceptionContext, event
from wrapt import wrap_function_wrapper

from peninsula.core.places import place_of
from peninsula.observe.connecting import connecting, within
from peninsula.observe.contexts import run_here
from peninsula.sdk.outside.later import Use, fail, of_place

__all__ = ["SCOPE", "observe"]

SCOPE: Final = "opentelemetry.instrumentation.sqlalchemy"


def observe(provider: TracerProvider) -> None:
    """Observe all engines: that they connect, and what they execute."""
    tracer = provider.get_tracer(SCOPE)
    usage = NoOpMeter("peninsula").create_up_down_counter("db.client.connections.usage")
    seen: WeakSet[Engine] = WeakSet()

    def connected(connection: Connection) -> None:
        engine = connection.engine
        if engine not in seen:
            seen.add(engine)
            if not _is_observed(engine):
                EngineTracer(tracer, engine, usage)  # type: ignore[no-untyped-call]

    connect = within(lambda engine, *_: connecting(tracer, _place(engine.url)))
    event.listen(Engine, "engine_connect", connected)
    event.listen(Engine, "handle_error", _failed)
    wrap_function_wrapper("sqlalchemy.engine.base", "Engine.connect", connect)


def _is_observed(engine: Any) -> bool:
    """Tell whether the user has had it instrumented himself."""
    listeners = engine.dispatch.before_cursor_execute
    return any(isinstance(getattr(each, "__self__", None), EngineTracer) for each in listeners)


def _failed(context: ExceptionContext) -> None:
    """Tell what fails between statements; a statement's own span is still open here, or was told.

    Connections are told by their span. What the driver did not raise, it was not asked for.
    """
    execution = context.execution_context
    span = getattr(execution, "_otel_span", None)
    error, engine = context.original_exception, context.engine
    if context.connection is None or engine is None or (span and span.is_recording()):
        return
    if not isinstance(error, context.dialect.loaded_dbapi.Error):
        return
    method = "transaction" if execution is None else "fetch"

    def used() -> Use | None:
        place = place_of(SCOPE, method, _place(engine.url), folder=os.getcwd)
        return of_place(place, run_here(None))

    fail(used, error)


def _place(url: URL) -> dict[str, str | int]:
    said = {
        "db.system": url.get_backend_name(),
        "server.address": url.host,
        "server.port": url.port,
        "db.name": url.database,
    }
    return {name: value for name, value in said.items() if value}
