"""Say which parameters the calls take that answer a whole page."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from msgspec import Meta

from peninsula.server.api.event_queries import EventQuery
from peninsula.server.api.queries import Moment, NoQuery, Step, Text, earlier, spans

__all__ = [
    "ComparisonQuery",
    "FlowQuery",
    "GridQuery",
    "HistogramQuery",
    "ImpactQuery",
    "MapQuery",
    "ResourceHealthQuery",
    "SearchQuery",
    "SpanQuery",
]


class SpanQuery(NoQuery, frozen=True, kw_only=True):
    """A time, in spans."""

    after: Moment | None = None
    before: Moment | None = None
    step: Step | None = None

    def span(self, now: datetime) -> tuple[datetime, datetime, float]:
        """Return from when to when, and the seconds of one span."""
        return spans(self.after, self.before, self.step, now)


class FlowQuery(NoQuery, frozen=True, kw_only=True):
    """One flow."""

    name: Text


class GridQuery(FlowQuery, frozen=True, kw_only=True):
    """The newest runs of a flow."""

    deployment: Annotated[UUID, Meta(description="Of that deployment only.")] | None = None
    limit: Annotated[int, Meta(ge=1, le=50, description="Runs.")] = 50
    before: Annotated[Moment, Meta(description="Expected earlier.")] | None = None


class SearchQuery(NoQuery, frozen=True, kw_only=True):
    """What is looked for anywhere."""

    q: Annotated[Text, Meta(description="Part of a name, how an id begins, or a resource's id.")]
    limit: Annotated[int, Meta(ge=1, le=20, description="Of each kind.")] = 5


class MapQuery(NoQuery, frozen=True, kw_only=True):
    """The map of a time."""

    after: Moment | None = None
    before: Moment | None = None
    limit: Annotated[int, Meta(ge=1, le=500, description="Nodes.")] = 500


class ResourceHealthQuery(SpanQuery, frozen=True, kw_only=True):
    """One resource over a time."""

    id: Text


class ImpactQuery(NoQuery, frozen=True, kw_only=True):
    """One resource, and the runs that touched it in a time."""

    id: Text
    after: Moment | None = None
    before: Moment | None = None
    limit: Annotated[int, Meta(ge=1, le=1_000, description="Runs of each outcome.")] = 100

    def span(self, now: datetime) -> tuple[datetime, datetime]:
        """Return from when to when."""
        since, until, _ = spans(self.after, self.before, None, now)
        return since, until


class HistogramQuery(EventQuery, frozen=True, kw_only=True):
    """Events by time, in layers."""

    by: Annotated[Literal["name", "outcome"], Meta(description="What a layer is.")] = "name"
    step: Step | None = None

    def span(self, now: datetime) -> tuple[datetime, datetime, float]:
        """Return from when to when, and the seconds of one span."""
        return spans(self.after, self.before, self.step, now)


class ComparisonQuery(EventQuery, frozen=True, kw_only=True):
    """Events of two times: `after` to `before`, and what that is compared with."""

    base_after: Annotated[Moment, Meta(description="Else as long before `base_before`.")] | None = (
        None
    )
    base_before: Annotated[Moment, Meta(description="Else what `after` is.")] | None = None

    def times(self, now: datetime) -> tuple[tuple[datetime, datetime], tuple[datetime, datetime]]:
        """Return the time, and the one that it is compared with."""
        since, until, _ = spans(self.after, self.before, None, now)
        base_until = self.base_before or since
        base_since = self.base_after or earlier(base_until, until - since)
        spans(base_since, base_until, None, now)
        return (since, until), (base_since, base_until)
