"""The base job templates of new work pools, by type: what deployments may set."""

from __future__ import annotations

from typing import Any, Final

__all__ = ["BASE_TEMPLATES", "COMMON", "IMAGE", "QUANTITY"]

IMAGE: Final = r"^[A-Za-z0-9\[][A-Za-z0-9_.:/@+\[\]-]*$"
"""What names of images are made of: `registry.example:5000/etl:1`, `etl@sha256:…`."""

QUANTITY: Final = r"^\+?([0-9]+(\.[0-9]*)?|\.[0-9]+)([numkMGTPE]|[KMGTPE]i|[eE][+-]?[0-9]+)?$"
"""How Kubernetes writes amounts: `500m`, `1.5`, `2Gi`, `1e3`."""


def _variable(title: str, description: str, **schema: Any) -> dict[str, Any]:
    return {"title": title, "description": description, **schema}


_KUBERNETES: Final[dict[str, Any]] = {
    "variables": {
        "type": "object",
        "properties": {
            "image": _variable(
                "Image",
                "Has Python, Peninsula and what the flow imports: `registry.example/etl:1`.",
                type="string",
                pattern=IMAGE,
            ),
            "image_pull_policy": _variable(
                "Image pull policy",
                "When the image is pulled. By default Kubernetes decides by its tag.",
                type="string",
                enum=["Always", "IfNotPresent", "Never"],
            ),
            "namespace": _variable(
                "Namespace",
                "Where Jobs are made: the worker watches this one only, its own by default.",
                type="string",
            ),
            "env": _variable(
                "Environment",
                "Environment variables of the flow's process, by name.",
                type="object",
                default={},
            ),
            "labels": _variable("Labels", "Further labels of the Job.", type="object", default={}),
            "command": _variable(
                "Command",
                "Runs in place of `python -m peninsula flow-run execute`, and has to end in it.",
                type="array",
            ),
            "service_account_name": _variable(
                "Service account", "Who the pod is to Kubernetes.", type="string"
            ),
            "cpu": _variable("CPU", "Requested: `500m`, `2`.", type="string", pattern=QUANTITY),
            "memory": _variable(
                "Memory",
                "Requested, and the limit above which it is killed: `1Gi`.",
                type="string",
                pattern=QUANTITY,
            ),
            "job_timeout_seconds": _variable(
                "Deadline",
                "Seconds after which Kubernetes ends the Job.",
                type="integer",
                minimum=1,
            ),
            "finished_job_ttl": _variable(
                "Kept for",
                "Seconds that a Job and its pod are kept once they are over.",
                type="integer",
                minimum=0,
                default=300,
            ),
            "pod_watch_timeout_seconds": _variable(
                "Patience",
                "Seconds that a pod may take to start: the API server, its image, a node for it.",
                type="integer",
                minimum=0,
                default=300,
            ),
            "node_lost_timeout_seconds": _variable(
                "Patience with nodes",
                "Seconds after which the runs on a node that is gone are Crashed.",
                type="integer",
                minimum=0,
                default=300,
            ),
            "stream_output": _variable(
                "Stream output",
                "Whether what the containers print is kept in the run's logs.",
                type="boolean",
                default=True,
            ),
            "shipper": _variable(
                "Shipper",
                "Whether a sidecar ships the journal of a process that is killed. Without it,"
                " a kill may lose what was told in the last 100 ms, but for the log.",
                type="boolean",
                default=False,
            ),
        },
    },
    "job_configuration": {
        "namespace": "{{ namespace }}",
        "finished_job_ttl": "{{ finished_job_ttl }}",
        "pod_watch_timeout_seconds": "{{ pod_watch_timeout_seconds }}",
        "node_lost_timeout_seconds": "{{ node_lost_timeout_seconds }}",
        "stream_output": "{{ stream_output }}",
        "shipper": "{{ shipper }}",
        "job_manifest": {
            "apiVersion": "batch/v1",
            "kind": "Job",
            "metadata": {"labels": "{{ labels }}"},
            "spec": {
                "backoffLimit": 0,
                "activeDeadlineSeconds": "{{ job_timeout_seconds }}",
                "template": {
                    "spec": {
                        "restartPolicy": "Never",
                        "serviceAccountName": "{{ service_account_name }}",
                        "containers": [
                            {
                                "name": "flow",
                                "image": "{{ image }}",
                                "imagePullPolicy": "{{ image_pull_policy }}",
                                "command": "{{ command }}",
                                "env": "{{ env }}",
                                "resources": {
                                    "requests": {"cpu": "{{ cpu }}", "memory": "{{ memory }}"},
                                    "limits": {"memory": "{{ memory }}"},
                                },
                            }
                        ],
                    }
                },
            },
        },
    },
}
"""Every part of a Job can be set in `job_manifest`."""

BASE_TEMPLATES: Final[dict[str, dict[str, Any]]] = {"kubernetes": _KUBERNETES}
"""A pool that is made without a template has that of its type; of a type without one, none."""

COMMON: Final[dict[str, tuple[str, ...]]] = {"kubernetes": ("namespace",)}
"""Variables that are the same for all runs of a pool, by its type: what its workers go by."""
