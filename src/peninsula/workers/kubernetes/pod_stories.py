"""Read what happened to a pod from what Kubernetes says of it now."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Final

from msgspec import structs

from peninsula.kube.cluster import Object
from peninsula.workers.kubernetes.stories import Story, moment

__all__ = [
    "HOPELESS",
    "PLACED",
    "WAITING",
    "containers_of",
    "deleted",
    "is_at_end",
    "is_over",
    "node_of",
    "pod_stories",
    "status_of",
]

_PHASE: Final = {
    "Evicted": "evicted",
    "DeadlineExceeded": "deadline-exceeded",
    "NodeLost": "node-lost",
    "Preempting": "preempted",
    # A node that shuts down in order: "Shutdown" before 1.22, "Terminated" since.
    "Shutdown": "evicted",
    "NodeShutdown": "evicted",
    "Terminated": "evicted",
}
"""What a failed pod's reason says; a pod that failed without one is just `failed`."""

_DISRUPTION: Final = {
    "PreemptionByScheduler": "preempted",
    "DeletionByTaintManager": "evicted",
    "EvictionByEvictionAPI": "evicted",
    "TerminationByKubelet": "evicted",
    "DeletionByPodGC": "node-lost",
}
"""Reasons of the condition DisruptionTarget, which pods have since Kubernetes 1.26."""

WAITING: Final = {
    "ErrImagePull": "image-pull-failed",
    "ImagePullBackOff": "image-pull-failed",
    "ErrImageNeverPull": "image-pull-failed",
    "InvalidImageName": "image-pull-failed",
    "ImageInspectError": "image-pull-failed",
    "RegistryUnavailable": "image-pull-failed",
    "SignatureValidationFailed": "image-pull-failed",
    "CreateContainerConfigError": "start-failed",
    "CreateContainerError": "start-failed",
    "PreCreateHookError": "start-failed",
    "PreStartHookError": "start-failed",
    "PostStartHookError": "start-failed",
    "RunContainerError": "start-failed",
    "CrashLoopBackOff": "restart-backoff",
}
"""Why a container does not run."""

_BY_REASON: Final = {
    "OOMKilled": "oom-killed",
    # No process ever was in it: its exit code is the runtime's.
    "StartError": "start-failed",
    "ContainerCannotRun": "start-failed",
}
"""What the end of a container is by its reason, where not by its exit code."""

HOPELESS: Final = frozenset({"ErrImageNeverPull", "InvalidImageName"})
"""Those of them that no time heals."""


def pod_stories(pod: Object) -> list[Story]:
    """Return all that is to be seen of it, the oldest first."""
    found = [*_conditions(pod), *_containers(pod), *_phase(pod)]
    if pod["metadata"].get("deletionTimestamp"):
        found.append(deleted(pod))
    return sorted(found, key=_order)


def _order(story: Story) -> tuple[bool, datetime, int]:
    # Kubernetes' times are whole seconds.
    rank = _FIRST.index(story.what) if story.what in _FIRST else len(_FIRST)
    return story.at is None, story.at or story.since, rank


_FIRST: Final = ("scheduled", "started", "ready")


def deleted(pod: Object) -> Story:
    """Return that somebody had a pod deleted; it ends when its time of grace is over, or before.

    Who looks at it again may see another time of it, and who recalls it sees none: the fact is that
    of the pod as it was given a node, or refused one.
    """
    about = pod["metadata"]
    end = moment(about.get("deletionTimestamp"))
    grace = timedelta(seconds=about.get("deletionGracePeriodSeconds") or 0)
    told = Story.of("deleted", pod, "Pod", at=end and end - grace, node=node_of(pod))
    made = moment(about["creationTimestamp"]) or told.since
    placed = (each.since for each in _conditions(pod) if each.what in PLACED)
    return structs.replace(told, since=next(placed, made))


PLACED: Final = frozenset({"scheduled", "unschedulable"})
"""What the scheduler says of a pod, by one condition."""


def is_over(pod: Object) -> bool:
    """Tell whether nothing of a pod runs any more."""
    return status_of(pod).get("phase") in {"Succeeded", "Failed"}


def is_at_end(pod: Object, container: str) -> bool:
    """Tell whether a container of a pod has ended, or the pod as a whole."""
    return is_over(pod) or any(
        status["name"] == container and (status.get("state") or {}).get("terminated")
        for _, status in containers_of(pod)
    )


def node_of(pod: Object) -> str | None:
    """Return where it was put."""
    node: str | None = pod["spec"].get("nodeName")
    return node or None


def status_of(pod: Object) -> Mapping[str, Any]:
    """Return what is known of it."""
    return pod.get("status") or {}


def containers_of(pod: Object) -> Iterator[tuple[Mapping[str, Any], Mapping[str, Any]]]:
    """Give what is wanted and what is known of each container that anything is known of."""
    for wanted, known in _GROUPS:
        specs = {each["name"]: each for each in pod["spec"].get(wanted) or ()}
        for status in status_of(pod).get(known) or ():
            if status["name"] in specs:
                yield specs[status["name"]], status


_GROUPS: Final = (
    ("initContainers", "initContainerStatuses"),
    ("containers", "containerStatuses"),
)


