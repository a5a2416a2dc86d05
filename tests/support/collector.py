"""A collector of OpenTelemetry's: it takes spans over OTLP/HTTP and remembers them."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

from msgspec import Struct
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

__all__ = ["Collector", "Received", "collect"]


class Received(Struct, frozen=True):
    """One span."""

    service: str
    scope: str
    name: str
    trace: str
    id: str
    parent: str
    said: dict[str, Any]
    status: str
    """Of an error, what it says; else nothing."""
    events: list[dict[str, Any]]


class Collector:
    """What was sent up to now, and where to."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.spans: list[Received] = []
        self.bodies: list[bytes] = []

    def one(self, name: str) -> Received:
        """Return the only span of that name."""
        [found] = [span for span in self.spans if span.name == name]
        return found


@contextmanager
def collect() -> Iterator[Collector]:
    """Run one on a free port of loopback."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if self.headers.get("Content-Encoding") == "gzip":
                body = gzip.decompress(body)
            collector.bodies.append(body)
            collector.spans += _spans(ExportTraceServiceRequest.FromString(body))
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        collector = Collector(f"http://127.0.0.1:{server.server_port}")
        thread = Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield collector
        finally:
            server.shutdown()
            thread.join()


def _spans(request: Any) -> Iterator[Received]:
    for sent in request.resource_spans:
        for scoped in sent.scope_spans:
            for span in scoped.spans:
                yield Received(
                    service=_said(sent.resource.attributes)["service.name"],
                    scope=scoped.scope.name,
                    name=span.name,
                    trace=span.trace_id.hex(),
                    id=span.span_id.hex(),
                    parent=span.parent_span_id.hex(),
                    said=_said(span.attributes),
                    status=span.status.message,
                    events=[_said(event.attributes) for event in span.events],
                )


def _said(attributes: Any) -> dict[str, Any]:
    return {each.key: getattr(each.value, each.value.WhichOneof("value")) for each in attributes}
