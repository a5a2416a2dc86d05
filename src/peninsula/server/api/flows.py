"""Flows: their list, and how one does."""

from __future__ import annotations

from peninsula.core.answers import Flow, FlowDetail, Grid, Page, Scope
from peninsula.server.api.calls import call
from peninsula.server.api.list_queries import FlowsQuery
from peninsula.server.api.request import ApiRequest
from peninsula.server.api.view_queries import FlowQuery, GridQuery
from peninsula.server.storage.read import flow_pages, flows, grids

__all__ = ["CALLS"]


@call("GET", "/flows", scope=Scope.READ, query=FlowsQuery)
async def list_flows(request: ApiRequest) -> Page[Flow]:
    """Find flows by name, with how their runs ended."""
    asked = request.asked(FlowsQuery)
    return await request.services.database.read(
        flows.find_flows, text=asked.text, limit=asked.limit, cursor=asked.cursor
    )


@call("GET", "/flow", scope=Scope.READ, query=FlowQuery, errors=("not-found",))
async def get_flow(request: ApiRequest) -> FlowDetail:
    """Return one flow, with how long it takes."""
    asked = request.asked(FlowQuery)
    return await request.services.database.read(flow_pages.read_flow, asked.name)


@call("GET", "/flow/grid", scope=Scope.READ, query=GridQuery, errors=("not-found",))
async def get_flow_grid(request: ApiRequest) -> Grid:
    """Return the newest runs of a flow, with what became of each task in each."""
    asked = request.asked(GridQuery)
    return await request.services.database.read(
        grids.read_grid,
        asked.name,
        deployment=asked.deployment,
        limit=asked.limit,
        before=asked.before,
    )


CALLS = (list_flows, get_flow, get_flow_grid)
