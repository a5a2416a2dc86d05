"""Say which parameters calls take, and what they mean as filters."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated, Literal
from uuid import UUID

from msgspec import Meta, Struct

from peninsula.core import limits, terms
from peninsula.core.artifacts import ArtifactKind
from peninsula.core.errors import InvalidError
from peninsula.core.filters import EventFilter, RunFilter, Sort, check_names, sorting
from peninsula.core.resources import sought
from peninsula.core.runs import RunKind
from peninsula.core.states import StateType

__all__ = [
    "ArtifactsQuery",
    "BlockTypesQuery",
    "BlocksQuery",
    "DeploymentsQuery",
    "EdgesQuery",
    "EventCountsQuery",
    "EventPageQuery",
    "EventQuery",
    "FlowsQuery",
    "HistoryQuery",
    "LogLinesQuery",
    "LogPageQuery",
    "NextQuery",
    "NoQuery",
    "PageQuery",
    "ResourceEventsQuery",
    "ResourceQuery",
    "ResourceRunsQuery",
    "ResourcesQuery",
    "RunPageQuery",
    "RunQuery",
    "Texts",
    "TreeQuery",
    "VariablesQuery",
    "earlier",
    "spans",
]


def _said(meaning: str) -> Meta:
    return Meta(description=meaning)


Text = Annotated[str, Meta(min_length=1, max_length=limits.NAME_CHARS)]
Texts = Annotated[tuple[Text, ...], Meta(max_length=50)]
Ids = Annotated[tuple[UUID, ...], Meta(max_length=200)]
Moment = Annotated[datetime, Meta(tz=True)]
Cursor = Annotated[
    str, Meta(max_length=8_192, description="`next` or `previous` of an answer to this list.")
]
Limit = Annotated[int, Meta(ge=1, le=200, description="Items of one page.")]
Step = Annotated[float, Meta(ge=1, le=366 * 86_400, description="Seconds of one span.")]
Level = Annotated[int, Meta(ge=0, le=1_000, description="The lowest, as in `logging`.")]
Order = Annotated[Literal["newest", "oldest"], _said("Which come first.")]

SPANS = 1_500
"""Spans of time in one answer."""


class NoQuery(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A call without parameters; one that a call does not know is an error."""


class PageQuery(NoQuery, frozen=True, kw_only=True):
    """A list without filters."""

    limit: Limit = 50
    cursor: Cursor | None = None


# --- events --------------------------------------------------------------------------------------


class EventQuery(NoQuery, frozen=True, kw_only=True):
    """Which events are meant."""

    name: Annotated[Texts, _said("Exactly that, or `a.b.*`: all that begin with `a.b.`")] = ()
    resource: Annotated[Texts, _said("What the event is about, or the system that is in.")] = ()
    related: Annotated[Texts, _said("What took part, or the system that is in.")] = ()
    role: Annotated[Texts, _said("The role in which it took part.")] = ()
    involves: Annotated[Texts, _said("What it is about or what took part.")] = ()
    run: Annotated[UUID, _said("It happened in that run or below it.")] | None = None
    follows: Annotated[UUID, _said("The event that led to it.")] | None = None
    after: Annotated[Moment, _said("Occurred then or later.")] | None = None
    before: Annotated[Moment, _said("Occurred earlier.")] | None = None
    text: Annotated[Text, _said("In the payload or the name, in any ASCII case.")] | None = None
    q: Annotated[Text, _said("`resource:s3://lake type:*failed -source:flow`")] | None = None
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


