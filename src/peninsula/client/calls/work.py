"""Look after work pools, be one of their workers, and rule who starts runs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote
from uuid import UUID

from peninsula.client.calls.calls import Calls
from peninsula.client.queries import parameters
from peninsula.core.runs import Run
from peninsula.core.work import (
    Begin,
    Crash,
    Heartbeat,
    Job,
    Jobs,
    Worker,
    WorkPool,
    WorkQueue,
    WorkWanted,
)

__all__ = ["WorkCalls"]


class WorkCalls(Calls):
    """Work pools, queues, workers, and starts of flow runs."""

    async def work_pools(self) -> list[WorkPool]:
        """Return all work pools, by name."""
        return await self._exchange.get(list[WorkPool], "work-pools")

    async def work_pool(self, name: str) -> WorkPool:
        """Return one work pool."""
        return await self._exchange.get(WorkPool, _pool(name))

    async def create_work_pool(self, name: str, type_: str, **more: Any) -> WorkPool:
        """Make a work pool; raises ConflictError if there is one. docs/api.md says what is told."""
        wanted = {"name": name, "type": type_, **more}
        return await self._exchange.post(WorkPool, "work-pools", wanted)

    async def update_work_pool(self, name: str, **changed: Any) -> WorkPool:
        """Change what is given of a work pool."""
        return await self._exchange.post(WorkPool, _pool(name), changed)

    async def delete_work_pool(self, name: str) -> None:
        """Delete a work pool; raises ConflictError if something is in it."""
        await self._exchange.send("DELETE", _pool(name))

    async def work_queues(self, pool: str) -> list[WorkQueue]:
        """Return the queues of a work pool; what is taken from first stands first."""
        return await self._exchange.get(list[WorkQueue], f"{_pool(pool)}/queues")

    async def work_queue(self, pool: str, name: str) -> WorkQueue:
        """Return one queue of a work pool."""
        return await self._exchange.get(WorkQueue, _queue(pool, name))

    async def create_work_queue(self, pool: str, name: str, **more: Any) -> WorkQueue:
        """Make a queue; raises ConflictError if there is one."""
        return await self._exchange.post(WorkQueue, f"{_pool(pool)}/queues", {"name": name, **more})

    async def update_work_queue(self, pool: str, name: str, **changed: Any) -> WorkQueue:
        """Change what is given of a queue."""
        return await self._exchange.post(WorkQueue, _queue(pool, name), changed)

    async def delete_work_queue(self, pool: str, name: str) -> None:
        """Delete a queue; runs that wait in it go to the default one."""
        await self._exchange.send("DELETE", _queue(pool, name))

    async def workers(self, pool: str | None = None) -> list[Worker]:
        """Return the workers of a pool, or of all."""
        path = "workers" if pool is None else f"{_pool(pool)}/workers"
        return await self._exchange.get(list[Worker], path)

    async def delete_worker(self, pool: str, name: str) -> None:
        """Forget a worker; raises ConflictError while it is there."""
        await self._exchange.send("DELETE", f"{_pool(pool)}/workers/{quote(name, safe='')}")

    async def heartbeat(self, pool: str, told: Heartbeat) -> Worker:
        """Say that a worker is there, and what it has."""
        return await self._exchange.post(Worker, f"{_pool(pool)}/workers", told)

    async def claim_flow_runs(self, pool: str, asked: WorkWanted) -> Jobs:
        """Claim runs that are due, and wait for one if there is none."""
        return await self._exchange.post(Jobs, f"{_pool(pool)}/claim", asked, slow=True)

    async def begin_flow_run(self, run: UUID, told: Begin) -> Job:
        """Run a claimed run from now on; raises ConflictError if it is not to be."""
        return await self._exchange.post(Job, f"flow-runs/{run}/begin", told)

    async def crash_flow_run(self, run: UUID, told: Crash) -> Run:
        """Say that the process of a run has ended; nothing happens to one that is over."""
        return await self._exchange.post(Run, f"flow-runs/{run}/crashed", told)

    async def retry_flow_run(self, run: UUID) -> Run:
        """Let a run that failed start again, from where it did."""
        return await self._exchange.post(Run, f"flow-runs/{run}/retry")

    async def pause_flow_run(self, run: UUID) -> Run:
        """Have a run begin no other task run until it is resumed."""
        return await self._exchange.post(Run, f"flow-runs/{run}/pause")

    async def suspend_flow_run(self, run: UUID) -> Run:
        """Have a run end its process before its next task run, until it is resumed."""
        return await self._exchange.post(Run, f"flow-runs/{run}/suspend")

    async def resume_flow_run(self, run: UUID, given: Mapping[str, Any] | None = None) -> Run:
        """Let a paused run go on, with the input that it asks for."""
        body = {"input": dict(given or {})}
        return await self._exchange.post(Run, f"flow-runs/{run}/resume", body)

    async def flow_run_input(self, run: UUID, key: str) -> dict[str, Any]:
        """Return what was answered to a pause; raises NotFoundError while nobody has."""
        asked = parameters(key=key)
        return await self._exchange.get(dict[str, Any], f"flow-runs/{run}/input", asked)


def _pool(name: str) -> str:
    return f"work-pools/{quote(name, safe='')}"


def _queue(pool: str, name: str) -> str:
    return f"{_pool(pool)}/queues/{quote(name, safe='')}"
