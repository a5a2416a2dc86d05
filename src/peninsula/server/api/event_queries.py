"""Say by which parameters events are asked for."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from msgspec import Meta

from peninsula.core import terms
from peninsula.core.filters import EventFilter, check_names
from peninsula.core.resources import sought
from peninsula.server.api.queries import (
    Cursor,
    Limit,
    Moment,
    NoQuery,
    Order,
    Step,
    Text,
    Texts,
    said,
    spans,
)

__all__ = ["EventCountsQuery", "EventPageQuery", "EventQuery"]


class EventQuery(NoQuery, frozen=True, kw_only=True):
    """Which events are meant."""

    name: Annotated[Texts, said("Exactly that, or `a.b.*`: all that begin with `a.b.`")] = ()
    resource: Annotated[Texts, said("What the event is about, or the system that is in.")] = ()
    related: Annotated[Texts, said("What took part, or the system that is in.")] = ()
    role: Annotated[Texts, said("The role in which it took part.")] = ()
    involves: Annotated[Texts, said("What it is about or what took part.")] = ()
    run: Annotated[UUID, said("It happened in that run or below it.")] | None = None
    follows: Annotated[UUID, said("The event that led to it.")] | None = None
    after: Annotated[Moment, said("Occurred then or later.")] | None = None
    before: Annotated[Moment, said("Occurred earlier.")] | None = None
    text: Annotated[Text, said("In the payload or the name, in any ASCII case.")] | None = None
    q: Annotated[Text, said("`resource:s3://lake type:*failed -source:flow`")] | None = None
    since: (
        Annotated[int, Meta(ge=0, lt=1 << 62, description="Later in the log than this.")] | None
    ) = None

    def wanted(self) -> EventFilter:
        """Return the filter that the parameters write."""
        check_names(self.name)
        return EventFilter(
            names=self.name,
            resources=tuple(map(sought, self.resource)),
            related=tuple(map(sought, self.related)),
            roles=self.role,
            involves=tuple(map(sought, self.involves)),
            run=self.run,
            follows=self.follows,
            after=self.after,
            before=self.before,
            text=self.text,
            since=self.since,
            terms=terms.parse(self.q) if self.q is not None else (),
        )


class EventPageQuery(EventQuery, frozen=True, kw_only=True):
    """A page of events."""

    order: Order = "newest"
    limit: Limit = 50
    cursor: Cursor | None = None


class EventCountsQuery(EventQuery, frozen=True, kw_only=True):
    """Events to count."""

    by: Literal["time", "name", "resource"] = "name"
    step: Step | None = None

    def span(self, now: datetime) -> tuple[datetime, datetime, float]:
        """Return from when to when, and the seconds of one span."""
        return spans(self.after, self.before, self.step, now)