# --- conditions ----------------------------------------------------------------------------------


def _conditions(pod: Object) -> Iterator[Story]:
    told = partial(Story.of, thing=pod, kind="Pod", node=node_of(pod))
    for condition in status_of(pod).get("conditions") or ():
        at = moment(condition.get("lastTransitionTime"))
        reason, message = condition.get("reason"), condition.get("message")
        match condition["type"], condition["status"]:
            case "PodScheduled", "True":
                yield told("scheduled", at=at)
            case "PodScheduled", "False" if reason == "Unschedulable":
                yield told("unschedulable", at=at, reason=reason, message=message)
            case "Ready", "True":
                yield told("ready", at=at)
            case "DisruptionTarget", "True" if not _is_told_by_phase(pod):
                what = _DISRUPTION.get(reason or "", "evicted")
                yield told(what, at=at, reason=reason, message=message)


def _is_told_by_phase(pod: Object) -> bool:
    return status_of(pod).get("reason") in _PHASE


# --- containers ----------------------------------------------------------------------------------


def _containers(pod: Object) -> Iterator[Story]:
    for spec, status in containers_of(pod):
        count = status.get("restartCount", 0)
        last = (status.get("lastState") or {}).get("terminated")
        now = status.get("state") or {}
        if last:
            yield from _life(pod, spec, last, max(count - 1, 0))
        if ended := now.get("terminated"):
            yield from _life(pod, spec, ended, count)
        elif running := now.get("running"):
            yield _started(pod, spec, running, count)
        elif (waiting := now.get("waiting")) and waiting.get("reason") in WAITING:
            yield _kept_waiting(pod, spec, waiting, count)


def _life(
    pod: Object, spec: Mapping[str, Any], ended: Mapping[str, Any], restart: int
) -> Iterator[Story]:
    if moment(ended.get("startedAt")):
        yield _started(pod, spec, ended, restart)
    yield _ended(pod, spec, ended, restart)


def _started(pod: Object, spec: Mapping[str, Any], lived: Mapping[str, Any], restart: int) -> Story:
    return Story.of(
        "started",
        pod,
        "Pod",
        at=moment(lived.get("startedAt")),
        node=node_of(pod),
        image=spec.get("image"),
        container=spec["name"],
        init=_is_init(pod, spec),
        restart=restart,
    )


def _ended(pod: Object, spec: Mapping[str, Any], ended: Mapping[str, Any], restart: int) -> Story:
    code, reason = ended.get("exitCode"), ended.get("reason")
    what = "container-completed" if code == 0 else "container-failed"
    return Story.of(
        _BY_REASON.get(reason or "", what),
        pod,
        "Pod",
        at=moment(ended.get("finishedAt")),
        node=node_of(pod),
        image=spec.get("image"),
        container=spec["name"],
        init=_is_init(pod, spec),
        exit_code=code,
        signal=ended.get("signal") or None,
        reason=reason,
        message=ended.get("message") or None,
        limits=(spec.get("resources") or {}).get("limits"),
        restart=restart,
        started=ended.get("startedAt"),
    )


def _kept_waiting(
    pod: Object, spec: Mapping[str, Any], waiting: Mapping[str, Any], restart: int
) -> Story:
    what = WAITING[waiting["reason"]]
    # "back-off 10s restarting" becomes 20s, 40s, …: one fact, in other words each time.
    message = None if what == "restart-backoff" else waiting.get("message")
    return Story.of(
        what,
        pod,
        "Pod",
        node=node_of(pod),
        image=spec.get("image"),
        container=spec["name"],
        init=_is_init(pod, spec),
        reason=waiting["reason"],
        message=message,
        restart=restart,
    )


def _is_init(pod: Object, spec: Mapping[str, Any]) -> bool | None:
    """Tell whether it runs before the others; None is not said."""
    return spec in (pod["spec"].get("initContainers") or ()) or None


# --- the end -------------------------------------------------------------------------------------


def _phase(pod: Object) -> Iterator[Story]:
    status = status_of(pod)
    told = partial(Story.of, thing=pod, kind="Pod", node=node_of(pod))
    if status.get("phase") == "Succeeded":
        yield told("completed", at=_last_end(pod))
    elif status.get("phase") == "Failed":
        reason = status.get("reason")
        what = _PHASE.get(reason or "", "failed")
        fault = _first_fault(pod) if what == "failed" else {}
        at = _last_end(pod) if what == "failed" else None
        yield told(what, at=at, reason=reason, message=status.get("message"), **fault)


def _last_end(pod: Object) -> datetime | None:
    ends = (
        moment(ended.get("finishedAt"))
        for _, status in containers_of(pod)
        if (ended := (status.get("state") or {}).get("terminated"))
    )
    return max((end for end in ends if end is not None), default=None)


def _first_fault(pod: Object) -> dict[str, Any]:
    """Return which container failed, and how: the first that did."""
    for spec, status in containers_of(pod):
        ended = (status.get("state") or {}).get("terminated")
        if ended and ended.get("exitCode"):
            return {"container": spec["name"], "exit_code": ended["exitCode"]}
    return {}
