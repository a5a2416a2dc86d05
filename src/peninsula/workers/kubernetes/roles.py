"""Write the roles that a worker needs for the runs of a namespace."""

from __future__ import annotations

from typing import Any, Final, NamedTuple

from peninsula.workers.kubernetes.rights import RIGHTS

__all__ = ["WORKER", "Account", "account_of", "object_of", "roles_of"]

WORKER: Final = "peninsula-worker"

_API: Final = "rbac.authorization.k8s.io"

_CLUSTER_ROLE: Final = [
    {"apiGroups": [""], "resources": ["nodes"], "verbs": ["list", "watch"]},
    # Its id is the name of the cluster in events.
    {"apiGroups": [""], "resources": ["namespaces"], "resourceNames": ["kube-system"],
     "verbs": ["get"]},
]  # fmt: skip

_EVENTS: Final = [{"apiGroups": [""], "resources": ["events"], "verbs": ["list", "watch"]}]
"""In the namespace `default`, where Kubernetes tells of nodes."""


class Account(NamedTuple):
    """A service account."""

    namespace: str
    name: str


def account_of(text: str, namespace: str) -> Account:
    """Read `etl/worker`, or `worker`: of that namespace."""
    within, _, name = text.rpartition("/")
    return Account(within or namespace, name)


def roles_of(namespace: str, account: Account) -> list[dict[str, Any]]:
    """Return what an account of a worker may do for runs in a namespace, and that it may."""
    whole = f"{WORKER}-{namespace}"
    # Of another account than the usual one: what that one has is left alone.
    of = "" if account == Account(namespace, WORKER) else f":{account.namespace}:{account.name}"
    return [
        _role("Role", WORKER, namespace, RIGHTS),
        _binding("Role", WORKER, namespace, of, account),
        _role("ClusterRole", whole, None, _CLUSTER_ROLE),
        _binding("ClusterRole", whole, None, of, account),
        _role("Role", whole, "default", _EVENTS),
        _binding("Role", whole, "default", of, account),
    ]


def _role(kind: str, name: str, namespace: str | None, rules: list[Any]) -> dict[str, Any]:
    return object_of(kind, name, namespace, f"{_API}/v1", rules=rules)


def _binding(
    kind: str, role: str, namespace: str | None, of: str, account: Account
) -> dict[str, Any]:
    subject = {"kind": "ServiceAccount", "name": account.name, "namespace": account.namespace}
    return object_of(
        f"{kind}Binding",
        f"{role}{of}",
        namespace,
        f"{_API}/v1",
        roleRef={"apiGroup": _API, "kind": kind, "name": role},
        subjects=[subject],
    )


def object_of(
    kind: str, name: str, namespace: str | None, version: str = "v1", **more: Any
) -> dict[str, Any]:
    """Return an object; one without a namespace is the whole cluster's."""
    label = name.partition(":")[0]
    about: dict[str, Any] = {"name": name, "labels": {"app.kubernetes.io/name": label}}
    if namespace is not None:
        about["namespace"] = namespace
    return {"apiVersion": version, "kind": kind, "metadata": about, **more}
