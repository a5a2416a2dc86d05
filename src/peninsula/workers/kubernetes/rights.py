"""Say which rights a worker needs in its namespace, and look whether it has them."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Any, Final

from peninsula.core.errors import ForbiddenError
from peninsula.kube.cluster import Cluster

__all__ = ["LOGS", "RIGHTS", "check_rights"]

LOGS: Final = "pods/log"

RIGHTS: Final[list[dict[str, list[str]]]] = [
    # Jobs are made, let go, observed and deleted; the rest is looked at, or goes with them.
    {"apiGroups": ["batch"], "resources": ["jobs"],
     "verbs": ["create", "delete", "get", "list", "patch", "watch"]},
    {"apiGroups": [""], "resources": ["pods", "events"], "verbs": ["get", "list", "watch"]},
    {"apiGroups": [""], "resources": [LOGS], "verbs": ["get"]},
    {"apiGroups": [""], "resources": ["secrets"], "verbs": ["create"]},
    {"apiGroups": ["coordination.k8s.io"], "resources": ["leases"],
     "verbs": ["create", "get", "patch", "update"]},
]  # fmt: skip
"""The rules of its Role."""

_REVIEWS: Final = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"


async def check_rights(
    cluster: Cluster, namespace: str, account: str | None, *, with_logs: bool
) -> None:
    """Ask the cluster for each right of a worker. Raises ForbiddenError naming those it lacks.

    `account`: the service account that the worker is, if it is one. A cluster that does not let it
    ask is taken at its word when the right is used.
    """
    wanted = [
        (group, resource, verb)
        for rule in RIGHTS
        for group in rule["apiGroups"]
        for resource in rule["resources"]
        for verb in rule["verbs"]
        if with_logs or resource != LOGS
    ]
    with suppress(_MayNotAskError):
        allowed = await asyncio.gather(*(_has(cluster, namespace, *each) for each in wanted))
        lacking: dict[str, list[str]] = {}
        for (_, resource, verb), has in zip(wanted, allowed, strict=True):
            if not has:
                lacking.setdefault(resource, []).append(verb)
        if lacking:
            listed = "; ".join(f"{', '.join(verbs)} {what}" for what, verbs in lacking.items())
            command = f"peninsula kubernetes roles --namespace {namespace}"
            msg = (
                f'The worker may not {listed} in namespace "{namespace}". Give it its role there:'
                f" {command} --service-account {account or 'NAMESPACE/NAME'} | kubectl apply -f -"
            )
            raise ForbiddenError(msg)


class _MayNotAskError(Exception):
    """Clusters let anybody ask, unless somebody has taken that away."""


async def _has(cluster: Cluster, namespace: str, group: str, resource: str, verb: str) -> bool:
    plural, _, part = resource.partition("/")
    about = {
        "namespace": namespace,
        "group": group,
        "resource": plural,
        "subresource": part,
        "verb": verb,
    }
    asked: dict[str, Any] = {
        "apiVersion": "authorization.k8s.io/v1",
        "kind": "SelfSubjectAccessReview",
        "spec": {"resourceAttributes": about},
    }
    try:
        answer = await cluster.ask("POST", _REVIEWS, body=asked)
    except ForbiddenError as problem:
        raise _MayNotAskError from problem
    return bool(answer["status"]["allowed"])
