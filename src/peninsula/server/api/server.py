"""The server itself: how it is, what it is, and its upkeep."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, Final

from litestar import Response
from msgspec import Meta, Struct

from peninsula.core.answers import Health, Scope
from peninsula.core.answers import Meta as ServerMeta
from peninsula.core.errors import InvalidError, UnavailableError
from peninsula.core.records import PROTOCOL
from peninsula.core.version import VERSION
from peninsula.server.api.calls import RunKey, call
from peninsula.server.api.queries import NoQuery
from peninsula.server.api.request import ApiRequest
from peninsula.server.storage import rebuilding
from peninsula.server.storage.backup import backup
from peninsula.server.storage.prune import Pruned
from peninsula.server.storage.read import events
from peninsula.server.storage.rebuild import rebuild

__all__ = ["CALLS"]

CAPABILITIES: Final = (
    "artifacts",
    "comparison",
    "concurrency",
    "control",
    "deployments",
    "events",
    "facets",
    "flows",
    "map",
    "overview",
    "query",
    "resource-health",
    "runs",
    "search",
    "stream",
    "variables",
    "blocks",
    "why",
    "work-pools",
)


class Rebuilt(Struct, frozen=True, kw_only=True):
    """What a rebuild did."""

    events: int


class Target(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where to copy the database to."""

    path: Annotated[str, Meta(min_length=1, max_length=4_096)]
    """Of a new file on the server's machine."""


class BackedUp(Struct, frozen=True, kw_only=True):
    """Where the copy is."""

    path: str
    bytes: int


@call("GET", "/health", public=True, query=NoQuery)
async def health(request: ApiRequest) -> Health:
    """Answer, if the process does."""
    request.asked(NoQuery)
    return Health(status="ok")


@call("GET", "/ready", public=True, query=NoQuery, errors=("unavailable",))
async def ready(request: ApiRequest) -> Health:
    """Answer, if the database does."""
    request.asked(NoQuery)
    await request.services.database.read(events.head_position)
    return Health(status="ok")


@call("GET", "/meta", run_key=RunKey.FREE, query=NoQuery)
async def get_meta(request: ApiRequest) -> ServerMeta:
    """Say what this server is."""
    request.asked(NoQuery)
    since = position = None
    with suppress(UnavailableError):  # who it is can be said without the database
        since = await request.services.database.read(rebuilding.since)
        position = await request.services.database.read(events.head_position)
    return ServerMeta(
        version=VERSION,
        log_id=request.services.log_id,
        protocol=PROTOCOL,
        capabilities=CAPABILITIES,
        rebuilding_since=since,
        position=position,
    )


@call("GET", "/metrics", scope=Scope.READ, query=NoQuery, answer=str, media="text/plain")
async def get_metrics(request: ApiRequest) -> Any:
    """Say what the server does in numbers, as Prometheus reads them."""
    request.asked(NoQuery)
    return Response(
        request.services.metrics.text().encode(),
        media_type="text/plain; version=0.0.4",
    )


@call("POST", "/admin/prune", scope=Scope.ADMIN, query=NoQuery, errors=("conflict",))
async def prune_log(request: ApiRequest) -> Pruned:
    """Let go what the retention settings allow, now."""
    request.asked(NoQuery)
    return await request.services.retention.prune(datetime.now(UTC))


@call("POST", "/admin/rebuild", scope=Scope.ADMIN, query=NoQuery, errors=("conflict",))
async def rebuild_projections(request: ApiRequest) -> Rebuilt:
    """Make the projections again from the log, beside serving."""
    request.asked(NoQuery)
    services = request.services
    return Rebuilt(events=await rebuild(services.database, services.dictionary))


@call("POST", "/admin/backup", scope=Scope.ADMIN, query=NoQuery, body=Target, errors=("conflict",))
async def back_up(request: ApiRequest) -> BackedUp:
    """Copy the database to a new file on the server's machine, beside serving."""
    request.asked(NoQuery)
    told = await request.told(Target)
    if "\x00" in told.path:
        msg = "The path has a NUL character. Remove it."
        raise InvalidError(msg)
    target = Path(told.path)
    if not target.is_absolute():
        msg = f"The path {told.path[:200]!r} is relative: to what? Give it as seen from the root."
        raise InvalidError(msg)
    size = await asyncio.to_thread(_copy, request.services.database.url, target)
    return BackedUp(path=str(target), bytes=size)


def _copy(url: str, target: Path) -> int:
    return backup(url, target).stat().st_size


CALLS = (
    health,
    ready,
    get_meta,
    get_metrics,
    prune_log,
    rebuild_projections,
    back_up,
)
