"""Say by which parameters runs are asked for, and what is below them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

from msgspec import Meta

from peninsula.core.filters import RunFilter, Sort, sorting
from peninsula.core.runs import RunKind
from peninsula.core.states import StateType
from peninsula.server.api.queries import (
    Cursor,
    Ids,
    Level,
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

__all__ = [
    "ColumnsQuery",
    "EdgesQuery",
    "HistoryQuery",
    "LogLinesQuery",
    "LogPageQuery",
    "RunPageQuery",
    "RunQuery",
    "TreeQuery",
]


class RunQuery(NoQuery, frozen=True, kw_only=True):
    """Which runs are meant."""

    id: Ids = ()
    id_prefix: (
        Annotated[str, Meta(pattern="^[0-9a-fA-F-]{1,36}$", description="How the id begins.")]
        | None
    ) = None
    state: Annotated[tuple[StateType, ...], Meta(max_length=50)] = ()
    state_name: Texts = ()
    under_way: Annotated[bool, said("Begun and not over: also paused, or awaiting a retry.")] = (
        False
    )
    flow: Annotated[Texts, said("Name of the flow, of flow runs.")] = ()
    task: Annotated[Texts, said("Name of the task, of task runs.")] = ()
    name: (
        Annotated[Text, said("Part of the name of the run, its flow or task, in any ASCII case.")]
        | None
    ) = None
    tag: Annotated[Texts, said("Has all of them.")] = ()
    any_tag: Annotated[Texts, said("Has one of them.")] = ()
    parent: Annotated[UUID, said("The run it was called from.")] | None = None
    root: Annotated[UUID, said("The flow run at the top.")] | None = None
    top: Annotated[bool, said("Called by no other run.")] = False
    deployment: Ids = ()
    active_after: Annotated[Moment, said("Due then or later, or not over then.")] | None = None
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
            under_way=self.under_way,
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
    text: Annotated[Text, said("In the message, in any ASCII case.")] | None = None
    below: Annotated[bool, said("With the lines of what is below the run.")] = True
    order: Order = "oldest"


class LogPageQuery(LogLinesQuery, frozen=True, kw_only=True):
    """A page of lines."""

    limit: Annotated[int, Meta(ge=1, le=1_000)] = 200
    cursor: Cursor | None = None
