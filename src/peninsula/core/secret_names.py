"""Know by its name that something is secret."""

from __future__ import annotations

import re
from types import NoneType
from typing import Any, Final

__all__ = ["is_open_header", "is_secret", "is_secret_name", "may_tell", "password_of"]

_SECRET_NAME: Final = re.compile(
    r"""
      passw(or)?d(?!less) | passphrase | secret | credential | authorization | cookie
    | token(?![-_.]?ur[il])
    | connection[-_.]?string
    | (api|private|account|subscription|functions|signing|encryption|shared)[-_.]?key(?![-_.]?id)
    """,
    re.IGNORECASE | re.VERBOSE,
)


_COUNTS: Final = re.compile(
    r"""
      (?<![a-z]) (max|min|num|n|count|total|prompt|completion|input|output|context|reasoning|cached)
      ([-_.][a-z]+ | (?-i:[A-Z][a-z]+)){0,2}? [-_.]? tokens (?![a-z])
    | tokens? [-_.]? (count|limit|budget|usage|used|left|remaining|per) (?![a-z])
    | token (?=i[sz])
    """,
    re.IGNORECASE | re.VERBOSE,
)
"""Tokens that a text is made of, as models of language count them: `max_tokens`, `tokenizer`."""


def is_secret_name(name: str) -> bool:
    """Tell whether what is called so is a secret: `password`, `db_token`, `X-Api-Key`.

    Tokens that are counted are none: `max_tokens`.
    """
    found = _SECRET_NAME.search(name)
    if found is None or found[0].lower() != "token":
        return found is not None
    return _SECRET_NAME.search(_COUNTS.sub("", name)) is not None


def is_secret(name: str, value: Any) -> bool:
    """Tell whether a value is one by its name. Neither is a flag, `use_token=True`, nor None."""
    return is_secret_name(name) and not isinstance(value, bool | NoneType)


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
