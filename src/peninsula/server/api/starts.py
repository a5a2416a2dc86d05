"""Starts of flow runs: claim those that are due, begin them, say how their processes ended."""

from __future__ import annotations

from peninsula.core.answers import Scope
from peninsula.core.errors import ForbiddenError
from peninsula.core.runs import Run
from peninsula.core.work import Begin, Crash, Job, Jobs, WorkWanted
from peninsula.server.api.calls import RunKey, call
from peninsula.server.api.queries import NoQuery
from peninsula.server.api.request import ApiRequest
from peninsula.server.api.waiting import while_there

__all__ = ["CALLS"]


@call(
    "POST",
    "/work-pools/{name:str}/claim",
    scope=Scope.WORK,
    query=NoQuery,
    body=WorkWanted,
    errors=("not-found",),
)
async def claim_flow_runs(request: ApiRequest) -> Jobs:
    """Claim flow runs of a work pool that are due, and wait for one if there is none."""
    request.asked(NoQuery)
    wanted = await request.told(WorkWanted)
    pool = str(request.path_params["name"])
    # What was claimed for who has left is given to it again.
    claimed = await while_there(request, request.services.work.claim(pool, wanted))
    return claimed or Jobs(stamp=0)


@call(
    "POST",
    "/flow-runs/{id:str}/begin",
    scope=Scope.WORK,
    run_key=RunKey.PATH,
    query=NoQuery,
    body=Begin,
    errors=("not-found", "conflict"),
)
async def begin_flow_run(request: ApiRequest) -> Job:
    """Run a claimed flow run from now on. 409: it is not to be run, or not by this process."""
    request.asked(NoQuery)
    run = request.id("flow run")
    if request.caller.run not in {None, run}:
        raise ForbiddenError(f"This key is for flow run {request.caller.run} alone.")
    return await request.services.work.begin(run, await request.told(Begin))


@call(
    "POST",
    "/flow-runs/{id:str}/crashed",
    scope=Scope.WORK,
    query=NoQuery,
    body=Crash,
    errors=("not-found",),
)
async def crash_flow_run(request: ApiRequest) -> Run:
    """Say that the process of a flow run has ended; nothing happens to one that is over."""
    request.asked(NoQuery)
    return await request.services.work.crashed(request.id("flow run"), await request.told(Crash))


@call(
    "POST",
    "/flow-runs/{id:str}/retry",
    scope=Scope.WORK,
    query=NoQuery,
    errors=("not-found", "conflict"),
)
async def retry_flow_run(request: ApiRequest) -> Run:
    """Let a flow run that failed start again, with what it finished taken from kept results."""
    request.asked(NoQuery)
    return await request.services.work.retry(request.id("flow run"), request.caller)


CALLS = (claim_flow_runs, begin_flow_run, crash_flow_run, retry_flow_run)
