"""Ask for flows, and for what runs touched."""

from __future__ import annotations

from peninsula.client.calls.calls import Calls
from peninsula.client.queries import (
    parameters,
)
from peninsula.core.answers import (
    Flow,
    LoggedEvent,
    Page,
    ResourceDetail,
    ResourceEntry,
    TouchingRun,
)
from peninsula.core.states import StateType

__all__ = ["ResourceCalls"]


class ResourceCalls(Calls):
    """Flows and resources."""

    async def flows(
        self, *, text: str | None = None, limit: int = 50, cursor: str | None = None
    ) -> Page[Flow]:
        """Return a page of flows, by name."""
        return await self._exchange.get(
            Page[Flow], "flows", parameters(text=text, limit=limit, cursor=cursor)
        )

    async def resources(
        self,
        *,
        kinds: tuple[str, ...] = (),
        system: str | None = None,
        text: str | None = None,
        systems: bool = False,
        limit: int = 50,
        cursor: str | None = None,
    ) -> Page[ResourceEntry]:
        """Return a page of the catalogue, latest event first."""
        asked = parameters(
            kind=kinds, system=system, text=text, systems=systems, limit=limit, cursor=cursor
        )
        return await self._exchange.get(Page[ResourceEntry], "resources", asked)

    async def resource(self, id_: str) -> ResourceDetail:
        """Return one resource, with what became of the runs that touched it."""
        return await self._exchange.get(ResourceDetail, "resource", parameters(id=id_))

    async def resource_runs(
        self,
        id_: str,
        *,
        types: tuple[StateType, ...] = (),
        limit: int = 50,
        cursor: str | None = None,
    ) -> Page[TouchingRun]:
        """Return a page of the runs that touched it, the last one first."""
        asked = parameters(id=id_, state=types, limit=limit, cursor=cursor)
        return await self._exchange.get(Page[TouchingRun], "resource/runs", asked)

    async def resource_events(
        self, id_: str, *, limit: int = 50, cursor: str | None = None
    ) -> Page[LoggedEvent]:
        """Return a page of the events that it is in, newest first."""
        asked = parameters(id=id_, limit=limit, cursor=cursor)
        return await self._exchange.get(Page[LoggedEvent], "resource/events", asked)
