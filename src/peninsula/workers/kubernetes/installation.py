"""Write what a cluster needs for a server and workers: what starts them, Service, roles, key."""

from __future__ import annotations

from typing import Any, Final

from msgspec import Struct

from peninsula.workers.kubernetes.roles import WORKER, account_of, object_of, roles_of

__all__ = ["PORT", "Installation", "manifests"]

PORT: Final = 4747

_SERVER: Final = "peninsula-server"
_KEY: Final = "peninsula-key"
_HOME: Final = "/home/peninsula"


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
        object_of("ServiceAccount", WORKER, wanted.namespace),
        *roles_of(wanted.namespace, account_of(WORKER, wanted.namespace)),
        _worker(wanted),
    ]


def _secret(wanted: Installation) -> dict[str, Any]:
    data = {
        "key": wanted.key,
        "worker-key": wanted.worker_key,
        "database-url": wanted.database_url,
    }
    return object_of("Secret", _KEY, wanted.namespace, type="Opaque", stringData=data)


def _volume(wanted: Installation) -> dict[str, Any]:
    spec = {
        "accessModes": ["ReadWriteOnce"],
        "resources": {"requests": {"storage": wanted.storage}},
    }
    return object_of("PersistentVolumeClaim", _SERVER, wanted.namespace, spec=spec)


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
    return object_of("Deployment", _SERVER, wanted.namespace, "apps/v1", spec=spec)


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
    return object_of("Service", _SERVER, wanted.namespace, spec=spec)


# --- the worker ----------------------------------------------------------------------------------


def _worker(wanted: Installation) -> dict[str, Any]:
    # Its name is that of its host, which a StatefulSet gives again to whoever follows it: so it
    # takes back what the one before had, and each of several has a name of its own.
    start = ["worker", "start", "--type", "kubernetes", "--pool", wanted.pool]
    pod = {
        "serviceAccountName": WORKER,
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
    spec = {"serviceName": WORKER, **_copies(WORKER, wanted, pod)}
    return object_of("StatefulSet", WORKER, wanted.namespace, "apps/v1", spec=spec)


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
