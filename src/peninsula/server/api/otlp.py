"""Take in spans of OpenTelemetry by its protocol over HTTP (OTLP), as JSON or protobuf."""

from __future__ import annotations

from typing import Any, Final

from litestar import Response

from peninsula.core import limits
from peninsula.core.answers import Exported, PartialSuccess, RefusedEvent, Scope
from peninsula.core.spans import Export, event_of, run_of, spans_in
from peninsula.server.api.calls import call
from peninsula.server.api.posting import POSTED, post
from peninsula.server.api.request import ApiRequest
from peninsula.server.storage.read import subtree

__all__ = ["CALLS"]

PROTOBUF: Final = "application/x-protobuf"


@call(
    "POST",
    "/otlp/v1/traces",
    scope=Scope.EMIT,
    body=Export,
    answer=Exported,
    errors=("too-large",),
)
async def post_spans(request: ApiRequest) -> Any:
    """Put spans into the log, as OpenTelemetry's exporters send them (OTLP, JSON or protobuf)."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind == PROTOBUF:
        from peninsula.server.api import protobuf  # noqa: PLC0415  comes with an extra

        export = protobuf.export_in(await request.content(limits.BATCH_BYTES))
        answer = await _take(request, export)
        return Response(protobuf.encoded(answer), media_type=PROTOBUF)
    return await _take(request, await request.told(Export, limits.BATCH_BYTES))


async def _take(request: ApiRequest, export: Export) -> Exported:
    """Store the spans, those of runs that are known with their run."""
    spans = list(spans_in(export))
    traces = {run for each in spans if (run := run_of(each.span)) is not None}
    known = await request.services.database.read(subtree.known, traces) if traces else frozenset()
    refused: list[RefusedEvent] = []
    for start in range(0, len(spans), POSTED):
        some = spans[start : start + POSTED]
        events = [
            event_of(each, run if (run := run_of(each.span)) in known else None) for each in some
        ]
        refused += (await post(request, events)).refused
    if not refused:
        return Exported()
    return Exported(
        partial_success=PartialSuccess(
            rejected_spans=str(len(refused)), error_message=refused[0].message
        )
    )


CALLS = (post_spans,)
