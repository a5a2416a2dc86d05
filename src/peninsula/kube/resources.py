"""Say where objects of Kubernetes are: their paths at the API server, their addresses in events."""

from __future__ import annotations

from typing import Final, NamedTuple
from urllib.parse import quote

__all__ = [
    "EVENTS",
    "JOBS",
    "LEASES",
    "NAMESPACES",
    "NODES",
    "PODS",
    "SECRETS",
    "Resource",
    "address_of",
]


class Resource(NamedTuple):
    """A kind of objects, as the cluster knows it."""

    path: str
    """Of its group: `/apis/apps/v1`."""
    plural: str
    kind: str
    namespaced: bool

    def url(self, namespace: str | None, name: str | None = None) -> str:
        """Return the path of an object, or of all of them; of no namespace, those of all."""
        place = f"/namespaces/{quote(namespace, '')}" if self.namespaced and namespace else ""
        one = "" if name is None else f"/{quote(name, '')}"
        return f"{self.path}{place}/{self.plural}{one}"


PODS: Final = Resource("/api/v1", "pods", "Pod", namespaced=True)
EVENTS: Final = Resource("/api/v1", "events", "Event", namespaced=True)
SECRETS: Final = Resource("/api/v1", "secrets", "Secret", namespaced=True)
NODES: Final = Resource("/api/v1", "nodes", "Node", namespaced=False)
NAMESPACES: Final = Resource("/api/v1", "namespaces", "Namespace", namespaced=False)
JOBS: Final = Resource("/apis/batch/v1", "jobs", "Job", namespaced=True)
LEASES: Final = Resource("/apis/coordination.k8s.io/v1", "leases", "Lease", namespaced=True)


def address_of(
    cluster: str, resource: Resource, namespace: str | None, name: str | None = None
) -> str:
    """Return the address of an object, of a namespace, or of the cluster for what is in none."""
    kind = resource.kind.lower()
    if resource.namespaced:
        parts = [namespace, kind, name] if namespace and name else [namespace]
    else:
        parts = {"node": [kind, name], "namespace": [name]}.get(kind, []) if name else []
    return "/".join([cluster, *filter(None, parts)])
