"""Send spans where the environment says, by the variables of OpenTelemetry."""

from __future__ import annotations

import atexit
import logging
import os
from importlib import import_module
from threading import Event, Thread
from typing import Final

from opentelemetry.sdk.resources import SERVICE_NAME, OTELResourceDetector, Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter

from peninsula.client import own

__all__ = ["is_wanted", "provider"]

LAST: Final = 2.0
"""Seconds that a process waits at its end for its last spans to be taken."""

_EXPORTERS: Final = {
    "grpc": "opentelemetry.exporter.otlp.proto.grpc.trace_exporter",
    "http/protobuf": "opentelemetry.exporter.otlp.proto.http.trace_exporter",
}

_log = logging.getLogger("peninsula.observe")


def is_wanted() -> bool:
    """Tell whether the environment says where spans go."""
    return (
        _variable("ENDPOINT") is not None
        and os.environ.get("OTEL_TRACES_EXPORTER", "otlp") == "otlp"
        and os.environ.get("OTEL_SDK_DISABLED", "").lower() != "true"
    )


def provider() -> TracerProvider | None:
    """Return a provider that sends its spans there; None, and a warning, if that cannot be."""
    with own.traffic():  # its thread begins here, and is none of the run's
        exporter = _exporter()
        if exporter is None:
            return None
        found = TracerProvider(resource=_resource(), shutdown_on_exit=False)
        found.add_span_processor(BatchSpanProcessor(exporter))
        _close_at_exit(found)
    return found


def _exporter() -> SpanExporter | None:
    protocol = _variable("PROTOCOL") or "http/protobuf"
    try:
        exporter: SpanExporter = import_module(_EXPORTERS[protocol]).OTLPSpanExporter()
    except (KeyError, ImportError):
        _log.warning(
            "OTEL_EXPORTER_OTLP_PROTOCOL is %s, for which no exporter is installed. Spans of runs"
            " are not sent. Set it to http/protobuf and the endpoint to that of OTLP over HTTP.",
            protocol,
        )
        return None
    return exporter


def _variable(name: str) -> str | None:
    for_traces = os.environ.get(f"OTEL_EXPORTER_OTLP_TRACES_{name}")
    return for_traces or os.environ.get(f"OTEL_EXPORTER_OTLP_{name}") or None


def _resource() -> Resource:
    named = SERVICE_NAME in OTELResourceDetector().detect().attributes
    return Resource.create({} if named else {SERVICE_NAME: "peninsula"})


def _close_at_exit(provider: TracerProvider) -> None:
    """Send at exit what is left, and give up soon: the provider itself would wait for 30 seconds.

    It cannot be told to hurry, and an interpreter that shuts down starts no threads, so one waits.
    """
    ends = Event()

    def close() -> None:
        ends.wait()
        provider.shutdown()

    thread = Thread(target=close, name="peninsula-spans", daemon=True)
    thread.start()

    def close_soon() -> None:
        ends.set()
        thread.join(LAST)

    atexit.register(close_soon)
