"""Recall what was told of a run's pods by who observed them before: some of them are no more."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from msgspec import structs

from peninsula.core import codec
from peninsula.core.answers import LoggedEvent
from peninsula.kube.cluster import Object
from peninsula.workers.kubernetes.cases import Case
from peninsula.workers.kubernetes.pod_stories import PLACED
from peninsula.workers.kubernetes.stories import Story

__all__ = ["recall"]


def recall(case: Case, events: Iterable[LoggedEvent]) -> list[Story]:
    """Have a case know of its pods that went while nobody observed; return what is new of them."""
    told = _recalled(case, events)
    case.told[:0] = told
    case.gone |= {story.uid for story, _ in told} - case.pods.keys()
    return _vanished(case, told)


def _recalled(case: Case, events: Iterable[LoggedEvent]) -> list[tuple[Story, UUID]]:
    """Return what was told of the pods of a start, in that order; those that are there say it anew.

    When they began is taken of all: a pod whose node cannot say how it ended does not tell it.
    """
    if case.job is None:
        return []
    found = ((_story(event, case.job, case), event.id) for event in events)
    return [
        (story, id_)
        for story, id_ in found
        if story is not None and (story.uid not in case.pods or story.what == "started")
    ]


def _vanished(case: Case, told: Sequence[tuple[Story, UUID]]) -> list[Story]:
    """Return of each pod that went while nobody observed that it is gone."""
    known = {story.uid for story, _ in told if story.what == "deleted"} | case.pods.keys()
    first: dict[str, Story] = {}
    for story, _ in told:
        if story.uid not in known and (story.uid not in first or story.what in PLACED):
            first[story.uid] = story  # by which an observer that saw it go has told it, too
    return [
        structs.replace(story, what="deleted", at=None, payload={}, image=None)
        for story in first.values()
    ]


def _story(event: LoggedEvent, job: Object, case: Case) -> Story | None:
    name, about = event.resource.name or "", job["metadata"]
    payload = codec.decode(dict[str, Any], event.payload)
    uid = payload.pop("uid", None)
    if event.run != case.belonging.run or uid is None or not name.startswith(f"{about['name']}-"):
        return None
    return Story(
        what=event.event.rpartition(".")[2],
        kind="Pod",
        name=name,
        uid=uid,
        namespace=about.get("namespace"),
        since=event.occurred,
        at=event.occurred,
        payload=payload,
        node=next((each.name for each in event.related if each.role == "node"), None),
        belonging=case.belonging,
    )
