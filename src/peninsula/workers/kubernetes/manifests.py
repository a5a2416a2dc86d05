"""Write the Job of a run from its pool's template, and the Secret with the run's key."""

from __future__ import annotations

import re
from collections.abc import Mapping
from copy import deepcopy
from typing import Any, Final

from msgspec import Struct

from peninsula.core.errors import InvalidError
from peninsula.core.printed import MARKED
from peninsula.core.work import LAST_WORDS, RUN_ID, RUN_START
from peninsula.kube.cluster import Object
from peninsula.workers.kubernetes.belonging import Belonging
from peninsula.workers.kubernetes.rules import RULES, Rules

__all__ = ["FLOW", "SHIPPER", "Address", "job_manifest", "name_of", "secret_manifest"]

FLOW: Final = "flow"
"""Name of the container that the flow runs in."""

SHIPPER: Final = "shipper"
"""Name of the sidecar that brings what a killed process has told to the server."""

HOME: Final = "/peninsula"
"""Where pods have room for journals: the home is a folder in it, which is its user's own."""

OUTLAST: Final = "PENINSULA_OUTLAST_TIMEOUT"
PATIENCE: Final = 3600
"""Seconds that a process waits at its end for a server that is away: its journal goes with its pod,
unless a sidecar ships it."""

_COMMAND: Final = ("python", "-m", "peninsula", "flow-run", "execute")
_SHIP: Final = ("python", "-m", "peninsula", "journal", "ship")
_LITTLE: Final = {"requests": {"cpu": "10m", "memory": "64Mi"}, "limits": {"memory": "256Mi"}}
_NAME: Final = 45
"""Characters of a Job's name: that of its pod is longer, and has to be a name of a host."""


class Address(Struct, frozen=True, kw_only=True):
    """Where pods find the server."""

    url: str
    key: str | None = None
    """Lets the pod tell of its run, and of that alone."""


def name_of(belonging: Belonging) -> str:
    """Return the name of the Job: the same for the same start, so that there is never a second."""
    words = re.sub(r"[^a-z0-9]+", "-", belonging.name.lower()).strip("-")
    tail = f"{belonging.run.hex[-12:]}-{belonging.start}"
    return f"{words[: _NAME - len(tail)].strip('-') or 'run'}-{tail}"


def secret_manifest(
    belonging: Belonging, namespace: str, address: Address, job: Object
) -> dict[str, Any]:
    """Return the Secret with the key of the run, which goes when its Job goes."""
    about = job["metadata"]
    owner = {"apiVersion": "batch/v1", "kind": "Job", "name": about["name"], "uid": about["uid"]}
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {**_metadata(belonging, namespace), "ownerReferences": [owner]},
        "type": "Opaque",
        "stringData": {"api-key": address.key or ""},
    }


def job_manifest(
    configuration: Mapping[str, Any], belonging: Belonging, namespace: str, address: Address
) -> dict[str, Any]:
    """Return the Job of one start of a run.

    What the template says stays, but for what makes the Job one of this run: name, labels, where
    its server is. Raises InvalidError for a template that no Job can be made of.
    """
    rules = Rules.of(configuration)
    job = deepcopy(configuration.get("job_manifest"))
    if not isinstance(job, dict) or job.get("kind") != "Job":
        msg = (
            "The job template has no job_manifest of kind Job. See what a new pool of type"
            " kubernetes has: peninsula work-pool inspect NAME."
        )
        raise InvalidError(msg)
    about = job.setdefault("metadata", {})
    _merge(about, _metadata(belonging, namespace))
    about["annotations"][RULES] = rules.written()
    pod = job.setdefault("spec", {}).setdefault("template", {})
    _merge(
        pod.setdefault("metadata", {}),
        {"labels": belonging.labels(), "annotations": belonging.annotations()},
    )
    spec = pod.setdefault("spec", {})
    flow = _flow_container(spec)
    flow["env"] = _environment(flow.get("env"), belonging, address)
    if not rules.shipper and all(each.get("name") != OUTLAST for each in flow["env"]):
        flow["env"].append({"name": OUTLAST, "value": str(PATIENCE)})
    words = flow.get("terminationMessagePath") or "/dev/termination-log"
    flow["env"].append({"name": LAST_WORDS, "value": words})
    flow.setdefault("command", list(_COMMAND))
    if not flow.get("image"):
        msg = "The job has no image. Set `image` in the deployment or in the work pool's template."
        raise InvalidError(msg)
    # A Service `peninsula-server` would have the pod told PENINSULA_SERVER_PORT=tcp://….
    spec.setdefault("enableServiceLinks", False)
    _give_home(spec, flow)
    if rules.shipper:
        spec["containers"].append(_shipper(flow))
    # A second pod of one start would be refused by the server: it is not to be made at all.
    job["spec"] |= {"backoffLimit": 0, "completions": 1}
    # Held: its Secret has to be there before the pod, and an answer that is lost begins nothing.
    job["spec"]["parallelism"] = 0
    spec.setdefault("restartPolicy", "Never")
    return job


