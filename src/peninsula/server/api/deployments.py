"""Deployments: find, make, pause and delete them; have them run."""

from __future__ import annotations

from uuid import UUID

from msgspec import structs

from peninsula.core.answers import Page, Scope
from peninsula.core.deployments import (
    Backfill,
    Backfilled,
    Deployment,
    NextRun,
    ServeWanted,
    WantedDeployment,
    WantedRun,
)
from peninsula.core.errors import ForbiddenError
from peninsula.core.pull_steps import shown
from peninsula.core.runs import Run
from peninsula.core.work import Jobs
from peninsula.server.api.calls import RunKey, call
from peninsula.server.api.list_queries import DeploymentsQuery, LastRunsQuery, NextQuery
from peninsula.server.api.queries import NoQuery
from peninsula.server.api.request import ApiRequest
from peninsula.server.api.waiting import while_there
from peninsula.server.services import own_run
from peninsula.server.storage.read import deployments as read
from peninsula.server.storage.read import recent
from peninsula.server.storage.referee.due import Claimant

__all__ = ["CALLS"]


# --- find ----------------------------------------------------------------------------------------


@call("GET", "/deployments", scope=Scope.READ, run_key=RunKey.FREE, query=DeploymentsQuery)
async def list_deployments(request: ApiRequest) -> Page[Deployment]:
    """Find deployments, by flow and name."""
    asked = request.asked(DeploymentsQuery)
    page = await request.services.database.read(
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
    return structs.replace(page, items=tuple(map(_shown, page.items)))


def _shown(found: Deployment) -> Deployment:
    """Mask what whoever may read is not to have: only who starts a run gets it."""
    return structs.replace(found, pull_steps=shown(found.pull_steps))


@call("GET", "/deployments/last-runs", scope=Scope.READ, query=LastRunsQuery)
async def list_last_runs(request: ApiRequest) -> list[Run]:
    """Return of each of these deployments the newest run that began, or was ended before."""
    wanted = request.asked(LastRunsQuery).deployment
    return await request.services.database.read(recent.last_runs, wanted)


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
    return _shown(await request.services.deployments.get(request.id("deployment")))


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
    return _shown(await request.services.deployments.save(wanted, request.caller))


@call(
    "POST",
    "/deployments/{id:str}/pause",
    scope=Scope.WORK,
    query=NoQuery,
    errors=("not-found",),
)
async def pause_deployment(request: ApiRequest) -> Deployment:
    """Have the schedules of a deployment make no runs, and take back what they made ahead."""
    request.asked(NoQuery)
    id_ = request.id("deployment")
    return _shown(await request.services.deployments.pause(id_, request.caller, paused=True))


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
    id_ = request.id("deployment")
    return _shown(await request.services.deployments.pause(id_, request.caller, paused=False))


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
    errors=("conflict", "not-found"),
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
    list_last_runs,
    get_deployment,
    list_next_runs,
    save_deployment,
    pause_deployment,
    resume_deployment,
    delete_deployment,
    run_deployment,
    claim_served_runs,
    backfill_deployment,
)
