"""Flow runs and task runs: find, count and read them; cancel them, delete flow runs."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from functools import partial
from typing import Annotated, Any, Final

from litestar.response import Stream
from msgspec import Meta, Struct

from peninsula.core import limits
from peninsula.core.answers import (
    Edge,
    History,
    LogEntry,
    Page,
    RunCounts,
    RunEvents,
    RunLines,
    Scope,
    Timeline,
)
from peninsula.core.events import check_text
from peninsula.core.runs import Run, RunKind
from peninsula.server.api import unchanged
from peninsula.server.api.calls import RunKey, call
from peninsula.server.api.queries import NoQuery
from peninsula.server.api.request import ApiRequest
from peninsula.server.api.run_calls import both, noun
from peninsula.server.api.run_queries import (
    ColumnsQuery,
    EdgesQuery,
    HistoryQuery,
    LogLinesQuery,
    LogPageQuery,
    RunPageQuery,
    RunQuery,
    TreeQuery,
)
from peninsula.server.storage.read import logs, run_events, run_rows, runs, timelines, trees

__all__ = ["CALLS"]

LINES: Final = 1_000
"""Lines that are read at once for a download."""


class Cancel(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Why a run is cancelled."""

    message: Annotated[str, Meta(min_length=1, max_length=limits.NAME_CHARS)] | None = None


@call(
    "POST",
    "/flow-runs/{id:str}/cancel",
    scope=Scope.WORK,
    query=NoQuery,
    body=Cancel,
    errors=("not-found", "conflict"),
)
async def cancel_flow_run(request: ApiRequest) -> Run:
    """Cancel a flow run: at once if it has not begun, else its process is told."""
    return await _cancel(request, RunKind.FLOW_RUN)


@call(
    "POST",
    "/task-runs/{id:str}/cancel",
    scope=Scope.WORK,
    query=NoQuery,
    body=Cancel,
    errors=("not-found", "conflict"),
)
async def cancel_task_run(request: ApiRequest) -> Run:
    """Cancel a background task run: at once if it has not begun, else its task worker is told."""
    return await _cancel(request, RunKind.TASK_RUN)


async def _cancel(request: ApiRequest, kind: RunKind) -> Run:
    request.asked(NoQuery)
    told = await request.told(Cancel)
    if told.message is not None:
        check_text("message", told.message)
    return await request.services.control.cancel(
        kind, request.id(noun(kind)), request.caller, told.message
    )


@call(
    "DELETE",
    "/flow-runs/{id:str}",
    scope=Scope.ADMIN,
    query=NoQuery,
    status=204,
    errors=("not-found", "conflict"),
)
async def delete_flow_run(request: ApiRequest) -> None:
    """Delete a flow run that is over, with all below it; an event says so."""
    request.asked(NoQuery)
    await request.services.deletions.delete(request.id("flow run"), request.caller)


@both("", query=RunPageQuery)
async def list_runs(request: ApiRequest, kind: RunKind) -> Page[Run]:
    """Find {what}s."""
    asked = request.asked(RunPageQuery)
    return await request.services.database.read(
        runs.find_runs,
        asked.wanted(kind),
        sort=asked.order(),
        limit=asked.limit,
        cursor=asked.cursor,
    )


@both("/counts", query=RunQuery)
async def count_runs(request: ApiRequest, kind: RunKind) -> RunCounts:
    """Count {what}s by state."""
    wanted = request.asked(RunQuery).wanted(kind)
    return await request.services.database.read(runs.count_runs, wanted)


@both("/history", query=HistoryQuery)
async def chart_runs(request: ApiRequest, kind: RunKind) -> History:
    """Count {what}s by the time they were expected, and state."""
    asked = request.asked(HistoryQuery)
    span = asked.span(datetime.now(UTC))
    return await request.services.database.read(runs.run_history, asked.wanted(kind), *span)


@both("/{id:str}", query=NoQuery, run_key=RunKey.PATH, errors=("not-found",))
async def get_run(request: ApiRequest, kind: RunKind) -> Run:
    """Return one {what}."""
    request.asked(NoQuery)
    return await request.services.database.read(run_rows.run_by_id, kind, request.id(noun(kind)))


_of_one = partial(both, run_key=RunKey.PATH, errors=("not-found",), kept=True)
"""Declare what is read of one run, and is 304 to who has it already."""


