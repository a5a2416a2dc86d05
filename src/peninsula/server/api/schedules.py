"""Schedules of deployments: see their next moments; add, change and remove them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from msgspec import Meta, Struct

from peninsula.core.answers import Scope
from peninsula.core.deployments import (
    ChangedSchedule,
    WantedSchedule,
)
from peninsula.core.schedules import Rule, Schedule
from peninsula.server.api.calls import call
from peninsula.server.api.queries import NoQuery
from peninsula.server.api.request import ApiRequest

__all__ = ["CALLS"]


class WantedPreview(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A rule whose next moments are asked for."""

    rule: Rule
    timezone: str = "UTC"
    limit: Annotated[int, Meta(ge=1, le=100)] = 10


@call("POST", "/schedules/preview", scope=Scope.READ, query=NoQuery, body=WantedPreview)
async def preview_schedule(request: ApiRequest) -> list[datetime]:
    """Return the next moments of a rule that no deployment needs to have."""
    request.asked(NoQuery)
    wanted = await request.told(WantedPreview)
    return await request.services.deployments.preview(wanted.rule, wanted.timezone, wanted.limit)


@call(
    "POST",
    "/deployments/{id:str}/schedules",
    scope=Scope.WORK,
    query=NoQuery,
    body=WantedSchedule,
    status=201,
    errors=("not-found", "conflict"),
)
async def add_schedule(request: ApiRequest) -> Schedule:
    """Give a deployment one more schedule."""
    request.asked(NoQuery)
    wanted = await request.told(WantedSchedule)
    return await request.services.deployments.add_schedule(
        request.id("deployment"), wanted, request.caller
    )


@call(
    "POST",
    "/schedules/{id:str}",
    scope=Scope.WORK,
    query=NoQuery,
    body=ChangedSchedule,
    errors=("not-found", "conflict"),
)
async def change_schedule(request: ApiRequest) -> Schedule:
    """Change a schedule; what is left out stays."""
    request.asked(NoQuery)
    wanted = await request.told(ChangedSchedule)
    return await request.services.deployments.change_schedule(
        request.id("schedule"), wanted, request.caller
    )


@call(
    "DELETE",
    "/schedules/{id:str}",
    scope=Scope.WORK,
    query=NoQuery,
    status=204,
    errors=("not-found",),
)
async def delete_schedule(request: ApiRequest) -> None:
    """Take a schedule from its deployment, with the run that it made ahead."""
    request.asked(NoQuery)
    await request.services.deployments.remove_schedule(request.id("schedule"), request.caller)


CALLS = (preview_schedule, add_schedule, change_schedule, delete_schedule)
