"""What the API answers, where the answer is more than one thing of the core by itself."""

from __future__ import annotations

from peninsula.core.answers.access import (
    Key,
    NewKey,
    Scope,
    Session,
)
from peninsula.core.answers.base import (
    Answer,
    Counted,
    Error,
    Page,
)
from peninsula.core.answers.emitters import (
    Emitters,
    Offers,
    Poll,
)
from peninsula.core.answers.event_pages import (
    EventComparison,
    EventHistogram,
    EventSeries,
    Facets,
)
from peninsula.core.answers.events import (
    EventCount,
    EventCounts,
    Exported,
    LoggedEvent,
    PartialSuccess,
    Posted,
    RefusedEvent,
)
from peninsula.core.answers.flows import (
    Flow,
    FlowDetail,
    Grid,
    GridSystem,
    GridTask,
    SystemUse,
)
from peninsula.core.answers.impact import (
    DeploymentUse,
    Impact,
    ImpactedRun,
)
from peninsula.core.answers.map import (
    Map,
    MapEdge,
    MapEdgeKind,
    MapNode,
    Tier,
)
from peninsula.core.answers.overview import (
    FailureGroup,
    Overview,
)
from peninsula.core.answers.resources import (
    FlowUse,
    Operation,
    Rate,
    ResourceDetail,
    ResourceEntry,
    ResourceHealth,
    ResourceKinds,
    TouchingRun,
)
from peninsula.core.answers.run_pages import (
    RunEvents,
    RunLines,
    RunProcess,
    RunSummary,
    Usual,
)
from peninsula.core.answers.runs import (
    DoneToMany,
    Edge,
    History,
    HistoryBucket,
    LogEntry,
    RefusedRun,
    RunCounts,
    Timeline,
)
from peninsula.core.answers.search import (
    Hit,
    HitKind,
    Hits,
)
from peninsula.core.answers.server import (
    Health,
    Meta,
)
from peninsula.core.answers.why import (
    FailedRun,
    Suspect,
    Why,
)

__all__ = [
    "Answer",
    "Counted",
    "DeploymentUse",
    "DoneToMany",
    "Edge",
    "Emitters",
    "Error",
    "EventComparison",
    "EventCount",
    "EventCounts",
    "EventHistogram",
    "EventSeries",
    "Exported",
    "Facets",
    "FailedRun",
    "FailureGroup",
    "Flow",
    "FlowDetail",
    "FlowUse",
    "Grid",
    "GridSystem",
    "GridTask",
    "Health",
    "History",
    "HistoryBucket",
    "Hit",
    "HitKind",
    "Hits",
    "Impact",
    "ImpactedRun",
    "Key",
    "LogEntry",
    "LoggedEvent",
    "Map",
    "MapEdge",
    "MapEdgeKind",
    "MapNode",
    "Meta",
    "NewKey",
    "Offers",
    "Operation",
    "Overview",
    "Page",
    "PartialSuccess",
    "Poll",
    "Posted",
    "Rate",
    "RefusedEvent",
    "RefusedRun",
    "ResourceDetail",
    "ResourceEntry",
    "ResourceHealth",
    "ResourceKinds",
    "RunCounts",
    "RunEvents",
    "RunLines",
    "RunProcess",
    "RunSummary",
    "Scope",
    "Session",
    "Suspect",
    "SystemUse",
    "Tier",
    "Timeline",
    "TouchingRun",
    "Usual",
    "Why",
]