@_of_one("/{id:str}/tree", query=TreeQuery, answer=Page[Run])
async def get_run_tree(request: ApiRequest, kind: RunKind) -> Any:
    """Return a {what} and everything below it, in the order of creation."""
    asked = request.asked(TreeQuery)
    unit = partial(trees.find_tree, limit=asked.limit, cursor=asked.cursor)
    return await _kept(request, kind, unit)


@_of_one("/{id:str}/edges", query=EdgesQuery, answer=Page[Edge])
async def get_run_edges(request: ApiRequest, kind: RunKind) -> Any:
    """Return the edges of a {what} and everything below it."""
    asked = request.asked(EdgesQuery)
    unit = partial(trees.find_edges, limit=asked.limit, cursor=asked.cursor)
    return await _kept(request, kind, unit)


@_of_one("/{id:str}/timeline", query=ColumnsQuery, answer=Timeline)
async def get_run_timeline(request: ApiRequest, kind: RunKind) -> Any:
    """Return a {what} and everything below it, with all edges, by column."""
    cursor = request.asked(ColumnsQuery).cursor
    return await _kept(request, kind, partial(timelines.run_timeline, cursor=cursor))


@_of_one("/{id:str}/events", query=ColumnsQuery, answer=RunEvents)
async def get_run_events(request: ApiRequest, kind: RunKind) -> Any:
    """Return the events of a {what} and everything below it, by column."""
    cursor = request.asked(ColumnsQuery).cursor
    return await _kept(request, kind, partial(run_events.read_run_events, cursor=cursor))


async def _kept(request: ApiRequest, kind: RunKind, unit: Callable[..., Any]) -> Any:
    read = partial(request.services.database.read, unit, kind, request.id(noun(kind)))
    return await unchanged.by_events(request, kind, read)


@_of_one("/{id:str}/logs", query=LogPageQuery, answer=Page[LogEntry])
async def list_run_logs(request: ApiRequest, kind: RunKind) -> Any:
    """Find lines that a {what} logged."""
    asked = request.asked(LogPageQuery)
    page = await _page(request, kind, asked, asked.limit, asked.cursor)
    return unchanged.by_content(request, page)


@_of_one("/{id:str}/lines", query=ColumnsQuery, answer=RunLines)
async def get_run_lines(request: ApiRequest, kind: RunKind) -> Any:
    """Return what a {what} and everything below it logged, by column."""
    cursor = request.asked(ColumnsQuery).cursor
    unit = partial(logs.read_lines, cursor=cursor)
    lines = await request.services.database.read(unit, kind, request.id(noun(kind)))
    return unchanged.by_content(request, lines)


@both(
    "/{id:str}/logs.txt",
    query=LogLinesQuery,
    run_key=RunKey.PATH,
    errors=("not-found",),
    answer=str,
    media="text/plain",
)
async def download_run_logs(request: ApiRequest, kind: RunKind) -> Any:
    """Return the lines that a {what} logged, as text."""
    asked = request.asked(LogLinesQuery)
    first = await _page(request, kind, asked, LINES, None)
    name = f"{kind.value}-{request.id(noun(kind))}.log"
    return Stream(
        _text(request, kind, asked, first),
        media_type="text/plain",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


async def _page(
    request: ApiRequest, kind: RunKind, asked: LogLinesQuery, limit: int, cursor: str | None
) -> Page[LogEntry]:
    return await request.services.database.read(
        logs.find_logs,
        kind,
        request.id(noun(kind)),
        level=asked.level,
        text=asked.text,
        below=asked.below,
        newest_first=asked.order == "newest",
        limit=limit,
        cursor=cursor,
    )


async def _text(
    request: ApiRequest, kind: RunKind, asked: LogLinesQuery, page: Page[LogEntry]
) -> AsyncIterator[bytes]:
    while True:
        yield "".join(map(_line, page.items)).encode()
        if page.next is None:
            return
        page = await _page(request, kind, asked, LINES, page.next)


def _line(entry: LogEntry) -> str:
    time = entry.time.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    level = _LEVELS.get(entry.level // 10 * 10, str(entry.level))
    return f"{time} {level:<8} {entry.logger}: {entry.message}\n"


_LEVELS: Final = {10: "DEBUG", 20: "INFO", 30: "WARNING", 40: "ERROR", 50: "CRITICAL"}

CALLS = (
    *list_runs,
    *count_runs,
    *chart_runs,
    *get_run,
    *get_run_tree,
    *get_run_edges,
    *get_run_timeline,
    *get_run_events,
    *list_run_logs,
    *get_run_lines,
    *download_run_logs,
    cancel_flow_run,
    cancel_task_run,
    delete_flow_run,
)
