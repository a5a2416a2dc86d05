"""Gather what was told of one start of a run: its Job, its pods, and their stories."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from peninsula.kube.cluster import Object
from peninsula.workers.kubernetes import jobs
from peninsula.workers.kubernetes.belonging import Belonging
from peninsula.workers.kubernetes.manifests import FLOW, SHIPPER
from peninsula.workers.kubernetes.pod_stories import containers_of, is_at_end, status_of
from peninsula.workers.kubernetes.stories import Story, moment

__all__ = ["Case"]

_BY_POD: Final = frozenset({"BackoffLimitExceeded", "PodFailurePolicy"})
"""Why a Job failed where its pod says more, as soon as that is seen."""


@dataclass(kw_only=True)
class Case:
    """One start of a run, as Kubernetes shows it."""

    belonging: Belonging
    job: Object | None = None
    """As it is, or was last; so the pods."""
    job_gone: bool = False
    pods: dict[str, Object] = field(default_factory=dict)
    """By uid. A Job makes another where the first was deleted; only one of them runs the flow."""
    gone: set[str] = field(default_factory=set)
    """Pods that are no more."""
    told: list[tuple[Story, UUID]] = field(default_factory=list)
    """What was told, with the ids of the events."""

    @property
    def key(self) -> tuple[UUID, int]:
        """What tells cases apart."""
        return self.belonging.run, self.belonging.start

    @property
    def pod(self) -> str | None:
        """The uid of the pod that the flow began in, or may begin in."""
        begun = (story.uid for story, _ in self.told if _is_begin(story))
        return next(begun, next(reversed(self.pods), None))

    @property
    def has_begun(self) -> bool:
        """Whether the flow's container was started."""
        return any(_is_begin(story) for story, _ in self.told)

    @property
    def has_ended(self) -> bool:
        """Whether the flow's container runs no more, or will never."""
        failure = self._failure()
        if self.job_gone or (failure is not None and failure not in _BY_POD):
            return True
        if (uid := self.pod) is None:
            return failure is not None
        if uid in self.gone:
            # Where nothing has begun, the Job makes another pod.
            return self.has_begun or failure is not None
        return is_at_end(self.pods[uid], FLOW)

    @property
    def is_over(self) -> bool:
        """Whether its Job makes no pods any more."""
        return (
            self.job is None or self.job_gone or self._condition("Complete", "Failed") is not None
        )

    @property
    def is_held(self) -> bool:
        """Whether its Job waits for its worker, and makes no pod."""
        return self.job is not None and jobs.is_held(self.job)

    @property
    def would_go_on(self) -> bool:
        """Whether its Job goes on waiting, or makes another pod, unless it is deleted."""
        pod = self.pods.get(self.pod or "")
        deleted = pod is not None and bool(pod["metadata"].get("deletionTimestamp"))
        return not self.is_over and (deleted or pod is None or not is_at_end(pod, FLOW))

    @property
    def ships(self) -> bool:
        """Whether its sidecar runs, which may have the flow's last words."""
        uid = self.pod
        return uid is not None and uid not in self.gone and _ships(self.pods[uid])

    @property
    def is_gone(self) -> bool:
        """Whether nothing is left of it."""
        return (self.job is None or self.job_gone) and self.gone.issuperset(self.pods)

    def age(self, now: datetime) -> timedelta:
        """Return how long ago its Job was made."""
        made = None if self.job is None else moment(self.job["metadata"]["creationTimestamp"])
        return now - (made or now)

    def stories(self) -> Iterator[Story]:
        """Give what was told of the Job and of the pod that counts, the newest first."""
        about = {self.pod, self.job["metadata"]["uid"] if self.job else None}
        for story, _ in reversed(self.told):
            if story.uid in about:
                yield story

    def event_of(self, story: Story) -> UUID:
        """Return the event by which a story was told, the newest."""
        return next(id_ for told, id_ in reversed(self.told) if told == story)

    def waited(self, story: Story, now: datetime) -> timedelta:
        """Return for how long what a story tells goes on."""
        since = story.at
        if since is None and (pod := self.pods.get(story.uid)) is not None:
            since = moment(pod["metadata"]["creationTimestamp"])
        return now - (since or story.since)

    def _failure(self) -> str | None:
        found = self._condition("Failed")
        return None if found is None else str(found.get("reason") or "Failed")

    def _condition(self, *types: str) -> Object | None:
        for each in status_of(self.job or {}).get("conditions") or ():
            if each["type"] in types and each["status"] == "True":
                condition: Object = each
                return condition
        return None


def _ships(pod: Object) -> bool:
    return any(
        status["name"] == SHIPPER and (status.get("state") or {}).get("running")
        for _, status in containers_of(pod)
    )


def _is_begin(story: Story) -> bool:
    return story.what == "started" and story.payload.get("container") == FLOW
