"""Read what depends on what, over all runs of a time: calls, inputs, and systems touched."""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final, NamedTuple

from sqlalchemy import (
    CTE,
    ColumnElement,
    Connection,
    FromClause,
    Select,
    case,
    func,
    select,
    union_all,
)

from peninsula.core.answers import Map, MapEdge, MapEdgeKind, MapNode, Tier
from peninsula.core.resources import OWN, kind_of
from peninsula.core.states import StateType
from peninsula.server.storage import tables
from peninsula.server.storage.moments import micros
from peninsula.server.storage.read import facts, origins, systems
from peninsula.server.storage.read.chains import chains_of

__all__ = ["NODES", "RUNS", "read_map"]

RUNS: Final = 10_000
"""Flow runs, and task runs, that a map is made of: the newest."""

NODES: Final = 500
"""Nodes of a map."""

FAILURES: Final = 500
"""Failed runs that touched systems of which it is asked from where the failure came: the newest."""


class _Node(NamedTuple):
    tier: Tier
    name: str


class _Edge(NamedTuple):
    source: _Node
    target: _Node
    kind: MapEdgeKind


class _Tally(NamedTuple):
    runs: int
    failures: int


_NONE: Final = _Tally(0, 0)
_TIERS: Final = {False: Tier.FLOW, True: Tier.TASK}


def read_map(tx: Connection, since: datetime, until: datetime, *, limit: int = NODES) -> Map:
    """Return the map of the runs that were expected in that time."""
    some = _newest(since, until)
    edges = {**_calls(tx, some), **_feeds(tx, some), **_touching(tx, some)}
    nodes = _nodes(tx, some, edges)
    order = sorted(nodes, key=lambda node: (-nodes[node].runs, node))
    shown = sorted(order[:limit], key=lambda node: (_PLACES[node.tier], -nodes[node].runs, node))
    return Map(
        since=since,
        until=until,
        nodes=tuple(_shown(node, nodes[node]) for node in shown),
        edges=_joining(shown, edges),
        left_out=dict(Counter(node.tier for node in order[limit:])),
        partial=_is_bounded(tx, some),
    )


_PLACES: Final = {tier: place for place, tier in enumerate(Tier)}


def _shown(node: _Node, tally: _Tally) -> MapNode:
    kind = kind_of(node.name) if node.tier is Tier.SYSTEM else f"{node.tier.value}-run"
    return MapNode(
        tier=node.tier, name=node.name, kind=kind, runs=tally.runs, failures=tally.failures
    )


def _joining(shown: Sequence[_Node], edges: Mapping[_Edge, _Tally]) -> tuple[MapEdge, ...]:
    """Return the edges among the nodes that are shown."""
    places = {node: place for place, node in enumerate(shown)}
    return tuple(
        MapEdge(
            source=places[edge.source],
            target=places[edge.target],
            kind=edge.kind,
            runs=tally.runs,
            failures=tally.failures,
        )
        for edge, tally in edges.items()
        if edge.source in places and edge.target in places
    )


# --- the runs ------------------------------------------------------------------------------------


def _newest(since: datetime, until: datetime) -> CTE:
    """Return the newest flow runs and task runs of that time, as what the rest is asked of."""
    runs = tables.runs.c
    each = [
        select(
            runs.id,
            runs.task,
            _label(runs).label("label"),
            runs.parent,
            runs.root,
            _failed(runs).label("failed"),
        )
        .where(runs.task.is_(task), runs.expected >= micros(since), runs.expected < micros(until))
        .order_by(runs.expected.desc(), runs.id.desc())
        .limit(RUNS)
        .subquery()
        for task in (False, True)
    ]
    return union_all(*(select(one) for one in each)).cte("some")


def _label(runs: Any) -> ColumnElement[str]:
    return func.coalesce(runs.flow, runs.task_name, "")


def _failed(runs: Any) -> ColumnElement[int]:
    ends = (StateType.FAILED.value, StateType.CRASHED.value)
    return case((runs.state_type.in_(ends), 1), else_=0)


def _is_bounded(tx: Connection, some: CTE) -> bool:
    counts = tx.execute(select(func.count()).select_from(some).group_by(some.c.task))
    return any(count >= RUNS for count in counts.scalars())


