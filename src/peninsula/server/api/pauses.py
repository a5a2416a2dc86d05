"""Pauses of flow runs: pause, suspend and resume them, with what they ask people for."""

from __future__ import annotations

from typing import Annotated, Any

from litestar import Response
from msgspec import Meta, Struct

from peninsula.core import limits
from peninsula.core.answers import Scope
from peninsula.core.runs import Run
from peninsula.server.api.calls import RunKey, call
from peninsula.server.api.queries import NoQuery
from peninsula.server.api.request import ApiRequest
from peninsula.server.storage.referee import pauses

__all__ = ["CALLS"]


class Resume(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a paused run is answered."""

    input: dict[str, Any] = {}


class InputQuery(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which pause of a run is meant."""

    key: Annotated[str, Meta(min_length=1, max_length=limits.NAME_CHARS)]


@call(
    "POST",
    "/flow-runs/{id:str}/pause",
    scope=Scope.WORK,
    query=NoQuery,
    errors=("not-found", "conflict"),
)
async def pause_flow_run(request: ApiRequest) -> Run:
    """Have a flow run begin no other task run until it is resumed; what runs is finished."""
    request.asked(NoQuery)
    return await request.services.pauses.pause(request.id("flow run"), request.caller)


@call(
    "POST",
    "/flow-runs/{id:str}/suspend",
    scope=Scope.WORK,
    run_key=RunKey.PATH,
    query=NoQuery,
    errors=("not-found", "conflict"),
)
async def suspend_flow_run(request: ApiRequest) -> Run:
    """Have a flow run end its process before its next task run; it is started anew when resumed."""
    request.asked(NoQuery)
    return await request.services.pauses.suspend(request.id("flow run"), request.caller)


@call(
    "POST",
    "/flow-runs/{id:str}/resume",
    scope=Scope.WORK,
    run_key=RunKey.PATH,
    query=NoQuery,
    body=Resume,
    errors=("not-found", "conflict"),
)
async def resume_flow_run(request: ApiRequest) -> Run:
    """Let a paused or suspended flow run go on, with the input that it asks for."""
    request.asked(NoQuery)
    told = await request.told(Resume)
    return await request.services.pauses.resume(request.id("flow run"), told.input, request.caller)


@call(
    "GET",
    "/flow-runs/{id:str}/input",
    scope=Scope.READ,
    run_key=RunKey.PATH,
    query=InputQuery,
    answer=dict[str, Any],
    errors=("not-found",),
)
async def get_flow_run_input(request: ApiRequest) -> Response[bytes]:
    """Return what was answered to a pause of a flow run; 404 while nobody has."""
    key = request.asked(InputQuery).key
    value = await request.services.database.read(pauses.input_of, request.id("flow run"), key)
    return Response(value, media_type="application/json")


CALLS = (pause_flow_run, suspend_flow_run, resume_flow_run, get_flow_run_input)
