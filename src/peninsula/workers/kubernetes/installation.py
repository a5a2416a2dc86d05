"""Write what a cluster needs for a server and workers: what starts them, Service, roles, key."""

from __future__ import annotations

from typing import Any, Final

from msgspec import Struct

from peninsula.workers.kubernetes.rights import RIGHTS

__all__ = ["PORT", "Installation", "manifests"]

PORT: Final = 4747

_SERVER: Final = "peninsula-server"
_WORKER: Final = "peninsula-worker"
_KEY: Final = "peninsula-key"
_HOME: Final = "/home/peninsula"

_CLUSTER_ROLE: Final = [
    {"apiGroups": [""], "resources": ["nodes"], "verbs": ["list", "watch"]},
    # Its id is the name of the cluster in events.
    {"apiGroups": [""], "resources": ["namespaces"], "resourceNames": ["kube-system"],
     "verbs": ["get"]},
]  # fmt: skip

_EVENTS: Final = [{"apiGroups": [""], "resources": ["events"], "verbs": ["list", "watch"]}]
"""In the namespace `default`, where Kubernetes tells of nodes."""


class Installation(Struct, frozen=True, kw_only=True):
    """What is different from one cluster to the next."""

    image: str
    """Has Peninsula with the extra `kubernetes`; for PostgreSQL, `postgres` too."""
    namespace: str
    key: str
    """Of the server's owner: whoever has it may do all."""
    worker_key: str
    """With which the worker goes to the server: `peninsula.core.keys.worker_key`."""
    key_sum: str
    """Another for each key, so that who has the old one is replaced."""
    pool: str
    database_url: str = ""
    """`postgresql://…`; empty is SQLite, on a volume of the server."""
    storage: str = "5Gi"
    """Of that volume."""


def manifests(wanted: Installation) -> list[dict[str, Any]]:
    """Return the objects in the order in which they are to be applied."""
    return [
        _secret(wanted),
        _volume(wanted),
        _server(wanted),
        _service(wanted),
        *_account(wanted),
        _worker(wanted),
    ]


def _object(
    kind: str, name: str, wanted: Installation | None, version: str = "v1", **more: Any
) -> dict[str, Any]:
    about: dict[str, Any] = {"name": name, "labels": {"app.kubernetes.io/name": name}}
    if wanted is not None:
        about["namespace"] = wanted.namespace
    return {"apiVersion": version, "kind": kind, "metadata": about, **more}


def _secret(wanted: Installation) -> dict[str, Any]:
    data = {
        "key": wanted.key,
        "worker-key": wanted.worker_key,
        "database-url": wanted.database_url,
    }
    return _object("Secret", _KEY, wanted, type="Opaque", stringData=data)


def _volume(wanted: Installation) -> dict[str, Any]:
    spec = {
        "accessModes": ["ReadWriteOnce"],
        "resources": {"requests": {"storage": wanted.storage}},
    }
    return _object("PersistentVolumeClaim", _SERVER, wanted, spec=spec)


# --- the server ----------------------------------------------------------------------------------


def _server(wanted: Installation) -> dict[str, Any]:
    home = {"name": "home", "mountPath": _HOME}
    key = {"name": "key", "mountPath": "/key", "readOnly": True}
    bring = f"umask 077 && mkdir -p {_HOME}/server && cp /key/key {_HOME}/server/token"
    pod = {
        "securityContext": _UNPRIVILEGED,
        # The server takes the key of the Secret for its own; that of workers follows from it.
        "initContainers": [
            {
                "name": "key",
                "image": wanted.image,
                "command": ["sh", "-c", bring],
                "volumeMounts": [home, key],
            }
        ],
        "containers": [
            {
                "name": "server",
                "image": wanted.image,
                "command": ["python", "-m", "peninsula", "server", "start", "--host", "0.0.0.0"],  # noqa: S104  of its pod
                "env": [
                    {"name": "PENINSULA_HOME", "value": f"{_HOME}/server"},
                    {"name": "PENINSULA_ALLOWED_HOSTS", "value": _hosts(wanted)},
                    _from_secret("PENINSULA_DATABASE_URL", "database-url"),
                ],
                "ports": [{"name": "http", "containerPort": PORT}],
                "readinessProbe": _probe("/api/ready", 5),
                "livenessProbe": _probe("/api/health", 20),
                "resources": {"requests": {"cpu": "100m", "memory": "256Mi"}},
                "volumeMounts": [home],
            }
        ],
        "volumes": [
            {"name": "home", "persistentVolumeClaim": {"claimName": _SERVER}},
            {"name": "key", "secret": {"secretName": _KEY}},
        ],
    }
    # One process writes a SQLite file: the old one goes first.
    spec = {"strategy": {"type": "Recreate"}, **_copies(_SERVER, wanted, pod)}
    return _object("Deployment", _SERVER, wanted, "apps/v1", spec=spec)


