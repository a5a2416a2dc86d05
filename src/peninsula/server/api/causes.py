"""Why a run failed, what is not the cause, and what else fails for it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from peninsula.core import codec
from peninsula.core.answers import Impact, Scope, Why
from peninsula.core.resources import sought
from peninsula.core.runs import RunKind
from peninsula.server.api import unchanged
from peninsula.server.api.calls import call
from peninsula.server.api.queries import NoQuery
from peninsula.server.api.request import ApiRequest
from peninsula.server.api.run_calls import both, noun
from peninsula.server.api.view_queries import ImpactQuery
from peninsula.server.storage.read.impact import read_impact
from peninsula.server.storage.read.why import read_why
from peninsula.server.storage.referee.dismissals import Suspected

__all__ = ["CALLS"]


@both("/{id:str}/why", query=NoQuery, errors=("not-found",), answer=Why, kept=True)
async def explain_run(request: ApiRequest, kind: RunKind) -> Any:
    """Say why a {what} failed, with evidence and how sure it is."""
    request.asked(NoQuery)
    why = await request.services.database.read(read_why, kind, request.id(noun(kind)))
    return unchanged.by_content(request, why)


@both(
    "/{id:str}/suspects/{event:str}/dismiss",
    method="POST",
    scope=Scope.WORK,
    query=NoQuery,
    status=204,
    errors=("not-found",),
)
async def dismiss_run_suspect(request: ApiRequest, kind: RunKind) -> None:
    """Say that an event is not the cause of a {what}'s failure.

    It comes last among the suspects from then on, with all that are alike: events of that name on
    that system. In other failures of the flow, too, unless those follow such an event.
    """
    await request.services.verdicts.dismiss(_suspected(request, kind), request.caller)


@both(
    "/{id:str}/suspects/{event:str}/restore",
    method="POST",
    scope=Scope.WORK,
    query=NoQuery,
    status=204,
    errors=("not-found",),
)
async def restore_run_suspect(request: ApiRequest, kind: RunKind) -> None:
    """Take back that an event is not the cause of a {what}'s failure."""
    await request.services.verdicts.restore(_suspected(request, kind), request.caller)


def _suspected(request: ApiRequest, kind: RunKind) -> Suspected:
    request.asked(NoQuery)
    event = codec.id_of(request.path_params["event"], "event id")
    return Suspected(kind=kind, run=request.id(noun(kind)), event=event)


@call("GET", "/resource/impact", scope=Scope.READ, query=ImpactQuery, errors=("not-found",))
async def get_impact(request: ApiRequest) -> Impact:
    """Say which runs failed with a resource, which passed, and which will use it next."""
    asked = request.asked(ImpactQuery)
    span = asked.span(datetime.now(UTC))
    return await request.services.database.read(
        read_impact, sought(asked.id), *span, limit=asked.limit
    )


CALLS = (*explain_run, *dismiss_run_suspect, *restore_run_suspect, get_impact)
