"""What the API answers about what depends on what, over all runs of a time."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from peninsula.core.answers.base import Answer

__all__ = ["Map", "MapEdge", "MapEdgeKind", "MapNode", "Tier"]


class Tier(StrEnum):
    """Which column of the map a node stands in."""

    FLOW = "flow"
    TASK = "task"
    SYSTEM = "system"


class MapNode(Answer, frozen=True, kw_only=True):
    """A flow, a task, or a system."""

    tier: Tier
    name: str
    """Of flows and tasks; the id of a system."""
    kind: str
    """Of a system; else that of its runs."""
    runs: int
    """Runs of it; of a system, those that touched it: the innermost ones."""
    failures: int
    """Those of them that failed or crashed; of a system, those whose failure came from it."""


class MapEdgeKind(StrEnum):
    """Why two nodes are joined."""

    CALLS = "calls"
    """Runs of one called runs of the other."""
    FEEDS = "feeds"
    """Runs of one got results of the other, or waited for it."""
    TOUCHES = "touches"
    """Runs of it touched the system themselves."""


class MapEdge(Answer, frozen=True, kw_only=True):
    """From one node to another."""

    source: int
    """Index into `nodes`."""
    target: int
    kind: MapEdgeKind
    runs: int
    """Runs that were called, that were fed, or that touched."""
    failures: int
    """Those of them to which a failure came this way: calls that failed, what failed as what fed it
    had, and runs that ended by an event of the system that they touched."""


class Map(Answer, frozen=True, kw_only=True):
    """Flows, tasks and systems, with what joins them."""

    since: datetime
    until: datetime
    """Runs that were expected in that time count."""
    nodes: tuple[MapNode, ...]
    """Those with most runs, tier by tier."""
    edges: tuple[MapEdge, ...]
    left_out: dict[Tier, int]
    """Nodes that there was no room for."""
    partial: bool
    """Only the newest runs of that time were looked at."""
