"""Ask for deployments and their schedules, change them, and have them run."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from msgspec import UNSET, structs

from peninsula.client.calls.calls import Calls
from peninsula.client.queries import parameters
from peninsula.core.answers import Page
from peninsula.core.deployments import (
    Backfill,
    Backfilled,
    ChangedSchedule,
    Deployment,
    NextRun,
    ServeWanted,
    WantedDeployment,
    WantedRun,
    WantedSchedule,
)
from peninsula.core.errors import NotFoundError
from peninsula.core.runs import Run
from peninsula.core.schedules import Rule, Schedule
from peninsula.core.work import Jobs

__all__ = ["DeploymentCalls"]


class DeploymentCalls(Calls):
    """Deployments, their schedules and runs."""

    async def deployments(
        self,
        *,
        named: str | None = None,
        flows: tuple[str, ...] = (),
        text: str | None = None,
        tags: tuple[str, ...] = (),
        pools: tuple[str, ...] = (),
        paused: bool | None = None,
        limit: int = 50,
        cursor: str | None = None,
    ) -> Page[Deployment]:
        """Return a page of deployments, by flow and name; `named` is both: `etl/nightly`."""
        asked = parameters(named=named, flow=flows, text=text, tag=tags, pool=pools, paused=paused)
        page = parameters(limit=limit, cursor=cursor)
        return await self._exchange.get(Page[Deployment], "deployments", asked + page)

    async def deployment(self, id_: UUID) -> Deployment:
        """Return one deployment."""
        return await self._exchange.get(Deployment, f"deployments/{id_}")

    async def deployment_by_name(self, named: str) -> Deployment:
        """Return the deployment of that flow and name: `etl/nightly`. Raises NotFoundError."""
        found = (await self.deployments(named=named, limit=1)).items
        if not found:
            msg = (
                f'No deployment "{named}". Those there are: "peninsula deployment ls". Make one'
                ' with "peninsula deploy" or flow.serve().'
            )
            raise NotFoundError(msg)
        return found[0]

    async def save_deployment(self, wanted: WantedDeployment) -> Deployment:
        """Make a deployment, or put it in the place of the one of that flow and name."""
        return await self._exchange.post(Deployment, "deployments", _told(wanted))

    async def pause_deployment(self, id_: UUID) -> Deployment:
        """Have its schedules make no runs."""
        return await self._exchange.post(Deployment, f"deployments/{id_}/pause")

    async def resume_deployment(self, id_: UUID) -> Deployment:
        """Have its schedules make runs again."""
        return await self._exchange.post(Deployment, f"deployments/{id_}/resume")

    async def delete_deployment(self, id_: UUID) -> None:
        """Remove a deployment."""
        await self._exchange.send("DELETE", f"deployments/{id_}")

    async def next_runs(self, id_: UUID, *, limit: int = 10) -> list[NextRun]:
        """Return the next moments of its schedules, the first one first."""
        asked = parameters(limit=limit)
        return await self._exchange.get(list[NextRun], f"deployments/{id_}/next", asked)

    async def add_schedule(self, id_: UUID, wanted: WantedSchedule) -> Schedule:
        """Give a deployment one more schedule."""
        return await self._exchange.post(Schedule, f"deployments/{id_}/schedules", _told(wanted))

    async def change_schedule(self, id_: UUID, wanted: ChangedSchedule) -> Schedule:
        """Change a schedule; what is unset stays."""
        return await self._exchange.post(Schedule, f"schedules/{id_}", _told(wanted))

    async def delete_schedule(self, id_: UUID) -> None:
        """Take a schedule from its deployment."""
        await self._exchange.send("DELETE", f"schedules/{id_}")

    async def preview_schedule(
        self, rule: Rule, *, timezone: str = "UTC", limit: int = 10
    ) -> list[datetime]:
        """Return the next moments of a rule."""
        wanted = {"rule": rule, "timezone": timezone, "limit": limit}
        return await self._exchange.post(list[datetime], "schedules/preview", wanted)

    async def run_deployment(self, id_: UUID, wanted: WantedRun) -> Run:
        """Make a run of a deployment; that which is there, for a key that was asked with before."""
        return await self._exchange.post(Run, f"deployments/{id_}/runs", _told(wanted))

    async def claim_served_runs(self, wanted: ServeWanted) -> Jobs:
        """Claim runs of deployments that this process serves; held open until there is one."""
        return await self._exchange.post(Jobs, "deployments/claim", _told(wanted), slow=True)

    async def backfill(self, id_: UUID, wanted: Backfill) -> Backfilled:
        """Make a run for each moment of a schedule in a span of time."""
        return await self._exchange.post(Backfilled, f"deployments/{id_}/backfill", _told(wanted))


def _told(wanted: Any) -> dict[str, Any]:
    """Return what a request says: its nulls too, but not what is unset."""
    return {name: value for name, value in structs.asdict(wanted).items() if value is not UNSET}
