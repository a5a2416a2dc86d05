"""Ask for what a page shows at first."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from peninsula.client.calls.calls import Calls
from peninsula.client.queries import event_parameters, parameters
from peninsula.core.answers import (
    EventComparison,
    EventHistogram,
    Facets,
    FlowDetail,
    Grid,
    Hits,
    Impact,
    Map,
    Overview,
    ResourceHealth,
    RunEvents,
    RunLines,
    RunProcess,
    RunSummary,
    Usual,
    Why,
)
from peninsula.core.filters import EventFilter
from peninsula.core.runs import RunKind

__all__ = ["ViewCalls"]


class ViewCalls(Calls):
    """The calls that answer a whole page."""

    async def overview(
        self,
        *,
        after: datetime | None = None,
        before: datetime | None = None,
        step: float | None = None,
    ) -> Overview:
        """Return what fails and why, what runs, and what is late and comes next."""
        asked = parameters(after=after, before=before, step=step)
        return await self._exchange.get(Overview, "overview", asked)

    async def why(self, id_: UUID, kind: RunKind = RunKind.FLOW_RUN) -> Why:
        """Return why a run failed, as far as the log tells."""
        return await self._exchange.get(Why, f"{kind.value}s/{id_}/why")

    async def dismiss(
        self, id_: UUID, suspect: UUID, kind: RunKind = RunKind.FLOW_RUN, *, dismissed: bool = True
    ) -> None:
        """Say that an event is not the cause of a run's failure; False takes it back."""
        verb = "dismiss" if dismissed else "restore"
        await self._exchange.send("POST", f"{kind.value}s/{id_}/suspects/{suspect}/{verb}")

    async def impact(
        self,
        id_: str,
        *,
        after: datetime | None = None,
        before: datetime | None = None,
        limit: int = 100,
    ) -> Impact:
        """Return which runs failed with a resource, which passed, and which will use it next."""
        asked = parameters(id=id_, after=after, before=before, limit=limit)
        return await self._exchange.get(Impact, "resource/impact", asked)

    async def flow(self, name: str) -> FlowDetail:
        """Return a flow, with how long it takes."""
        return await self._exchange.get(FlowDetail, "flow", parameters(name=name))

    async def grid(self, name: str, *, limit: int = 50, before: datetime | None = None) -> Grid:
        """Return the newest runs of a flow by column, with what became of each task in each."""
        asked = parameters(name=name, limit=limit, before=before)
        return await self._exchange.get(Grid, "flow/grid", asked)

    async def summary(self, id_: UUID, kind: RunKind = RunKind.FLOW_RUN) -> RunSummary:
        """Return a run with what it is compared with."""
        return await self._exchange.get(RunSummary, f"{kind.value}s/{id_}/summary")

    async def usual(self, id_: UUID, kind: RunKind = RunKind.FLOW_RUN) -> Usual:
        """Return how long runs like one took before it."""
        return await self._exchange.get(Usual, f"{kind.value}s/{id_}/usual")

    async def process(self, id_: UUID, kind: RunKind = RunKind.FLOW_RUN) -> RunProcess:
        """Return the process that told of a run last."""
        return await self._exchange.get(RunProcess, f"{kind.value}s/{id_}/process")

    async def run_events(
        self, id_: UUID, kind: RunKind = RunKind.FLOW_RUN, *, cursor: str | None = None
    ) -> RunEvents:
        """Return the events of a run and everything below it by column, as one answer holds."""
        asked = parameters(cursor=cursor)
        return await self._exchange.get(RunEvents, f"{kind.value}s/{id_}/events", asked)

    async def run_lines(
        self, id_: UUID, kind: RunKind = RunKind.FLOW_RUN, *, cursor: str | None = None
    ) -> RunLines:
        """Return what a run and everything below it logged by column, as one answer holds."""
        asked = parameters(cursor=cursor)
        return await self._exchange.get(RunLines, f"{kind.value}s/{id_}/lines", asked)

    async def search(self, text: str, *, limit: int = 5) -> Hits:
        """Return a few of everything by name or id."""
        return await self._exchange.get(Hits, "search", parameters(q=text, limit=limit))

    async def map(
        self, *, after: datetime | None = None, before: datetime | None = None, limit: int = 500
    ) -> Map:
        """Return flows, tasks and systems, with what joins them; `limit` nodes at most."""
        asked = parameters(after=after, before=before, limit=limit)
        return await self._exchange.get(Map, "map", asked)

    async def resource_health(
        self,
        id_: str,
        *,
        after: datetime | None = None,
        before: datetime | None = None,
        step: float | None = None,
    ) -> ResourceHealth:
        """Return how the runs fared that touched a resource, and those that did not."""
        asked = parameters(id=id_, after=after, before=before, step=step)
        return await self._exchange.get(ResourceHealth, "resource/health", asked)

    async def event_facets(self, wanted: EventFilter) -> Facets:
        """Return what those events could be filtered by, with counts."""
        return await self._exchange.get(Facets, "events/facets", event_parameters(wanted))

    async def event_histogram(
        self, wanted: EventFilter, *, by: str = "name", step: float | None = None
    ) -> EventHistogram:
        """Count events by time, in layers by `name` or `outcome`."""
        asked = event_parameters(wanted) + parameters(by=by, step=step)
        return await self._exchange.get(EventHistogram, "events/histogram", asked)

    async def compare_events(
        self,
        wanted: EventFilter,
        *,
        base_after: datetime | None = None,
        base_before: datetime | None = None,
    ) -> EventComparison:
        """Return what is different in the filter's time from another, else from the one before."""
        base = parameters(base_after=base_after, base_before=base_before)
        asked = event_parameters(wanted) + base
        return await self._exchange.get(EventComparison, "events/comparison", asked)
