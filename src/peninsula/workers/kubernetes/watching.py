"""Follow all objects of a kind: list, watch from there, list anew where a watch cannot go on."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Mapping
from typing import Final

from msgspec import Struct

from peninsula.core.errors import ForbiddenError, PeninsulaError
from peninsula.journal.backoff import pause_after
from peninsula.kube.cluster import Cluster, GoneError, Listed, Object, WatchEvent
from peninsula.kube.resources import Resource
from peninsula.workers.kubernetes.stories import Story

__all__ = ["REFUSED", "Selected", "each", "follow", "taken"]

REFUSED: Final = 60.0
"""Seconds until what was forbidden is asked again: roles are changed by people."""

_log = logging.getLogger("peninsula.worker")


class Selected(Struct, frozen=True, kw_only=True):
    """What is followed: the API server chooses, so that nothing else crosses the network."""

    resource: Resource
    namespace: str | None
    labels: str = ""
    fields: str = ""


async def follow(cluster: Cluster, selected: Selected) -> AsyncIterator[Listed | WatchEvent]:
    """Give a listing, then each change; a listing again whenever changes may have been missed.

    It goes on until it is closed: an API server that is away is asked until it is back.
    """
    version: str | None = None
    failures = 0
    while True:
        try:
            if version is None:
                listed = await _list(cluster, selected)
                version = listed.version
                yield listed
            async for event in _watch(cluster, selected, version):
                version, failures = event.version, 0
                if event.type != "BOOKMARK":
                    yield event
            await asyncio.sleep(BETWEEN)
        except GoneError:
            version = None
        except PeninsulaError as problem:
            failures += 1
            if failures == 1:
                kind = selected.resource.plural
                _log.warning("Cannot watch %s: %s Trying on.", kind, problem.message)
            forbidden = isinstance(problem, ForbiddenError)
            await asyncio.sleep(REFUSED if forbidden else pause_after(min(failures, LONGEST)))


BETWEEN: Final = 0.1
"""Seconds between a watch that the server ended and the next."""

LONGEST: Final = 5
"""Failures after which the pause grows no more: 1.6 s. A run's end is to be known within five."""


async def _list(cluster: Cluster, selected: Selected) -> Listed:
    return await cluster.list(
        selected.resource, selected.namespace, labels=selected.labels, fields=selected.fields
    )


def _watch(cluster: Cluster, selected: Selected, version: str) -> AsyncIterator[WatchEvent]:
    return cluster.watch(
        selected.resource,
        selected.namespace,
        version,
        labels=selected.labels,
        fields=selected.fields,
    )


def taken(
    change: Listed | WatchEvent,
    known: Mapping[str, Object],
    listed: Callable[[list[Object]], list[Story]],
    seen: Callable[[Object], list[Story]],
    vanished: Callable[[Object], list[Story]],
) -> tuple[list[Story], list[Object], list[Object]]:
    """Give a change to who knows what is there; return stories, what is there, what is gone."""
    if isinstance(change, Listed):
        before = dict(known)
        stories = listed(change.items)
        return stories, change.items, [before[uid] for uid in before.keys() - known.keys()]
    if change.type == "DELETED":
        return vanished(change.object), [], [change.object]
    return seen(change.object), [change.object], []


def each(
    take: Callable[[Object], list[Story]],
) -> Callable[[Listed | WatchEvent], list[Story]]:
    """Give a function objects one by one, also those of a listing; none that is deleted."""

    def given(change: Listed | WatchEvent) -> list[Story]:
        if isinstance(change, Listed):
            return [story for thing in change.items for story in take(thing)]
        return [] if change.type == "DELETED" else take(change.object)

    return given
