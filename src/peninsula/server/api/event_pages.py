"""Events, many at once: by what they could be filtered by, by time, and two times compared."""

from __future__ import annotations

from datetime import UTC, datetime

from peninsula.core.answers import EventComparison, EventHistogram, Facets, Scope
from peninsula.server.api.calls import call
from peninsula.server.api.event_queries import EventQuery
from peninsula.server.api.request import ApiRequest
from peninsula.server.api.view_queries import ComparisonQuery, HistogramQuery
from peninsula.server.storage.read.event_facets import compare_times, read_facets
from peninsula.server.storage.read.event_histogram import read_histogram

__all__ = ["CALLS"]


@call("GET", "/events/facets", scope=Scope.READ, query=EventQuery)
async def get_event_facets(request: ApiRequest) -> Facets:
    """Count events by all that they could be filtered by."""
    wanted = request.asked(EventQuery).wanted()
    return await request.services.database.read(read_facets, wanted)


@call("GET", "/events/histogram", scope=Scope.READ, query=HistogramQuery)
async def get_event_histogram(request: ApiRequest) -> EventHistogram:
    """Count events by time, in layers by name or outcome."""
    asked = request.asked(HistogramQuery)
    span = asked.span(datetime.now(UTC))
    return await request.services.database.read(read_histogram, asked.wanted(), asked.by, span)


@call("GET", "/events/comparison", scope=Scope.READ, query=ComparisonQuery)
async def compare_events(request: ApiRequest) -> EventComparison:
    """Say what is different in one time from another, what matters most first."""
    asked = request.asked(ComparisonQuery)
    times = asked.times(datetime.now(UTC))
    return await request.services.database.read(compare_times, asked.wanted(), *times)


CALLS = (get_event_facets, get_event_histogram, compare_events)
