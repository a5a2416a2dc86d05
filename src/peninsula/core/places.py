"""Say where a span goes, by attributes of OpenTelemetry's conventions, old and new."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from pathlib import PurePath
from typing import Any, Final, NamedTuple, TypeAlias
from urllib.parse import quote

from peninsula.core.errors import InvalidError
from peninsula.core.resources import clean_uri, system_of

__all__ = ["Place", "file_database", "place_of"]

Said: TypeAlias = Mapping[str, Any]
"""The attributes of a span."""


class Place(NamedTuple):
    """What a call uses, how, and where."""

    library: str
    method: str
    system: str
    path: str | None = None
    may_change: bool = False
    """Whether libraries say more of it after its begin."""


def place_of(
    scope: str,
    name: str,
    said: Said,
    *,
    begins: bool = True,
    folder: Callable[[], str] | None = None,
) -> Place | None:
    """Return where a span goes; None while it does not say so.

    `scope` is who made it, `name` its own; `begins`: it says no more than now; `folder` tells
    where files of databases without one are. Statements and values are never looked at.
    """
    for way in _WAYS if begins else _WAYS[:-1]:
        if (address := way.address(said)) is not None:
            break
    else:
        return None
    if folder is not None and address.startswith(_RELATIVE):
        scheme, _, file = address.partition(":///./")
        address = f"{scheme}:///{quote(folder())}/{file}"
    return _place(scope, way.method(said) or name.partition(" ")[0].lower(), address, way.late)


@lru_cache(maxsize=1_024)
def _place(scope: str, method: str, address: str, late: bool) -> Place | None:  # noqa: FBT001  lru_cache tells names from positions
    try:
        uri = clean_uri(address)
    except InvalidError:
        return None
    system = system_of(uri)
    return Place(
        library=_word(scope.rpartition(".")[2], "client"),
        method=_word(method, "call"),
        system=system,
        path=None if uri == system else uri,
        may_change=late,
    )


def _word(text: str, default: str) -> str:
    """Return a part of a name of events."""
    return _NOT_OF_WORDS.sub("_", text)[:60].strip("_") or default


_NOT_OF_WORDS: Final = re.compile(r"[^A-Za-z0-9_-]+")


def _first(said: Said, *names: str) -> str | None:
    """Return the first of the attributes that is there, as a text."""
    for name in names:
        if (value := said.get(name)) not in {None, ""}:
            return str(value)
    return None


# --- Amazon's services ----------------------------------------------------------------------------


def _aws(said: Said) -> str | None:
    if said.get("rpc.system") != "aws-api":
        return None
    if bucket := _first(said, "aws.s3.bucket"):
        key = _first(said, "aws.s3.key")
        return f"s3://{quote(bucket)}" + (f"/{quote(key)}" if key else "")
    if queue := _first(said, "aws.sqs.queue.url", "aws.queue_url"):
        return queue
    service = _first(said, "rpc.service") or "service"
    region = _first(said, "cloud.region", "aws.region")
    host = re.sub(r"[^a-z0-9]+", "-", service.lower())
    return f"aws://{host}.{region}" if region else f"aws://{host}"


def _rpc_method(said: Said) -> str | None:
    return _first(said, "rpc.method")


# --- databases ------------------------------------------------------------------------------------


def _database(said: Said) -> str | None:
    named = _first(said, "db.system.name", "db.system")
    if named is None:
        return None
    scheme = _SYSTEMS.get(named, named.lower().replace("_", "-"))
    database = _first(said, "db.namespace", "db.name", "db.redis.database_index")
    if scheme in _FILES:
        if database is None or database == ":memory:":
            return f"{scheme}:///:memory:"
        return file_database(scheme, database)
    at = _host(said) or "localhost"
    return f"{scheme}://{at}/{quote(database)}" if database else f"{scheme}://{at}"


def file_database(scheme: str, file: str) -> str:
    """Return the address of a database that is a file, as URLs of SQLAlchemy are: `sqlite:////x.db`."""
    path = PurePath(file)
    return f"{scheme}:///{quote(path.as_posix() if path.is_absolute() else f'./{path.as_posix()}')}"


_FILES: Final = frozenset({"duckdb", "sqlite"})
_RELATIVE: Final = tuple(f"{scheme}:///./" for scheme in _FILES)

_SYSTEMS: Final = {
    "microsoft.sql_server": "mssql",
    "oracle.db": "oracle",
    "other_sql": "sql",
}


def _host(said: Said) -> str | None:
    host = _first(said, "server.address", "net.peer.name", "net.peer.ip", "network.peer.address")
    if host is None or host.startswith("/"):
        return None  # a socket of this machine
    port = _first(said, "server.port", "net.peer.port", "network.peer.port")
    host = f"[{host}]" if host.count(":") > 1 and not host.startswith("[") else host
    return f"{host}:{port}" if port and not _PORT.search(host) else host


_PORT: Final = re.compile(r"[^:]:\d+$")


def _statement_verb(said: Said) -> str | None:
    verb = _first(said, "db.operation.name", "db.operation")
    return None if verb is None else verb.split()[0].lower()


# --- the rest -------------------------------------------------------------------------------------


def _messages(said: Said) -> str | None:
    system = _first(said, "messaging.system")
    if system is None:
        return None
    at = _host(said) or "localhost"
    topic = _first(said, "messaging.destination.name", "messaging.destination")
    scheme = system.lower().replace("_", "-")
    return f"{scheme}://{at}/{quote(topic)}" if topic else f"{scheme}://{at}"


def _message_verb(said: Said) -> str | None:
    return _first(
        said, "messaging.operation.name", "messaging.operation.type", "messaging.operation"
    )


def _url(said: Said) -> str | None:
    url = _first(said, "url.full", "http.url")
    return url if url and "://" in url else None


def _http_verb(said: Said) -> str | None:
    verb = _first(said, "http.request.method", "http.method")
    return None if verb is None else verb.lower()


def _remote_procedure(said: Said) -> str | None:
    system = _first(said, "rpc.system.name", "rpc.system")
    if system is None:
        return None
    service = _first(said, "rpc.service")
    at = _host(said) or service
    if at is None:
        return None
    scheme = system.lower().replace("_", "-")
    return f"{scheme}://{at}/{quote(service)}" if service and at != service else f"{scheme}://{at}"


def _anywhere(said: Said) -> str | None:
    host = _host(said)
    return f"tcp://{host}" if host else None


class _Way(NamedTuple):
    address: Callable[[Said], str | None]
    method: Callable[[Said], str | None]
    late: bool = True


_WAYS: Final = (
    _Way(_aws, _rpc_method),
    _Way(_database, _statement_verb),
    _Way(_messages, _message_verb),
    _Way(_url, _http_verb, late=False),
    _Way(_remote_procedure, _rpc_method),
    _Way(_anywhere, lambda _: None),
)
"""The first that says an address counts."""
