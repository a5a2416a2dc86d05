"""Know by its name that something is secret."""

from __future__ import annotations

import re
from typing import Any, Final

__all__ = ["is_open_header", "is_secret_name", "may_tell", "password_of"]

_SECRET_NAME: Final = re.compile(
    r"""
      passw(or)?d | passphrase | secret | credential | authorization | cookie
    | token(?![-_.]?ur[il])
    | connection[-_.]?string
    | (api|private|account|subscription|functions|signing|encryption|shared)[-_.]?key(?![-_.]?id)
    """,
    re.IGNORECASE | re.VERBOSE,
)


def is_secret_name(name: str) -> bool:
    """Tell whether what is called so is a secret: `password`, `db_token`, `X-Api-Key`."""
    return _SECRET_NAME.search(name) is not None


_OPEN_HEADERS: Final = re.compile(
    r"accept(-\w+)?|cache-control|connection|content-\w+|host|keep-alive|origin|pragma|user-agent",
    re.IGNORECASE,
)


def is_open_header(name: str) -> bool:
    """Tell whether it is a header of HTTP that keeps no secret: `Content-Type`, `Connection`.

    Its value, `close` or `application/json`, is in many texts.
    """
    return _OPEN_HEADERS.fullmatch(name) is not None


_PAIRS: Final = frozenset({"auth", "basic_auth", "http_auth", "proxy_auth"})


def may_tell(name: str) -> bool:
    """Tell whether a value that is called so is secret, or part of it may be."""
    return name in _PAIRS or is_secret_name(name)


def password_of(name: str, value: Any) -> str | None:
    """Return the password beside a user, of what is such by its name: `auth=("etl", "pw")`."""
    if name not in _PAIRS or not isinstance(value, tuple | list) or len(value) < 2:  # noqa: PLR2004
        return None
    return value[1] if isinstance(value[1], str) else None
