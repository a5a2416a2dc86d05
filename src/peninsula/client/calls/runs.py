"""Ask for runs and what they logged; claim, cancel and delete them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from peninsula.client.calls.calls import Calls
from peninsula.client.queries import (
    parameters,
    run_parameters,
    sort_parameter,
)
from peninsula.core.answers import (
    DoneToMany,
    Edge,
    History,
    LogEntry,
    Page,
    RunCounts,
    Timeline,
)
from peninsula.core.claims import Claims, Wanted
from peninsula.core.filters import RunFilter, Sort
from peninsula.core.runs import Run, RunKind

__all__ = ["RunCalls"]

EVERY_FLOW_RUN: Final = RunFilter()
LATEST: Final = Sort()


class RunCalls(Calls):
    """Flow runs and task runs."""

    async def runs(
        self,
        wanted: RunFilter = EVERY_FLOW_RUN,
        *,
        sort: Sort = LATEST,
        limit: int = 50,
        cursor: str | None = None,
    ) -> Page[Run]:
        """Return a page of flow runs or task runs."""
        page = parameters(sort=sort_parameter(sort), limit=limit, cursor=cursor)
        return await self._exchange.get(
            Page[Run], f"{wanted.kind.value}s", run_parameters(wanted) + page
        )

    async def run_counts(self, wanted: RunFilter = EVERY_FLOW_RUN) -> RunCounts:
        """Count runs by state."""
        return await self._exchange.get(
            RunCounts, f"{wanted.kind.value}s/counts", run_parameters(wanted)
        )

    async def run_history(
        self, wanted: RunFilter = EVERY_FLOW_RUN, *, step: float | None = None
    ) -> History:
        """Count runs by time and state; `step` is the seconds of a span."""
        asked = run_parameters(wanted) + parameters(step=step)
        return await self._exchange.get(History, f"{wanted.kind.value}s/history", asked)

    async def run(self, id_: UUID, kind: RunKind = RunKind.FLOW_RUN) -> Run:
        """Return one run."""
        return await self._exchange.get(Run, _run(kind, id_))

    async def tree(
        self,
        id_: UUID,
        kind: RunKind = RunKind.FLOW_RUN,
        *,
        limit: int = 1000,
        cursor: str | None = None,
    ) -> Page[Run]:
        """Return the run, then everything below it."""
        asked = parameters(limit=limit, cursor=cursor)
        return await self._exchange.get(Page[Run], f"{_run(kind, id_)}/tree", asked)

    async def edges(
        self,
        id_: UUID,
        kind: RunKind = RunKind.FLOW_RUN,
        *,
        limit: int = 2000,
        cursor: str | None = None,
    ) -> Page[Edge]:
        """Return what depends on what, of the run and everything below it."""
        asked = parameters(limit=limit, cursor=cursor)
        return await self._exchange.get(Page[Edge], f"{_run(kind, id_)}/edges", asked)

    async def timeline(
        self, id_: UUID, kind: RunKind = RunKind.FLOW_RUN, *, cursor: str | None = None
    ) -> Timeline:
        """Return the run and everything below it by column, as much as one answer holds."""
        asked = parameters(cursor=cursor)
        return await self._exchange.get(Timeline, f"{_run(kind, id_)}/timeline", asked)

    async def logs(
        self,
        id_: UUID,
        kind: RunKind = RunKind.FLOW_RUN,
        *,
        level: int | None = None,
        text: str | None = None,
        below: bool = True,
        order: str = "oldest",
        limit: int = 200,
        cursor: str | None = None,
    ) -> Page[LogEntry]:
        """Return lines of the run's log, and of what is below it."""
        asked = parameters(
            level=level, text=text, below=below, order=order, limit=limit, cursor=cursor
        )
        return await self._exchange.get(Page[LogEntry], f"{_run(kind, id_)}/logs", asked)

    async def cancel(
        self, id_: UUID, message: str | None = None, kind: RunKind = RunKind.FLOW_RUN
    ) -> Run:
        """Cancel a flow run or background task run."""
        return await self._exchange.post(Run, f"{_run(kind, id_)}/cancel", {"message": message})

    async def claim_task_runs(self, asked: Wanted) -> Claims:
        """Claim background task runs, and wait for one if there is none."""
        return await self._exchange.post(Claims, "task-runs/claim", asked)

    async def cancel_many(self, ids: Sequence[UUID], message: str | None = None) -> DoneToMany:
        """Cancel up to 200 flow runs; the answer says which could not be."""
        body = {"ids": list(ids), "message": message}
        return await self._exchange.post(DoneToMany, "flow-runs/cancel", body)

    async def delete_many(self, ids: Sequence[UUID]) -> DoneToMany:
        """Delete up to 200 flow runs that are over; the answer says which could not be."""
        return await self._exchange.post(DoneToMany, "flow-runs/delete", {"ids": list(ids)})

    async def delete(self, id_: UUID) -> None:
        """Delete a flow run that is over, with everything below it."""
        await self._exchange.send("DELETE", f"flow-runs/{id_}")


def _run(kind: RunKind, id_: UUID) -> str:
    return f"{kind.value}s/{id_}"
