"""Name what events are about: our own ids, and URIs of the world outside without their secrets."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final
from urllib.parse import quote, unquote, urlsplit

from peninsula.core.errors import InvalidError

__all__ = ["OWN", "clean_uri", "is_run", "kind_of", "own", "run_uuid", "system_of"]

OWN: Final = "peninsula."
"""What ids of our own start with: `peninsula.<kind>.<id>`."""

_RUN = re.compile(
    r"peninsula\.(flow-run|task-run)\.([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})",
)
_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*", re.IGNORECASE)
_BUCKETS: Final = frozenset({"s3", "gs", "gcs", "az", "abfs", "abfss", "wasb", "wasbs"})
_HTTP: Final = frozenset({"http", "https"})
_HIDES_A_PASSWORD = re.compile(r"[^/@]*:[^/@]*@")

# A path segment of an HTTP address that names one thing among many: a number, a uuid, a hash, a
# long token. It becomes `{}`, so that /orders/1 and /orders/2 are one resource.
_TEMPLATED = re.compile(
    r"\d+"
    r"|[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
    r"|[0-9a-f]{16,}"
    r"|(?=[^/]*\d)[A-Za-z0-9_-]{20,}",
    re.IGNORECASE,
)


def own(kind: str, id_: object) -> str:
    """Return the resource id of a thing of ours: `peninsula.flow-run.<uuid>`."""
    return f"{OWN}{kind}.{id_}"


def is_run(resource: str) -> bool:
    """Tell whether the id is a flow run's or a task run's."""
    return _RUN.fullmatch(resource) is not None


def run_uuid(resource: str) -> tuple[str, str] | None:
    """Return ("flow-run" or "task-run", uuid) of a run's resource id, None for any other id."""
    found = _RUN.fullmatch(resource)
    return (found[1], found[2]) if found else None


@lru_cache(maxsize=65_536)
def kind_of(resource: str) -> str:
    """Return what kind of thing it is: `flow-run`, `s3`, `postgresql`, `kubernetes-pod`."""
    if resource.startswith(OWN):
        return resource.removeprefix(OWN).partition(".")[0]
    scheme, found, rest = resource.partition("://")
    if not found:
        return resource.partition(".")[0]
    if scheme.lower() == "kubernetes":
        parts = [part for part in rest.split("/") if part]
        return f"kubernetes-{_kubernetes_kind(parts)}"
    return scheme.lower()


def _kubernetes_kind(parts: list[str]) -> str:
    # kubernetes://<cluster>, …/node/<name>, …/<namespace>/<kind>/<name>
    match parts:
        case [_]:
            return "cluster"
        case [_, _]:
            return "namespace"
        case [_, "node", _]:
            return "node"
        case [_, _, kind, *_]:
            return kind
        case _:
            return "cluster"


@lru_cache(maxsize=65_536)
def system_of(resource: str) -> str:
    """Return the one parent of a resource: `s3://lake` for `s3://lake/raw/a.csv`; itself if none."""
    scheme, found, rest = resource.partition("://")
    if resource.startswith(OWN) or not found:
        return resource
    host, _, path = rest.partition("/")
    depth = 1 if _is_database(scheme) and path else 0
    kept = "/".join([host, *path.split("/")[:depth]])
    return f"{scheme}://{kept}"


def _is_database(scheme: str) -> bool:
    # A database server holds databases, and credentials are for one of them, so the system of
    # postgresql://db/warehouse/public.orders is the database. Buckets and sites are their host.
    name = scheme.lower().partition("+")[0]
    return name not in _BUCKETS | _HTTP | {"kubernetes", "file", "redis", "rediss", "ssh", "sftp"}


def clean_uri(uri: str) -> str:
    """Return the URI without user info, query and fragment, its host in lower case.

    HTTP paths are templated. Raises InvalidError for what is no URI: an id must never be a text
    that merely resembles one and still carries a password.
    """
    scheme, found, _ = uri.partition("://")
    if not found or not _SCHEME.fullmatch(scheme):
        msg = f"{_masked(uri)!r} is not a URI. Give one like s3://bucket/key."
        raise InvalidError(msg)
    scheme = scheme.lower()
    try:
        parts = urlsplit(uri)
        host, port = parts.hostname or "", parts.port
    except ValueError as problem:
        msg = f"{_masked(uri)!r} is not a URI: {_masked(str(problem))}."
        raise InvalidError(msg) from None
    path = parts.path if scheme not in _HTTP else _templated(parts.path)
    if scheme in _BUCKETS | {"file"}:
        host = _authority(parts.netloc)
    elif ":" in host:
        host = f"[{host}]"
    authority = host if port is None or scheme in _BUCKETS else f"{host}:{port}"
    return f"{scheme}://{authority}{path}".rstrip("/") or f"{scheme}://"


def _authority(netloc: str) -> str:
    # Bucket names are case sensitive in some stores, and have no port.
    return netloc.rpartition("@")[2]


def _masked(text: str) -> str:
    return _HIDES_A_PASSWORD.sub("***@", text.partition("?")[0])[:120]


def _templated(path: str) -> str:
    segments = path.split("/")
    return "/".join(
        "{}" if _TEMPLATED.fullmatch(unquote(s)) else quote(unquote(s), safe="@:!$&'()*+,;=~{}")
        for s in segments
    )
