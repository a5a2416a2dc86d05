"""Read what happened to Jobs and nodes, and what Kubernetes' own Events tell."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Final

from peninsula.kube.cluster import Object
from peninsula.workers.kubernetes.pod_stories import WAITING, node_of, pod_stories, status_of
from peninsula.workers.kubernetes.stories import Story, moment

__all__ = ["CLOCKS", "event_story", "job_stories", "node_stories", "pod_by_node"]


def job_stories(job: Object) -> Iterator[Story]:
    """Give all that is to be seen of a Job, the oldest first."""
    yield Story.of("created", job, "Job", at=moment(job["metadata"]["creationTimestamp"]))
    for condition in status_of(job).get("conditions") or ():
        if condition["status"] != "True":
            continue
        at, reason = moment(condition.get("lastTransitionTime")), condition.get("reason")
        match condition["type"]:
            case "Complete":
                yield Story.of("completed", job, "Job", at=at)
            case "Failed":
                what = "deadline-exceeded" if reason == "DeadlineExceeded" else "failed"
                message = condition.get("message")
                yield Story.of(what, job, "Job", at=at, reason=reason, message=message)


# --- nodes ---------------------------------------------------------------------------------------

_PRESSURES: Final = {
    "MemoryPressure": "memory-pressure",
    "DiskPressure": "disk-pressure",
    "PIDPressure": "pid-pressure",
}


def node_stories(node: Object) -> Iterator[Story]:
    """Give what a node says of itself, or is said of it since it does not."""
    for condition in status_of(node).get("conditions") or ():
        at, reason = moment(condition.get("lastTransitionTime")), condition.get("reason")
        if condition["type"] == "Ready":
            what = "ready" if condition["status"] == "True" else "unavailable"
            yield Story.of(
                what, node, "Node", at=at, reason=reason, message=condition.get("message")
            )
        elif condition["type"] in _PRESSURES and condition["status"] == "True":
            what = _PRESSURES[condition["type"]]
            yield Story.of(what, node, "Node", at=at, reason=reason)


def pod_by_node(pod: Object, node: Object) -> Story | None:
    """Return what its node is to a pod: lost, or there again; None where it was never away."""
    told = next((each for each in node_stories(node) if each.what in _BY_NODE), None)
    if told is None or (told.what == "ready" and not _was_away(pod, told)):
        return None
    what = _BY_NODE[told.what]
    return Story.of(what, pod, "Pod", at=told.at, node=node_of(pod), **told.payload)


_BY_NODE: Final = {"unavailable": "node-lost", "ready": "node-ready"}


def _was_away(pod: Object, ready: Story) -> bool:
    # None takes a pod before it is ready.
    taken = next((each.at for each in pod_stories(pod) if each.what == "scheduled"), None)
    return taken is not None and ready.at is not None and ready.at - taken > CLOCKS


CLOCKS: Final = timedelta(seconds=5)
"""By which those of a node and of the API server may differ."""


# --- Events --------------------------------------------------------------------------------------

_KILL: Final = "process-killed"

_TOLD: Final = {
    "Pulling": "pulling",
    "Pulled": "pulled",
    "Killing": "killing",
    "FailedMount": "mount-failed",
    "FailedAttachVolume": "mount-failed",
    "FailedCreatePodSandBox": "sandbox-failed",
    "Unhealthy": "unhealthy",
    "FailedCreate": "create-failed",
    "SystemOOM": _KILL,
    "OOMKilling": _KILL,
}
_UNTIL_1_25: Final = {"Preempted": "preempted", "TaintManagerEviction": "evicted"}
"""Later versions say these by the condition DisruptionTarget of the pod."""

_SEEN_ELSEWHERE: Final = frozenset(
    {
        *WAITING, "BackOff", "BackoffLimitExceeded", "DeadlineExceeded", "Evicted", "Failed",
        "FailedScheduling", "NodeNotReady",
    }
)  # fmt: skip
"""What objects themselves say, too, and for longer than the hour that an Event is kept."""


def event_story(event: Object, about: Object) -> Story | None:
    """Return what an Event tells of the object that it is about, if nothing else does.

    An Event is told again and counted; it is one story, of its first time. But each kill is another
    one, and so is each message of those that Kubernetes combines: their time is the last.
    """
    reason, message = event.get("reason") or "", event.get("message") or ""
    kind = event["involvedObject"]["kind"]
    what = _TOLD.get(reason)
    if reason in _UNTIL_1_25 and message.partition(" ")[0] != "Cancelling":
        what = None if _has_disruption(about) else _UNTIL_1_25[reason]
    elif what is None and event.get("type") == "Warning" and reason not in _SEEN_ELSEWHERE:
        what = "warning"
    if what is None:
        return None
    container = _container(event)
    series = event.get("series") or {}
    count = event.get("count") or series.get("count") or 1
    first = moment(event.get("firstTimestamp") or event.get("eventTime"))
    last = moment(event.get("lastTimestamp") or series.get("lastObservedTime")) or first
    return Story.of(
        what,
        about,
        kind,
        at=last if what == _KILL or message.startswith(_COMBINED) else first,
        since=first,  # one message of several may be counted, too
        node=node_of(about) if kind == "Pod" else None,
        container=container,
        image=_image(about, container) if kind == "Pod" else None,
        reason=reason,
        message=message,
        event=event["metadata"]["uid"],
        count=count if what == _KILL and count > 1 else None,
    )


_COMBINED: Final = "(combined from similar events)"
"""After ten with different messages in ten minutes, one has the message of the latest."""


def _has_disruption(pod: Object) -> bool:
    conditions = status_of(pod).get("conditions") or ()
    return any(each["type"] == "DisruptionTarget" for each in conditions)


def _container(event: Object) -> str | None:
    """Return the container that an Event is about: `spec.containers{flow}`."""
    path = event["involvedObject"].get("fieldPath") or ""
    return path.partition("{")[2].rstrip("}") or None


def _image(pod: Object, container: str | None) -> str | None:
    for group in ("initContainers", "containers"):
        for each in pod["spec"].get(group) or ():
            if each["name"] == container:
                image: str | None = each.get("image")
                return image
    return None
