"""What the settings come to for a server, checked before it starts."""

from __future__ import annotations

import ipaddress
import socket
from datetime import timedelta
from pathlib import Path
from typing import Final

from msgspec import Struct

from peninsula.core.addresses import has_login, hide_in_addresses, parts_of
from peninsula.core.errors import InvalidError
from peninsula.core.home import Home
from peninsula.core.settings import Settings

__all__ = ["LOOPBACK", "Config", "configure"]

LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "::1"})
"""Host names that a page on another machine can never be served from."""


class Config(Struct, frozen=True, kw_only=True):
    """How one server runs."""

    home: Home
    database_url: str
    host: str
    port: int
    auth: bool
    hosts: frozenset[str]
    """Host names it answers to, in lower case; `*` is any."""
    origins: frozenset[str]
    """Origins whose pages may call it, besides its own."""
    tls_cert: Path | None
    tls_key: Path | None
    session_time: timedelta
    lease_seconds: float
    encryption_keys: tuple[str, ...]
    """Those that are set, the newest first."""
    encryption_key_file: Path
    """Where they are if none are set."""
    settings: Settings

    @property
    def secure(self) -> bool:
        """Whether it speaks TLS."""
        return self.tls_cert is not None


def configure(settings: Settings) -> Config:
    """Return what the settings come to. Raises InvalidError naming the setting and the fix."""
    home = Home(Path(settings.home).expanduser().absolute())
    host = settings.server_host
    if not settings.server_auth and not _is_loopback(host):
        msg = (
            f"The server is to listen on {host} without authentication: anyone who reaches it could"
            " start and read everything. Set PENINSULA_SERVER_AUTH=true, or listen on 127.0.0.1."
        )
        raise InvalidError(msg)
    if (settings.server_tls_cert is None) != (settings.server_tls_key is None):
        msg = (
            "TLS needs both, the certificate and its key. Set PENINSULA_SERVER_TLS_CERT and"
            " PENINSULA_SERVER_TLS_KEY."
        )
        raise InvalidError(msg)
    return Config(
        home=home,
        database_url=settings.database_url or f"sqlite:///{home.path / 'peninsula.db'}",
        host=host,
        port=settings.server_port,
        auth=settings.server_auth,
        hosts=LOOPBACK | {name.lower() for name in (host, _own_name(), *settings.allowed_hosts)},
        origins=frozenset(_origin(origin) for origin in settings.allowed_origins),
        tls_cert=_file("server_tls_cert", settings.server_tls_cert),
        tls_key=_file("server_tls_key", settings.server_tls_key),
        session_time=timedelta(hours=settings.session_hours),
        lease_seconds=settings.lease_timeout,
        encryption_keys=_keys(settings),
        encryption_key_file=_key_file(settings, home),
        settings=settings,
    )


def _keys(settings: Settings) -> tuple[str, ...]:
    newest = (settings.encryption_key,) if settings.encryption_key else ()
    return tuple(dict.fromkeys((*newest, *settings.encryption_keys)))


def _key_file(settings: Settings, home: Home) -> Path:
    if settings.encryption_key_file is not None:
        return Path(settings.encryption_key_file).expanduser().absolute()
    # Beside the home, not in it: whoever copies the database's folder has no key with it.
    return home.path.with_name(f"{home.path.name}.key")


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _own_name() -> str:
    return socket.gethostname()


def _origin(text: str) -> str:
    parts = None if has_login(text) else parts_of(text)
    if parts and parts.scheme in {"http", "https"} and parts.netloc and parts.path in {"", "/"}:
        return f"{parts.scheme}://{parts.netloc.lower()}"
    shown = hide_in_addresses(text)
    msg = f"allowed_origins has {shown!r}. An origin is written like https://data.example.com."
    raise InvalidError(msg)


def _file(name: str, text: str | None) -> Path | None:
    if text is None:
        return None
    path = Path(text).expanduser()
    if not path.is_file():
        msg = f"{name} names {path}, which is no file."
        raise InvalidError(msg)
    return path
