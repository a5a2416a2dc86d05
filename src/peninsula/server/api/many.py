"""Many flow runs at once: cancel or delete them, each by itself."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Annotated, Any
from uuid import UUID

from msgspec import Meta, Struct

from peninsula.core import limits
from peninsula.core.answers import DoneToMany, RefusedRun, Scope
from peninsula.core.errors import PeninsulaError
from peninsula.core.events import check_text
from peninsula.core.runs import RunKind
from peninsula.server.api.calls import call
from peninsula.server.api.queries import NoQuery
from peninsula.server.api.request import ApiRequest

__all__ = ["CALLS"]

Ids = Annotated[tuple[UUID, ...], Meta(min_length=1, max_length=200)]


class CancelMany(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Flow runs that are to end, and why."""

    ids: Ids
    message: Annotated[str, Meta(min_length=1, max_length=limits.NAME_CHARS)] | None = None


class DeleteMany(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Flow runs that are to go."""

    ids: Ids


@call("POST", "/flow-runs/cancel", scope=Scope.WORK, query=NoQuery, body=CancelMany)
async def cancel_flow_runs(request: ApiRequest) -> DoneToMany:
    """Cancel flow runs; the answer says which could not be, and why."""
    request.asked(NoQuery)
    told = await request.told(CancelMany)
    if told.message is not None:
        check_text("message", told.message)
    control, caller = request.services.control, request.caller
    return await _each(
        told.ids, lambda id_: control.cancel(RunKind.FLOW_RUN, id_, caller, told.message)
    )


@call("POST", "/flow-runs/delete", scope=Scope.ADMIN, query=NoQuery, body=DeleteMany)
async def delete_flow_runs(request: ApiRequest) -> DoneToMany:
    """Delete flow runs that are over; the answer says which could not be, and why."""
    request.asked(NoQuery)
    told = await request.told(DeleteMany)
    deletions, caller = request.services.deletions, request.caller
    return await _each(told.ids, lambda id_: deletions.delete(id_, caller))


async def _each(ids: Ids, do: Callable[[UUID], Awaitable[Any]]) -> DoneToMany:
    done: list[UUID] = []
    refused: list[RefusedRun] = []
    for id_ in dict.fromkeys(ids):
        try:
            await do(id_)
        except PeninsulaError as problem:
            refused.append(RefusedRun(id=id_, code=problem.code, message=problem.message))
        else:
            done.append(id_)
    return DoneToMany(done=tuple(done), refused=tuple(refused))


CALLS = (cancel_flow_runs, delete_flow_runs)