_UNPRIVILEGED: Final = {"runAsNonRoot": True, "runAsUser": 1000, "fsGroup": 1000}


def _hosts(wanted: Installation) -> str:
    space = wanted.namespace
    return f"{_SERVER},{_SERVER}.{space},{_SERVER}.{space}.svc"


def _from_secret(name: str, key: str) -> dict[str, Any]:
    return {"name": name, "valueFrom": {"secretKeyRef": {"name": _KEY, "key": key}}}


def _probe(path: str, period: int) -> dict[str, Any]:
    # The server answers to names that it knows: a pod's address is none of them.
    host = {"name": "Host", "value": "localhost"}
    return {
        "httpGet": {"path": path, "port": "http", "httpHeaders": [host]},
        "periodSeconds": period,
    }


def _service(wanted: Installation) -> dict[str, Any]:
    spec = {
        "selector": {"app.kubernetes.io/name": _SERVER},
        "ports": [{"name": "http", "port": PORT, "targetPort": "http"}],
    }
    return _object("Service", _SERVER, wanted, spec=spec)


# --- the worker ----------------------------------------------------------------------------------


def _account(wanted: Installation) -> list[dict[str, Any]]:
    roles = "rbac.authorization.k8s.io/v1"
    whole = f"{_WORKER}-{wanted.namespace}"
    of_nodes = _object("Role", whole, None, roles, rules=_EVENTS)
    bound = _bound(wanted, "Role", whole, whole)
    for each in (of_nodes, bound):
        each["metadata"]["namespace"] = "default"
    return [
        _object("ServiceAccount", _WORKER, wanted),
        _object("Role", _WORKER, wanted, roles, rules=RIGHTS),
        _bound(wanted, "Role", _WORKER, _WORKER),
        _object("ClusterRole", whole, None, roles, rules=_CLUSTER_ROLE),
        _bound(wanted, "ClusterRole", whole, whole),
        of_nodes,
        bound,
    ]


def _bound(wanted: Installation, kind: str, role: str, name: str) -> dict[str, Any]:
    whole = kind == "ClusterRole"
    account = {"kind": "ServiceAccount", "name": _WORKER, "namespace": wanted.namespace}
    return _object(
        f"{kind}Binding",
        name,
        None if whole else wanted,
        "rbac.authorization.k8s.io/v1",
        roleRef={"apiGroup": "rbac.authorization.k8s.io", "kind": kind, "name": role},
        subjects=[account],
    )


def _worker(wanted: Installation) -> dict[str, Any]:
    # Its name is that of its host, which a StatefulSet gives again to whoever follows it: so it
    # takes back what the one before had, and each of several has a name of its own.
    start = ["worker", "start", "--type", "kubernetes", "--pool", wanted.pool]
    pod = {
        "serviceAccountName": _WORKER,
        "securityContext": _UNPRIVILEGED,
        "containers": [
            {
                "name": "worker",
                "image": wanted.image,
                "command": ["python", "-m", "peninsula", *start],
                "env": [
                    {"name": "PENINSULA_HOME", "value": f"{_HOME}/worker"},
                    {
                        "name": "PENINSULA_API_URL",
                        "value": f"http://{_SERVER}.{wanted.namespace}:{PORT}",
                    },
                    _from_secret("PENINSULA_API_KEY", "worker-key"),
                ],
                "resources": {"requests": {"cpu": "50m", "memory": "128Mi"}},
                "volumeMounts": [{"name": "home", "mountPath": _HOME}],
            }
        ],
        "volumes": [{"name": "home", "emptyDir": {}}],
    }
    spec = {"serviceName": _WORKER, **_copies(_WORKER, wanted, pod)}
    return _object("StatefulSet", _WORKER, wanted, "apps/v1", spec=spec)


def _copies(name: str, wanted: Installation, pod: dict[str, Any]) -> dict[str, Any]:
    labels = {"app.kubernetes.io/name": name}
    # Else Kubernetes tells of the Service by PENINSULA_SERVER_PORT, which is a setting.
    pod = {"enableServiceLinks": False, **pod}
    return {
        "replicas": 1,
        "selector": {"matchLabels": labels},
        "template": {
            "metadata": {"labels": labels, "annotations": {"peninsula/key": wanted.key_sum}},
            "spec": pod,
        },
    }
