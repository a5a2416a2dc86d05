"""Artifacts: find and read what runs made for people to look at."""

from __future__ import annotations

from typing import Any

from litestar import Response

from peninsula.core.answers import Page, Scope
from peninsula.core.artifacts import Artifact
from peninsula.server.api.calls import call
from peninsula.server.api.list_queries import ArtifactsQuery
from peninsula.server.api.queries import NoQuery
from peninsula.server.api.request import ApiRequest
from peninsula.server.storage.read import artifacts

__all__ = ["CALLS"]


@call("GET", "/artifacts", scope=Scope.READ, query=ArtifactsQuery)
async def list_artifacts(request: ApiRequest) -> Page[Artifact]:
    """Find artifacts, the newest first."""
    asked = request.asked(ArtifactsQuery)
    return await request.services.database.read(
        artifacts.find_artifacts,
        keys=asked.key,
        kinds=asked.kind,
        run=asked.run,
        flows=asked.flow,
        latest=asked.latest,
        limit=asked.limit,
        cursor=asked.cursor,
    )


@call("GET", "/artifacts/{id:str}", scope=Scope.READ, query=NoQuery, errors=("not-found",))
async def get_artifact(request: ApiRequest) -> Artifact:
    """Return one artifact; a large body is null, and has a call of its own."""
    request.asked(NoQuery)
    return await request.services.database.read(artifacts.artifact_by_id, request.id("artifact"))


@call(
    "GET",
    "/artifacts/{id:str}/body",
    scope=Scope.READ,
    query=NoQuery,
    errors=("not-found",),
    answer=Any,
)
async def get_artifact_body(request: ApiRequest) -> Any:
    """Return the body of an artifact, whatever its size."""
    request.asked(NoQuery)
    body = await request.services.database.read(artifacts.artifact_body, request.id("artifact"))
    return Response(body, media_type="application/json")


CALLS = (list_artifacts, get_artifact, get_artifact_body)
