"""Read and write OTLP's protobuf, where `opentelemetry-proto` is installed."""

from __future__ import annotations

import base64
from importlib.util import find_spec
from typing import Any

import msgspec

from peninsula.core.answers import Exported
from peninsula.core.errors import InvalidError
from peninsula.core.spans import Export

__all__ = ["encoded", "export_in"]


def export_in(body: bytes) -> Export:
    """Return the spans of a request. Raises InvalidError."""
    if find_spec("opentelemetry") is None or find_spec("opentelemetry.proto") is None:
        msg = (
            "Protobuf is not read here: have the exporter send JSON, or install"
            " peninsula[observe] where the server runs."
        )
        raise InvalidError(msg)
    # Weight: few servers are sent protobuf.
    from google.protobuf.json_format import MessageToDict  # noqa: PLC0415
    from google.protobuf.message import DecodeError  # noqa: PLC0415
    from opentelemetry.proto.collector.trace.v1 import trace_service_pb2 as wire  # noqa: PLC0415

    try:
        message = wire.ExportTraceServiceRequest.FromString(body)
    except DecodeError:
        raise InvalidError("The body is no ExportTraceServiceRequest of OTLP.") from None
    told = MessageToDict(message, use_integers_for_enums=True)
    for span in _spans(told):
        for name in _IDS & span.keys():
            span[name] = base64.b64decode(span[name]).hex()
    try:
        return msgspec.convert(told, Export)
    except msgspec.ValidationError as problem:
        raise InvalidError(f"The spans cannot be read: {problem}.") from None


_IDS = frozenset({"traceId", "spanId", "parentSpanId"})
"""Bytes, which JSON has in base 64, but for those of OTLP: they are written in base 16."""


def _spans(told: dict[str, Any]) -> list[dict[str, Any]]:
    return [
        span
        for of in told.get("resourceSpans", ())
        for scoped in of.get("scopeSpans", ())
        for span in scoped.get("spans", ())
    ]


def encoded(answer: Exported) -> bytes:
    """Return the answer as protobuf."""
    from opentelemetry.proto.collector.trace.v1 import trace_service_pb2 as wire  # noqa: PLC0415

    message = wire.ExportTraceServiceResponse()
    if (partial := answer.partial_success) is not None:
        message.partial_success.rejected_spans = int(partial.rejected_spans)
        message.partial_success.error_message = partial.error_message
    return bytes(message.SerializeToString())
