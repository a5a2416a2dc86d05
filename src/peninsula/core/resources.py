"""Name what events are about: our own ids, and URIs of the world outside without their secrets."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final
from urllib.parse import quote, unquote

from msgspec import structs

from peninsula.core import limits
from peninsula.core.addresses import hide_tokens
from peninsula.core.errors import InvalidError
from peninsula.core.events import Event
from peninsula.core.texts import MASK

__all__ = [
    "OWN",
    "clean_id",
    "clean_uri",
    "cleaned",
    "is_run",
    "kind_of",
    "own",
    "port_of",
    "run_uuid",
    "sought",
    "system_of",
]

OWN: Final = "peninsula."
"""What ids of our own start with: `peninsula.<kind>.<id>`."""

_RUN = re.compile(
    r"peninsula\.(flow-run|task-run)\.([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})",
)
_HTTP: Final = frozenset({"http", "https"})
_BUCKETS: Final = frozenset({"s3", "gs", "az", "abfs", "wasb", "file"})
"""What follows the host is a key, and not in the syntax of URLs."""

_HOSTS: Final = _HTTP | _BUCKETS | {
    "abfss", "ftp", "ftps", "gcs", "hdfs", "kafka", "kubernetes", "ldap", "memory", "redis",
    "rediss", "s3a", "s3n", "sftp", "smb", "smtp", "ssh", "wasbs", "webhdfs",
}  # fmt: skip
"""Their system is the host; that of all others is a database on it."""

_FILES: Final = frozenset({"duckdb", "sqlite"})
"""Databases whose system is their whole path."""


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
        return resource.removeprefix(OWN).partition(".")[0] or "other"
    scheme, found, rest = resource.partition("://")
    if not found:
        return resource.partition(".")[0] or "other"
    if scheme.lower() == "kubernetes":
        parts = [part for part in rest.split("/") if part]
        return f"kubernetes-{_kubernetes_kind(parts)}"
    return scheme.lower() or "other"


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


def port_of(uri: str) -> str | None:
    """Return the port that a clean URI leads to, as its scheme says if it does not itself."""
    scheme, _, rest = uri.partition("://")
    found = _HOST.match(rest.partition("/")[0])
    return (found and found[2]) or _PORTS.get(scheme)


@lru_cache(maxsize=65_536)
def system_of(resource: str) -> str:
    """Return the one parent of a resource: `s3://lake` of `s3://lake/raw/a.csv`; itself if none."""
    scheme, found, rest = resource.partition("://")
    name = scheme.lower().partition("+")[0]
    if resource.startswith(OWN) or not found or name in _FILES:
        return resource
    host, _, path = rest.partition("/")
    # A database server holds databases, and credentials are for one of them, so the system of
    # postgresql://db/warehouse/public.orders is the database.
    database = path.partition("/")[0] if name not in _HOSTS else ""
    return f"{scheme}://{host}/{database}" if database else f"{scheme}://{host}"


# --- cleaning ------------------------------------------------------------------------------------

_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*", re.IGNORECASE)
_HOST = re.compile(r"(\[[^\[\]]*\]|[^\[\]:]*)(?::([0-9]{0,5}))?")
_DRIVE = re.compile(r"[a-z]:(/|$)", re.IGNORECASE)
_CONTROL = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]")

_ALIASES: Final = {
    "abfss": "abfs", "gcs": "gs", "postgres": "postgresql", "s3a": "s3", "s3n": "s3",
    "wasbs": "wasb",
}  # fmt: skip
_PORTS: Final = {
    "http": "80",
    "https": "443",
    "mysql": "3306",
    "postgresql": "5432",
    "redis": "6379",
}
_LAST_PORT: Final = 65_535
_LONGEST_HOST: Final = 300
_TRANSPORTS: Final = _HTTP | {"bzr", "git", "hg", "ssh", "svn"}
"""In `git+ssh` the second word is what it goes over; in `postgresql+psycopg` it is a driver."""


def clean_uri(uri: str) -> str:
    """Return what an id may say of a URI: one id for one thing, and no secret.

    User info, query and fragment are cut in every scheme. So the key of an object that has a `?`
    or `#` in it is cut there too: nothing tells it from a presigned URL, and an id that is too
    short is a nuisance, while one with a signature is a leak. A key is no URL: who has one writes
    `"s3://lake/" + quote(key)`, and it stays as it is. HTTP paths are templated, and lose their
    `;parameters`. Hosts are in lower case without a default port, drivers and other names of a
    scheme are dropped, and what is too long for an id is cut.

    Raises InvalidError for what is no URI or may hide a password; the message never repeats it.
    """
    given, found, rest = _CONTROL.sub(_escaped, uri).partition("://")
    if not found or not _SCHEME.fullmatch(given):
        msg = (
            "This is no URI (its text is not repeated, it may hold a password)."
            " Give one like s3://bucket/key."
        )
        raise InvalidError(msg)
    scheme = _scheme(given.lower())
    authority, path = _split(scheme, _file(rest) if scheme == "file" else rest)
    if scheme in _HTTP:
        path = _templated(path, limits.NAME_CHARS - len(f"{scheme}://{authority}"))
    return _cut(f"{scheme}://{authority}{path.rstrip('/')}")


def clean_id(id_: str) -> str:
    """Return the id of a resource as it is told and asked for: an address by `clean_uri`."""
    return clean_uri(id_) if "://" in id_ else id_


def sought(id_: str) -> str:
    """Return the id to look for; what can be no address is looked for as it is."""
    try:
        return clean_id(id_)
    except InvalidError:
        return id_


def cleaned(event: Event) -> Event:
    """Return an event of the user's with no secret in what it names. Raises InvalidError."""
    about = event.resource
    if "://" in about.id:
        about = structs.replace(about, id=clean_uri(about.id))
    related = event.related
    if any("://" in each.id for each in related):
        related = tuple(structs.replace(each, id=clean_id(each.id)) for each in related)
    if about is event.resource and related is event.related:
        return event
    return structs.replace(event, resource=about, related=related)


