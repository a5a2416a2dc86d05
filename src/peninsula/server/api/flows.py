"""Flows."""

from __future__ import annotations

from peninsula.core.answers import Flow, Page, Scope
from peninsula.server.api.calls import call
from peninsula.server.api.queries import FlowsQuery
from peninsula.server.api.request import ApiRequest
from peninsula.server.storage.read import flows

__all__ = ["CALLS"]


@call("GET", "/flows", scope=Scope.READ, query=FlowsQuery)
async def list_flows(request: ApiRequest) -> Page[Flow]:
    """Find flows by name, with how their runs ended."""
    asked = request.asked(FlowsQuery)
    return await request.services.database.read(
        flows.find_flows, text=asked.text, limit=asked.limit, cursor=asked.cursor
    )


CALLS = (list_flows,)