def spans(
    after: datetime | None, before: datetime | None, step: float | None, now: datetime
) -> tuple[datetime, datetime, float]:
    """Return a day up to now where nothing else is asked for, in at most `SPANS` spans."""
    until = before or max(now, after or now)
    since = after or earlier(until, timedelta(days=1))
    seconds = (until - since).total_seconds()
    if seconds < 0:
        msg = "The time ends before it begins. Exchange the two."
        raise InvalidError(msg)
    step = step or max(1.0, float(seconds // 60 or 1))
    if seconds / step > SPANS:
        msg = f"{seconds / step:.0f} spans are too many; the limit is {SPANS}. Raise `step`."
        raise InvalidError(msg)
    return since, until, step


def earlier(moment: datetime, by: timedelta) -> datetime:
    """Return the moment so much before, or the first there is."""
    first = datetime.min.replace(tzinfo=moment.tzinfo)
    return moment - by if moment - first > by else first


# --- runs ----------------------------------------------------------------------------------------


class RunQuery(NoQuery, frozen=True, kw_only=True):
    """Which runs are meant."""

    id: Ids = ()
    id_prefix: (
        Annotated[str, Meta(pattern="^[0-9a-fA-F-]{1,36}$", description="How the id begins.")]
        | None
    ) = None
    state: Annotated[tuple[StateType, ...], Meta(max_length=50)] = ()
    state_name: Texts = ()
    flow: Annotated[Texts, _said("Name of the flow, of flow runs.")] = ()
    task: Annotated[Texts, _said("Name of the task, of task runs.")] = ()
    name: (
        Annotated[Text, _said("Part of the name of the run, its flow or task, in any ASCII case.")]
        | None
    ) = None
    tag: Annotated[Texts, _said("Has all of them.")] = ()
    any_tag: Annotated[Texts, _said("Has one of them.")] = ()
    parent: Annotated[UUID, _said("The run it was called from.")] | None = None
    root: Annotated[UUID, _said("The flow run at the top.")] | None = None
    top: Annotated[bool, _said("Called by no other run.")] = False
    deployment: Ids = ()
    active_after: Annotated[Moment, _said("Due then or later, or not over then.")] | None = None
    expected_after: Moment | None = None
    expected_before: Moment | None = None
    started_after: Moment | None = None
    started_before: Moment | None = None
    ended_after: Moment | None = None
    ended_before: Moment | None = None

    def wanted(self, kind: RunKind) -> RunFilter:
        """Return the filter that the parameters write."""
        return RunFilter(
            kind=kind,
            ids=self.id,
            id_prefix=self.id_prefix,
            types=self.state,
            state_names=self.state_name,
            flows=self.flow,
            tasks=self.task,
            text=self.name,
            tags=self.tag,
            any_tags=self.any_tag,
            parent=self.parent,
            root=self.root,
            top=self.top,
            deployments=self.deployment,
            active_after=self.active_after,
            expected_after=self.expected_after,
            expected_before=self.expected_before,
            started_after=self.started_after,
            started_before=self.started_before,
            ended_after=self.ended_after,
            ended_before=self.ended_before,
        )


class RunPageQuery(RunQuery, frozen=True, kw_only=True):
    """A page of runs."""

    sort: Annotated[
        str,
        Meta(
            pattern="^-?(expected|created|started|ended|duration|name)$",
            description="With - before it for descending.",
        ),
    ] = "-expected"
    limit: Limit = 50
    cursor: Cursor | None = None

    def order(self) -> Sort:
        """Return the order asked for."""
        return sorting(self.sort)


class HistoryQuery(RunQuery, frozen=True, kw_only=True):
    """Runs by time."""

    step: Step | None = None

    def span(self, now: datetime) -> tuple[datetime, datetime, float]:
        """Return from when to when, and the seconds of one span."""
        since = self.expected_after or self.active_after
        return spans(since, self.expected_before, self.step, now)


class TreeQuery(NoQuery, frozen=True, kw_only=True):
    """A page of a tree."""

    limit: Annotated[int, Meta(ge=1, le=2_000)] = 1_000
    cursor: Cursor | None = None


class EdgesQuery(NoQuery, frozen=True, kw_only=True):
    """A page of edges."""

    limit: Annotated[int, Meta(ge=1, le=10_000)] = 2_000
    cursor: Cursor | None = None


class ColumnsQuery(NoQuery, frozen=True, kw_only=True):
    """As much by column as one answer holds."""

    cursor: Cursor | None = None


class LogLinesQuery(NoQuery, frozen=True, kw_only=True):
    """Which lines are meant."""

    level: Level = 0
    text: Annotated[Text, _said("In the message, in any ASCII case.")] | None = None
    below: Annotated[bool, _said("With the lines of what is below the run.")] = True
    order: Order = "oldest"


class LogPageQuery(LogLinesQuery, frozen=True, kw_only=True):
    """A page of lines."""

    limit: Annotated[int, Meta(ge=1, le=1_000)] = 200
    cursor: Cursor | None = None


# --- flows and resources -------------------------------------------------------------------------


class FlowsQuery(PageQuery, frozen=True, kw_only=True):
    """A page of flows."""

    text: Annotated[Text, _said("Part of the name, in any ASCII case.")] | None = None


class ResourcesQuery(PageQuery, frozen=True, kw_only=True):
    """A page of the catalogue."""

    kind: Texts = ()
    system: Annotated[Text, _said("The system it is in.")] | None = None
    text: Annotated[Text, _said("Part of the id or the name, in any ASCII case.")] | None = None
    systems: Annotated[bool, _said("Only systems outside, and nothing that is in one.")] = False


class ResourceQuery(NoQuery, frozen=True, kw_only=True):
    """One resource."""

    id: Text


class ResourceRunsQuery(PageQuery, frozen=True, kw_only=True):
    """A page of the runs that touched a resource."""

    id: Text
    kind: RunKind | None = None
    state: Annotated[tuple[StateType, ...], Meta(max_length=50)] = ()
    innermost: Annotated[bool, _said("No flow run of which one below used it last.")] = False


class ResourceEventsQuery(PageQuery, frozen=True, kw_only=True):
    """A page of the events that a resource is in."""

    id: Text
    order: Order = "newest"


# --- what is stored ------------------------------------------------------------------------------


class ArtifactsQuery(PageQuery, frozen=True, kw_only=True):
    """A page of artifacts."""

    key: Texts = ()
    kind: Annotated[tuple[ArtifactKind, ...], Meta(max_length=50)] = ()
    run: Annotated[UUID, _said("Made in that run or below it.")] | None = None
    flow: Annotated[Texts, _said("Made in a run of that flow.")] = ()
    latest: Annotated[bool, _said("Of each key the newest only.")] = False


class BlockTypesQuery(PageQuery, frozen=True, kw_only=True):
    """A page of block types."""

    text: Annotated[Text, _said("Part of the slug, in any ASCII case.")] | None = None


class BlocksQuery(PageQuery, frozen=True, kw_only=True):
    """A page of blocks."""

    type: Annotated[Texts, _said("Slug of the type; one of them.")] = ()
    text: Annotated[Text, _said("Part of the name, in any ASCII case.")] | None = None


class BlockActivityQuery(NoQuery, frozen=True, kw_only=True):
    """Some blocks."""

    id: Annotated[tuple[UUID, ...], Meta(max_length=100), _said("Id of a block.")]


class VariablesQuery(PageQuery, frozen=True, kw_only=True):
    """A page of variables."""

    text: Annotated[Text, _said("Part of the name, in any ASCII case.")] | None = None
    tag: Annotated[Texts, _said("Has all of them.")] = ()


class DeploymentsQuery(PageQuery, frozen=True, kw_only=True):
    """A page of deployments."""

    named: Annotated[Text, _said("Flow and name: `etl/nightly`.")] | None = None
    flow: Texts = ()
    name: Texts = ()
    text: Annotated[Text, _said("Part of flow or name, in any ASCII case.")] | None = None
    tag: Annotated[Texts, _said("All of them.")] = ()
    pool: Annotated[Texts, _said("Names of work pools.")] = ()
    paused: bool | None = None


class NextQuery(NoQuery, frozen=True, kw_only=True):
    """How many moments to give."""

    limit: Annotated[int, Meta(ge=1, le=100)] = 10
