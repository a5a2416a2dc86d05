"""What a page shows at first, in one answer each."""

from __future__ import annotations

from datetime import UTC, datetime

from peninsula.core.answers import Overview, Scope
from peninsula.server.api.calls import call
from peninsula.server.api.request import ApiRequest
from peninsula.server.api.view_queries import SpanQuery
from peninsula.server.storage.read.overview import read_overview

__all__ = ["CALLS"]


@call("GET", "/overview", scope=Scope.READ, query=SpanQuery)
async def get_overview(request: ApiRequest) -> Overview:
    """Say what fails and why, what runs, and what is late and comes next."""
    now = datetime.now(UTC)
    span = request.asked(SpanQuery).span(now)
    return await request.services.database.read(read_overview, *span, now)


CALLS = (get_overview,)
