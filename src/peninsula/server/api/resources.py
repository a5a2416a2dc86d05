"""Resources: the catalogue, and what became of the runs that touched one."""

from __future__ import annotations

from datetime import UTC, datetime

from peninsula.core.answers import (
    LoggedEvent,
    Page,
    ResourceDetail,
    ResourceEntry,
    ResourceHealth,
    ResourceKinds,
    Scope,
    TouchingRun,
)
from peninsula.core.filters import EventFilter
from peninsula.core.resources import sought
from peninsula.server.api.calls import call
from peninsula.server.api.list_queries import (
    ResourceEventsQuery,
    ResourceQuery,
    ResourceRunsQuery,
    ResourcesQuery,
)
from peninsula.server.api.queries import NoQuery
from peninsula.server.api.request import ApiRequest
from peninsula.server.api.view_queries import ResourceHealthQuery
from peninsula.server.storage.read import events, health, resources, touching

__all__ = ["CALLS"]


@call("GET", "/resources", scope=Scope.READ, query=ResourcesQuery)
async def list_resources(request: ApiRequest) -> Page[ResourceEntry]:
    """Find resources, those with the latest event first."""
    asked = request.asked(ResourcesQuery)
    return await request.services.database.read(
        resources.find_resources,
        kinds=asked.kind,
        system=asked.system,
        text=asked.text,
        systems=asked.systems,
        limit=asked.limit,
        cursor=asked.cursor,
    )


@call("GET", "/resources/kinds", scope=Scope.READ, query=NoQuery)
async def list_resource_kinds(request: ApiRequest) -> ResourceKinds:
    """Return the kinds of resources that there are, but for runs."""
    request.asked(NoQuery)
    return ResourceKinds(kinds=await request.services.database.read(resources.known_kinds))


@call("GET", "/resource", scope=Scope.READ, query=ResourceQuery, errors=("not-found",))
async def get_resource(request: ApiRequest) -> ResourceDetail:
    """Return one resource."""
    asked = request.asked(ResourceQuery)
    return await request.services.database.read(resources.resource_by_id, sought(asked.id))


@call("GET", "/resource/runs", scope=Scope.READ, query=ResourceRunsQuery, errors=("not-found",))
async def list_resource_runs(request: ApiRequest) -> Page[TouchingRun]:
    """Find the runs that touched a resource, the last touched first."""
    asked = request.asked(ResourceRunsQuery)
    return await request.services.database.read(
        touching.find_touching_runs,
        sought(asked.id),
        kind=asked.kind,
        types=asked.state,
        innermost=asked.innermost,
        limit=asked.limit,
        cursor=asked.cursor,
    )


@call("GET", "/resource/events", scope=Scope.READ, query=ResourceEventsQuery)
async def list_resource_events(request: ApiRequest) -> Page[LoggedEvent]:
    """Find the events that a resource is in."""
    asked = request.asked(ResourceEventsQuery)
    return await request.services.database.read(
        events.find_events,
        EventFilter(involves=(sought(asked.id),)),
        newest_first=asked.order == "newest",
        limit=asked.limit,
        cursor=asked.cursor,
    )


@call("GET", "/resource/health", scope=Scope.READ, query=ResourceHealthQuery, errors=("not-found",))
async def get_resource_health(request: ApiRequest) -> ResourceHealth:
    """Say how the runs fared that touched a resource, and those that did not."""
    asked = request.asked(ResourceHealthQuery)
    span = asked.span(datetime.now(UTC))
    return await request.services.database.read(health.read_health, sought(asked.id), *span)


CALLS = (
    list_resources,
    list_resource_kinds,
    get_resource,
    get_resource_health,
    list_resource_runs,
    list_resource_events,
)