def _nodes(tx: Connection, some: CTE, edges: Mapping[_Edge, _Tally]) -> dict[_Node, _Tally]:
    """Return all nodes; what is only at the end of an edge has no runs of that time."""
    rows = tx.execute(
        select(some.c.task, some.c.label, func.count(), func.sum(some.c.failed)).group_by(
            some.c.task, some.c.label
        )
    )
    nodes = {_node(task, label): _Tally(runs, int(failed)) for task, label, runs, failed in rows}
    for edge, tally in edges.items():
        nodes.setdefault(edge.source, _NONE)
        known = nodes.setdefault(edge.target, _NONE)
        if edge.kind is MapEdgeKind.TOUCHES:
            nodes[edge.target] = _Tally(known.runs + tally.runs, known.failures + tally.failures)
    return nodes


def _node(task: object, label: str) -> _Node:
    return _Node(_TIERS[bool(task)], label)


# --- edges ---------------------------------------------------------------------------------------


def _calls(tx: Connection, some: CTE) -> dict[_Edge, _Tally]:
    parent = tables.runs.alias("parent")
    joined = some.join(parent, parent.c.id == some.c.parent)
    return _tallies(tx, _pairs(some, parent, joined, some.c.failed), MapEdgeKind.CALLS)


def _feeds(tx: Connection, some: CTE) -> dict[_Edge, _Tally]:
    upstream = tables.runs.alias("upstream")
    edges = tables.edges.c
    joined = some.join(tables.edges, edges.run == some.c.id).join(
        upstream, upstream.c.id == edges.upstream
    )
    # What failed by itself says nothing of those that fed it.
    both = some.c.failed * _failed(upstream.c)
    return _tallies(tx, _pairs(some, upstream, joined, both), MapEdgeKind.FEEDS)


def _pairs(
    some: CTE, source: FromClause, joined: FromClause, failed: ColumnElement[int]
) -> Select[Any]:
    """Return a select of each run once with what kind of run it is joined to."""
    key = (
        some.c.id,
        some.c.task,
        some.c.label,
        source.c.task.label("source_task"),
        _label(source.c).label("source_label"),
    )
    return select(*key, func.max(failed).label("failed")).select_from(joined).group_by(*key)


def _tallies(tx: Connection, pairs: Select[Any], kind: MapEdgeKind) -> dict[_Edge, _Tally]:
    pair = pairs.subquery().c
    key = (pair.source_task, pair.source_label, pair.task, pair.label)
    rows = tx.execute(
        select(*key, func.count(), func.sum(pair.failed)).group_by(*key).order_by(*key)
    )
    return {
        _Edge(_node(source, source_label), _node(task, label), kind): _Tally(runs, int(failed))
        for source, source_label, task, label, runs, failed in rows
    }


class _Touch(NamedTuple):
    run: int
    root: int
    task: bool
    label: str
    failed: int
    system: int
    events: int


def _touching(tx: Connection, some: CTE) -> dict[_Edge, _Tally]:
    """Return what touched systems itself: a run at the top also has the touches of all below."""
    touches, resources = tables.touches.c, tables.resources.c
    rows = tx.execute(
        select(
            some.c.id,
            some.c.root,
            some.c.task,
            some.c.label,
            some.c.failed,
            touches.resource,
            touches.events,
        )
        .join_from(some, tables.touches, touches.run == some.c.id)
        .join(tables.resources, resources.id == touches.resource)
        # Blocks, workers and deployments are ways to systems, and none themselves.
        .where(resources.system == resources.text, ~resources.text.startswith(OWN))
    )
    found = list(_own([_Touch(*row) for row in rows]))
    named = systems.named(tx, {touch.system for touch in found})
    failed = heapq.nlargest(FAILURES, {touch.run for touch in found if touch.failed})
    came_from = origins.first_systems_of(tx, facts.chains_left(tx, chains_of(tx, failed)))
    tallies: dict[_Edge, _Tally] = {}
    for touch in found:
        system = named[touch.system].id
        edge = _Edge(
            _node(touch.task, touch.label), _Node(Tier.SYSTEM, system), MapEdgeKind.TOUCHES
        )
        known = tallies.get(edge, _NONE)
        failures = known.failures + (came_from.get(touch.run) == system)
        tallies[edge] = _Tally(known.runs + 1, failures)
    return dict(sorted(tallies.items()))


def _own(found: Sequence[_Touch]) -> Iterable[_Touch]:
    below: Counter[tuple[int, int]] = Counter()
    for touch in found:
        if touch.run != touch.root:
            below[touch.root, touch.system] += touch.events
    for touch in found:
        if touch.run != touch.root or touch.events > below[touch.root, touch.system]:
            yield touch
