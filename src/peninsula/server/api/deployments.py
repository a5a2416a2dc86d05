"""Deployments: find, make, pause and delete them, with their schedules; have them run."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

from msgspec import Meta, Struct

from peninsula.core.answers import Page, Scope
from peninsula.core.deployments import (
    Backfill,
    Backfilled,
    ChangedSchedule,
    Deployment,
    NextRun,
    ServeWanted,
    WantedDeployment,
    WantedRun,
    WantedSchedule,
)
from peninsula.core.errors import ForbiddenError
from peninsula.core.runs import Run
from peninsula.core.schedules import Rule, Schedule
from peninsula.core.work import Jobs
from peninsula.server.api.calls import RunKey, call
from peninsula.server.api.queries import DeploymentsQuery, NextQuery, NoQuery
from peninsula.server.api.request import ApiRequest
from peninsula.server.api.waiting import while_there
from peninsula.server.services import own_run
from peninsula.server.storage.read import deployments as read
from peninsula.server.storage.referee.due import Claimant

__all__ = ["CALLS"]


class WantedPreview(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A rule whose next moments are asked for."""

    rule: Rule
    timezone: str = "UTC"
    limit: Annotated[int, Meta(ge=1, le=100)] = 10


# --- find ----------------------------------------------------------------------------------------


@call("GET", "/deployments", scope=Scope.READ, run_key=RunKey.FREE, query=DeploymentsQuery)
async def list_deployments(request: ApiRequest) -> Page[Deployment]:
    """Find deployments, by flow and name."""
    asked = request.asked(DeploymentsQuery)
    return await request.services.database.read(
        read.find_deployments,
        named=asked.named,
        flows=asked.flow,
        names=asked.name,
        text=asked.text,
        tags=asked.tag,
        pools=asked.pool,
        paused=asked.paused,
        limit=asked.limit,
        cursor=asked.cursor,
    )


@call(
    "GET",
    "/deployments/{id:str}",
    scope=Scope.READ,
    run_key=RunKey.FREE,
    query=NoQuery,
    errors=("not-found",),
)
async def get_deployment(request: ApiRequest) -> Deployment:
    """Return one deployment."""
    request.asked(NoQuery)
    return await request.services.deployments.get(request.id("deployment"))


@call(
    "GET",
    "/deployments/{id:str}/next",
    scope=Scope.READ,
    query=NextQuery,
    errors=("not-found",),
)
async def list_next_runs(request: ApiRequest) -> list[NextRun]:
    """Return the next moments of all schedules of a deployment, the first one first."""
    limit = request.asked(NextQuery).limit
    return await request.services.deployments.next_runs(request.id("deployment"), limit)


@call("POST", "/schedules/preview", scope=Scope.READ, query=NoQuery, body=WantedPreview)
async def preview_schedule(request: ApiRequest) -> list[datetime]:
    """Return the next moments of a rule that no deployment needs to have."""
    request.asked(NoQuery)
    wanted = await request.told(WantedPreview)
    return await request.services.deployments.preview(wanted.rule, wanted.timezone, wanted.limit)


# --- change --------------------------------------------------------------------------------------


@call(
    "POST",
    "/deployments",
    scope=Scope.WORK,
    query=NoQuery,
    body=WantedDeployment,
    status=201,
    errors=("not-found",),
)
async def save_deployment(request: ApiRequest) -> Deployment:
    """Make a deployment, or put it in the place of the one of that flow and name."""
    request.asked(NoQuery)
    wanted = await request.told(WantedDeployment)
    return await request.services.deployments.save(wanted, request.caller)


@call(
    "POST",
    "/deployments/{id:str}/pause",
    scope=Scope.WORK,
    query=NoQuery,
    errors=("not-found",),
)
async def pause_deployment(request: ApiRequest) -> Deployment:
    """Have the schedules of a deployment make no runs, and take back those that wait."""
    request.asked(NoQuery)
    return await request.services.deployments.pause(
        request.id("deployment"), request.caller, paused=True
    )


@call(
    "POST",
    "/deployments/{id:str}/resume",
    scope=Scope.WORK,
    query=NoQuery,
    errors=("not-found",),
)
async def resume_deployment(request: ApiRequest) -> Deployment:
    """Have the schedules of a deployment make runs again."""
    request.asked(NoQuery)
    return await request.services.deployments.pause(
        request.id("deployment"), request.caller, paused=False
    )


@call(
    "DELETE",
    "/deployments/{id:str}",
    scope=Scope.WORK,
    query=NoQuery,
    status=204,
    errors=("not-found",),
)
async def delete_deployment(request: ApiRequest) -> None:
    """Remove a deployment; its runs that wait do not run, those that were begun stay."""
    request.asked(NoQuery)
    await request.services.deployments.delete(request.id("deployment"), request.caller)


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


# --- run -----------------------------------------------------------------------------------------


@call(
    "POST",
    "/deployments/{id:str}/runs",
    scope=Scope.WORK,
    run_key=RunKey.CHECKED,
    query=NoQuery,
    body=WantedRun,
    status=201,
    errors=("not-found",),
)
async def run_deployment(request: ApiRequest) -> Run:
    """Make a run of a deployment, for whoever runs its runs to start when it is due."""
    request.asked(NoQuery)
    wanted = await request.told(WantedRun)
    own = request.caller.run
    if own is not None:
        await _check_parent(request, wanted, own)
    return await request.services.deployments.run(request.id("deployment"), wanted, request.caller)


async def _check_parent(request: ApiRequest, wanted: WantedRun, own: UUID) -> None:
    """Let the key of one run make runs below it only."""
    if wanted.parent is None:
        msg = f"This key is for flow run {own} alone: what it makes is below it."
        raise ForbiddenError(msg, run=str(own))
    await own_run.check_holder(request.services.database, None, own, wanted.parent)


@call(
    "POST",
    "/deployments/claim",
    scope=Scope.WORK,
    query=NoQuery,
    body=ServeWanted,
)
async def claim_served_runs(request: ApiRequest) -> Jobs:
    """Claim runs that are due of deployments without a work pool, which the caller serves."""
    request.asked(NoQuery)
    wanted = await request.told(ServeWanted)
    claimant = Claimant(
        emitter=wanted.emitter,
        related=(),
        named="The process that serves the deployment",
        limit=wanted.limit,
        seen=wanted.seen,
        deployments=wanted.deployments,
    )
    await request.services.leases.heard(wanted.emitter)
    claiming = request.services.work.claim_as(claimant, wanted.wait)
    return await while_there(request, claiming) or Jobs(stamp=0)


@call(
    "POST",
    "/deployments/{id:str}/backfill",
    scope=Scope.WORK,
    query=NoQuery,
    body=Backfill,
    status=201,
    errors=("not-found",),
)
async def backfill_deployment(request: ApiRequest) -> Backfilled:
    """Make a run for each moment of a schedule in a span of time; each once."""
    request.asked(NoQuery)
    wanted = await request.told(Backfill)
    return await request.services.deployments.backfill(
        request.id("deployment"), wanted, request.caller
    )


CALLS = (
    list_deployments,
    get_deployment,
    list_next_runs,
    preview_schedule,
    save_deployment,
    pause_deployment,
    resume_deployment,
    delete_deployment,
    add_schedule,
    change_schedule,
    delete_schedule,
    run_deployment,
    claim_served_runs,
    backfill_deployment,
)
