"""What a page shows at first, in one answer each."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from peninsula.core.answers import Hits, Map, Overview, RunProcess, RunSummary, Scope, Usual
from peninsula.core.runs import RunKind
from peninsula.server.api import unchanged
from peninsula.server.api.calls import call
from peninsula.server.api.queries import NoQuery, spans
from peninsula.server.api.request import ApiRequest
from peninsula.server.api.run_calls import both, noun
from peninsula.server.api.view_queries import MapQuery, SearchQuery, SpanQuery
from peninsula.server.storage.read.finder import find_anything
from peninsula.server.storage.read.maps import read_map
from peninsula.server.storage.read.overview import read_overview
from peninsula.server.storage.read.processes import read_process
from peninsula.server.storage.read.run_pages import read_any_summary, read_summary
from peninsula.server.storage.read.usual import read_usual

__all__ = ["CALLS"]


@call("GET", "/overview", scope=Scope.READ, query=SpanQuery)
async def get_overview(request: ApiRequest) -> Overview:
    """Say what fails and why, what runs, and what is late and comes next."""
    span = request.asked(SpanQuery).span(datetime.now(UTC))
    return await request.services.database.read(read_overview, *span)


@both("/{id:str}/summary", query=NoQuery, errors=("not-found",))
async def summarize_run(request: ApiRequest, kind: RunKind) -> RunSummary:
    """Return a {what} with what it is compared with."""
    request.asked(NoQuery)
    return await request.services.database.read(read_summary, kind, request.id(noun(kind)))


@call("GET", "/runs/{id:str}/summary", scope=Scope.READ, query=NoQuery, errors=("not-found",))
async def summarize_any_run(request: ApiRequest) -> RunSummary:
    """Return the flow run or task run of that id with what it is compared with."""
    request.asked(NoQuery)
    return await request.services.database.read(read_any_summary, request.id("run"))


@both("/{id:str}/usual", query=NoQuery, errors=("not-found",), answer=Usual, kept=True)
async def time_run(request: ApiRequest, kind: RunKind) -> Any:
    """Say how long runs like that {what} took before it."""
    request.asked(NoQuery)
    usual = await request.services.database.read(read_usual, kind, request.id(noun(kind)))
    return unchanged.by_content(request, usual)


@both("/{id:str}/process", query=NoQuery, errors=("not-found",))
async def locate_run(request: ApiRequest, kind: RunKind) -> RunProcess:
    """Say in which process a {what} ran, and where that was."""
    request.asked(NoQuery)
    return await request.services.database.read(read_process, kind, request.id(noun(kind)))


@call("GET", "/search", scope=Scope.READ, query=SearchQuery)
async def search(request: ApiRequest) -> Hits:
    """Find a few of everything by name or id, and runs by how their ids end, too."""
    asked = request.asked(SearchQuery)
    return await request.services.database.read(find_anything, asked.q, limit=asked.limit)


@call("GET", "/map", scope=Scope.READ, query=MapQuery)
async def get_map(request: ApiRequest) -> Map:
    """Return flows, tasks and systems, with what joins them."""
    asked = request.asked(MapQuery)
    since, until, _ = spans(asked.after, asked.before, None, datetime.now(UTC))
    return await request.services.database.read(read_map, since, until, limit=asked.limit)


CALLS = (get_overview, search, get_map, *summarize_run, summarize_any_run, *time_run, *locate_run)