def _metadata(belonging: Belonging, namespace: str) -> dict[str, Any]:
    return {
        "name": name_of(belonging),
        "namespace": namespace,
        "labels": belonging.labels(),
        "annotations": belonging.annotations(),
    }


def _merge(into: dict[str, Any], more: Mapping[str, Any]) -> None:
    for key, value in more.items():
        if isinstance(value, Mapping) and isinstance(into.get(key), dict):
            _merge(into[key], value)
        else:
            into[key] = value


def _flow_container(spec: dict[str, Any]) -> dict[str, Any]:
    containers = spec.get("containers")
    if not isinstance(containers, list) or not containers or not isinstance(containers[0], dict):
        msg = "The job_manifest has no container. The flow runs in the first one of its pod."
        raise InvalidError(msg)
    flow: dict[str, Any] = containers[0]
    flow["name"] = FLOW
    return flow


def _environment(given: Any, belonging: Belonging, address: Address) -> list[dict[str, Any]]:
    """Return what the process is told, after what the template says: a list, or name and value."""
    if isinstance(given, Mapping):
        # Null takes away what the pool says; what the image says no Job can.
        told = {name: value for name, value in given.items() if value is not None}
        given = [{"name": name, "value": str(value)} for name, value in told.items()]
    ours: list[dict[str, Any]] = [
        {"name": RUN_ID, "value": str(belonging.run)},
        {"name": RUN_START, "value": str(belonging.start)},
        {"name": "PENINSULA_API_URL", "value": address.url},
        {"name": MARKED, "value": "1"},
    ]
    if address.key is not None:
        kept = {"name": name_of(belonging), "key": "api-key"}
        ours.append({"name": "PENINSULA_API_KEY", "valueFrom": {"secretKeyRef": kept}})
    names = {each["name"] for each in ours}
    others = [each for each in given or () if each.get("name") not in names]
    if not any(each.get("name") == "PENINSULA_HOME" for each in others):
        ours.append({"name": "PENINSULA_HOME", "value": f"{HOME}/home"})
    return [*others, *ours]


def _give_home(spec: dict[str, Any], flow: dict[str, Any]) -> None:
    """Give the journal a place that the container's end does not take away."""
    name = "peninsula-home"
    volumes = spec.setdefault("volumes", [])
    if not any(each.get("name") == name for each in volumes):
        volumes.append({"name": name, "emptyDir": {}})
    mounts = flow.setdefault("volumeMounts", [])
    if not any(each.get("mountPath") == HOME for each in mounts):
        mounts.append({"name": name, "mountPath": HOME})


def _shipper(flow: Mapping[str, Any]) -> dict[str, Any]:
    """Return the sidecar: of the same image and user, beside the same files."""
    same = ("image", "imagePullPolicy", "env", "volumeMounts", "securityContext")
    kept = {key: deepcopy(flow[key]) for key in same if key in flow}
    return {**kept, "name": SHIPPER, "command": list(_SHIP), "resources": _LITTLE}
