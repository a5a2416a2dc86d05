"""Objects as clusters showed them: of 1.20, recorded; of 1.26 and later, as their sources write."""

from __future__ import annotations

from copy import deepcopy
from typing import Any
from uuid import UUID

from peninsula.workers.kubernetes.belonging import Belonging

BELONGING = Belonging(
    run=UUID("0198a000-0000-7000-8000-000000000001"),
    start=1,
    name="quiet-harbour",
    pool=UUID("0198a000-0000-7000-8000-000000000002"),
    pool_name="cluster",
    worker=UUID("0198a000-0000-7000-8000-000000000003"),
    worker_name="worker-1",
    flow="nightly",
    flow_id=UUID("0198a000-0000-7000-8000-000000000004"),
    deployment=UUID("0198a000-0000-7000-8000-000000000005"),
)
CREATED = "2026-11-23T01:24:20Z"


def merged(into: dict[str, Any], more: dict[str, Any]) -> dict[str, Any]:
    """Return an object with other values in it, however deep."""
    made = deepcopy(into)
    for key, value in more.items():
        inner = made.get(key)
        both = isinstance(inner, dict) and isinstance(value, dict)
        made[key] = merged(inner, value) if both else value
    return made


def pod(uid: str = "pod-1", **more: Any) -> dict[str, Any]:
    """Return a pod of the run that was just put on a node."""
    made = {
        "metadata": {
            "name": f"quiet-harbour-1-{uid}",
            "namespace": "etl",
            "uid": uid,
            "resourceVersion": "10",
            "creationTimestamp": CREATED,
            "labels": BELONGING.labels(),
            "annotations": BELONGING.annotations(),
        },
        "spec": {
            "nodeName": "node1",
            "containers": [
                {
                    "name": "flow",
                    "image": "python:3.11",
                    "resources": {"limits": {"memory": "60Mi"}},
                }
            ],
        },
        "status": {
            "phase": "Pending",
            "conditions": [
                {"type": "PodScheduled", "status": "True", "lastTransitionTime": CREATED}
            ],
        },
    }
    return merged(made, more)


def job(**more: Any) -> dict[str, Any]:
    """Return the Job of the run."""
    made = {
        "metadata": {
            "name": "quiet-harbour-1",
            "namespace": "etl",
            "uid": "job-1",
            "resourceVersion": "9",
            "creationTimestamp": CREATED,
            "labels": BELONGING.labels(),
            "annotations": BELONGING.annotations(),
        },
        "spec": {},
        "status": {"active": 1},
    }
    return merged(made, more)


def condition(type_: str, status: str = "True", **more: Any) -> dict[str, Any]:
    """Return one condition of a status."""
    return {"type": type_, "status": status, "lastTransitionTime": "2026-11-23T01:24:31Z", **more}


def container(name: str = "flow", *, restarts: int = 0, last: Any = None, **state: Any) -> Any:
    """Return the status of one container: `running={…}`, `terminated={…}`, `waiting={…}`."""
    return {
        "name": name,
        "restartCount": restarts,
        "state": state,
        "lastState": {"terminated": last} if last else {},
    }


def terminated(code: int, reason: str = "Error", **more: Any) -> dict[str, Any]:
    """Return how a container ended."""
    return {
        "exitCode": code,
        "reason": reason,
        "startedAt": "2026-11-23T01:24:24Z",
        "finishedAt": "2026-11-23T01:24:25Z",
        "containerID": "containerd://5c1f",
        **more,
    }


RUNNING = {"startedAt": "2026-11-23T01:24:24Z"}

OOM_KILLED = pod(
    status={
        "phase": "Failed",
        "containerStatuses": [container(terminated=terminated(137, "OOMKilled"))],
    }
)
"""Of 1.20, for a limit of 60Mi."""

EVICTED = pod(
    status={
        "phase": "Failed",
        "reason": "Evicted",
        "message": 'Usage of EmptyDir volume "full" exceeds the limit "5Mi". ',
        "conditions": [],
    }
)
"""Of 1.20: nothing is said of conditions and containers."""

EVICTED_LATER = pod(
    status={
        "phase": "Failed",
        "reason": "Evicted",
        "message": "The node was low on resource: memory.",
        "conditions": [condition("DisruptionTarget", reason="TerminationByKubelet")],
        "containerStatuses": [container(terminated=terminated(137))],
    }
)
"""Of 1.26 and later."""

EVICTED_BY_API = pod(
    metadata={
        "deletionTimestamp": "2026-11-23T01:25:01Z",
        "deletionGracePeriodSeconds": 30,
    },
    status={
        "phase": "Running",
        "conditions": [
            condition(
                "DisruptionTarget",
                reason="EvictionByEvictionAPI",
                message="Eviction API: evicting",
            )
        ],
        "containerStatuses": [container(running=RUNNING)],
    },
)
"""Of 1.26 and later; before, an eviction by the API is a deletion like others."""

PREEMPTED = pod(
    metadata={
        "deletionTimestamp": "2026-11-23T01:25:01Z",
        "deletionGracePeriodSeconds": 30,
    },
    status={
        "phase": "Running",
        "conditions": [condition("DisruptionTarget", reason="PreemptionByScheduler")],
        "containerStatuses": [container(running=RUNNING)],
    },
)
"""Of 1.26 and later."""


def event(reason: str, *, about: Any = None, kind: str = "Pod", **more: Any) -> dict[str, Any]:
    """Return an Event of 1.20 about the pod."""
    made = {
        "metadata": {"name": f"e.{reason}", "namespace": "etl", "uid": f"event-{reason}"},
        "involvedObject": {"kind": kind, "uid": (about or pod())["metadata"]["uid"], "name": "x"},
        "reason": reason,
        "message": f"it is {reason}",
        "type": "Normal",
        "firstTimestamp": "2026-11-23T01:24:22Z",
        "lastTimestamp": "2026-11-23T01:24:22Z",
        "count": 1,
    }
    return merged(made, more)


def kill(pid: str, **more: Any) -> dict[str, Any]:
    """Return the Event that a process on the node was killed for memory."""
    said = f"System OOM encountered, victim process: python, pid: {pid}"
    combined = f"(combined from similar events): {said}" if more else said
    return event("SystemOOM", about=node(), kind="Node", type="Warning", message=combined, **more)


def node(ready: str = "True", *, since: str = CREATED, **more: Any) -> dict[str, Any]:
    """Return the node, that is so since then."""
    made = {
        "metadata": {"name": "node1", "uid": "node-1", "creationTimestamp": CREATED},
        "spec": {},
        "status": {
            "conditions": [
                condition("Ready", ready, reason="Why", message="so", lastTransitionTime=since),
                condition("DiskPressure", "False"),
            ]
        },
    }
    return merged(made, more)