def _scheme(given: str) -> str:
    name, _, _ = given.partition("+")
    return _ALIASES.get(name, name) if name not in _TRANSPORTS else given


def _file(path: str) -> str:
    # Windows: file://C:\Users and file:///C:/Users are one folder.
    plain = path.replace("\\", "/")
    if _DRIVE.match(plain):
        return f"/{plain}"
    # Else a backslash is a slash of a path only behind what may be user info.
    end = len(re.split(r"[/?#]", path, maxsplit=1)[0])
    head, tail = path[:end], path[end:]
    user, _, host = head.rpartition("@")
    if ":" in user and "@" in tail:
        # The password may go on behind the slash: `_split` refuses it.
        host = head
    return (host + tail).replace("\\", "/")


def _split(scheme: str, rest: str) -> tuple[str, str]:
    """Return authority and path, both clean but for what the path of the scheme says itself."""
    place = re.split(r"[?#]", rest, maxsplit=1)[0]
    authority, slash, path = place.partition("/")
    if scheme not in _HTTP and ":" in authority and "@" in rest[len(authority) :]:
        # A password with "/", "?" or "#" in it, or a key with an "@": who can tell?
        msg = (
            f"The {scheme} URI cannot be told apart from one with a password. Write the special"
            " characters of user, password and path as %40 for @, %2F for /, %3F for ?, %23 for #."
        )
        raise InvalidError(msg)
    user, _, address = authority.rpartition("@")
    if scheme in {"abfs", "wasb"} and user and ":" not in user:
        # abfs://container@account.dfs.core.windows.net/path
        return f"{user}@{_host(scheme, address)}", slash + path
    if ";" in address:
        # sqlserver://host;user=…;password=…
        return _host(scheme, address.partition(";")[0]), ""
    if scheme not in _HTTP | _BUCKETS:
        path = path.partition(";")[0]
    return ",".join(_host(scheme, each) for each in address.split(",")), slash + path


def _host(scheme: str, address: str) -> str:
    found = _HOST.fullmatch(address)
    if found is None or int(found[2] or 0) > _LAST_PORT or len(address) > _LONGEST_HOST:
        msg = (
            f"The host or the port of the {scheme} URI is none. Write it like {scheme}://host:8080/"
            " and a password's special characters as %40 for @, %3A for :."
        )
        raise InvalidError(msg)
    host, port = found[1], found[2]
    if scheme not in _BUCKETS:
        # The names of buckets may differ in case.
        host = host.lower()
    port = str(int(port)) if port else ""
    return f"{host}:{port}" if port and port != _PORTS.get(scheme) else host


# A path segment of an HTTP address that names one thing among many: a number, a date, a uuid, a
# hash, a token. It becomes `{}`, so that /orders/1 and /orders/2 are one resource, and a token in a
# path is in no id.
_ONE_OF_MANY = re.compile(
    r"\d+"
    r"|\d{4}-\d\d-\d\d(?:[T_ ].*)?"
    r"|[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
    r"|[0-9a-f]{16,}"
    r"|(?=.*\d)[\w.~:=+-]{20,}"
    r"|[a-z]{32,}"
    r"|.{101,}",
    re.IGNORECASE | re.DOTALL,
)


def _templated(path: str, room: int) -> str:
    """Return the path of an HTTP address by whole segments, as many as there is room for."""
    if not path:
        return ""
    segments: list[str] = []
    for segment in hide_tokens(path).split("/"):
        plain = unquote(segment).partition(";")[0]
        is_one = plain == MASK or _ONE_OF_MANY.fullmatch(plain)
        one = "{}" if is_one else quote(plain, safe="@:!$&'()*+,=~{}")
        room -= len(one) + 1
        if room < len(_MORE):
            return "/".join(segments) + _MORE
        segments.append(one)
    return "/".join(segments)


_MORE: Final = "/..."


def _escaped(found: re.Match[str]) -> str:
    return quote(found[0].encode("utf-8", "surrogatepass"))


def _cut(uri: str) -> str:
    data = uri.encode()
    if len(uri) <= limits.NAME_CHARS and len(data) <= limits.NAME_BYTES:
        return uri
    whole = data[: limits.NAME_BYTES - len(_CUT)].decode(errors="ignore")
    return whole[: limits.NAME_CHARS - len(_CUT)] + _CUT


_CUT: Final = "..."
