"""Find the server that this process reports to."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path
from urllib.parse import urlsplit

import msgspec
from msgspec import Struct

from peninsula.core.addresses import has_login, parts_of
from peninsula.core.errors import InvalidError
from peninsula.core.home import Home, ServerNote
from peninsula.core.settings import Settings

__all__ = ["Destination", "address", "destination", "held", "is_loopback"]


class Destination(Struct, frozen=True, kw_only=True):
    """A server, and the key that it is asked with."""

    url: str
    """Without a slash at the end."""
    key: str | None
    local: bool
    """Found in the home: it is there as long as its process, and may come back at another port."""


def destination(settings: Settings, home: Home) -> Destination | None:
    """Return the server that is set, else the one that serves this home, else None."""
    if settings.api_url is not None:
        url = address(settings.api_url)
        return Destination(url=url, key=settings.api_key or _token(home, url), local=False)
    found = _local(home)
    if found is None:
        return None
    return Destination(url=found, key=settings.api_key or _token(home, found), local=True)


def is_loopback(url: str) -> bool:
    """Tell whether the address is this machine's own."""
    host = urlsplit(url).hostname or ""
    return host in {"localhost", "::1"} or host.startswith("127.")


def address(url: str) -> str:
    """Return the address in the one form it is compared by. Raises InvalidError if it is none."""
    parts = parts_of(url)
    host = parts and parts.hostname
    if parts is None or parts.scheme not in {"http", "https"} or not host:
        shown = "" if "@" in url else f" {url!r}"  # it may have a password
        msg = f"The api_url{shown} is no address. Give one like http://127.0.0.1:4747."
        raise InvalidError(msg)
    if has_login(url) or parts.query or parts.fragment:
        msg = "The api_url carries more than an address. A key goes into api_key."
        raise InvalidError(msg)
    name = f"[{host}]" if ":" in host else host
    port = f":{parts.port}" if parts.port else ""
    return f"{parts.scheme}://{name}{port}{parts.path.rstrip('/')}"


def _local(home: Home) -> str | None:
    try:
        note = msgspec.json.decode(home.server_note.read_bytes(), type=ServerNote)
        return address(note.url) if note.url and held(home.server_lock) else None
    except (OSError, msgspec.MsgspecError, InvalidError):
        return None


def held(lock: Path) -> bool:
    """Tell whether another process holds the lock.

    To ask is to take a shared lock for a moment, so whoever locks in earnest tries more than once.
    """
    try:
        file = os.open(lock, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError:
        return True
    finally:
        os.close(file)
    return False


def _token(home: Home, url: str) -> str | None:
    # The token is this machine's: another host is never shown it.
    if not is_loopback(url):
        return None
    try:
        return home.token.read_text(encoding="ascii").strip() or None
    except (OSError, UnicodeError):
        return None
