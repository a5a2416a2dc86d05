"""Make any text fit for a record: encodable, bounded, on one line."""

from __future__ import annotations

import re
from typing import Final

from peninsula.core import limits

__all__ = [
    "MASK",
    "cut",
    "encodable",
    "hide_in_addresses",
    "hide_passwords",
    "hide_queries",
    "one_line",
]

MASK: Final = "********"
"""What stands for a secret."""

_MORE: Final = "…".encode()
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f]")


def one_line(text: str, default: str) -> str:
    """Return a name: without control characters, bounded, the default if nothing is left."""
    if text.isascii() and text.isprintable() and 0 < len(text) <= limits.NAME_CHARS:
        return text
    named = cut(_CONTROL.sub(" ", encodable(text)).strip(), limits.NAME_CHARS)
    data = named.encode()
    if len(data) > limits.NAME_BYTES:
        # Four bytes a character, as emoji have, are more than an index takes.
        named = data[: limits.NAME_BYTES - len(_MORE)].decode(errors="ignore") + _MORE.decode()
    return named or default


def encodable(text: str) -> str:
    """Return the text with each lone surrogate replaced: JSON is UTF-8, which has none."""
    if text.isascii():
        return text
    return text.encode("utf-8", "replace").decode("utf-8")


def cut(text: str, most: int) -> str:
    """Return at most so many characters, an ellipsis in place of the rest."""
    return text if len(text) <= most else f"{text[: most - 1]}…"


def hide_passwords(text: str) -> str:
    """Mask user and password in addresses: `postgresql://********@db/orders`.

    A user alone is a name that may be read, but for HTTP, where it is a token.
    """
    return _USER_INFO.sub(_without_user, text) if "://" in text else text


_USER_INFO: Final = re.compile(r"(https?)?://(?:([^/?#\s'\"<>]*)@|[^/:@\s]*+:[^/@\s]*+@)")


def _without_user(found: re.Match[str]) -> str:
    scheme, user = found.groups(default="")
    # Of what has no such group, a sign of an address is in the password.
    if user and ":" not in user and not scheme:
        return found[0]
    return f"{scheme}://{MASK}@"


def hide_queries(text: str) -> str:
    """Mask the queries of addresses and paths, which may hold a token: `/orders?********`.

    Of any other query, what is secret by its name is masked: `orders?api_key=********`.
    """
    if "?" not in text:
        return text
    return _PAIR.sub(_without_value, _ADDRESS.sub(_without_query, text))


# Addresses without a query are matched as well: each of their slashes would else be tried anew.
_ADDRESS: Final = re.compile(r"((?:://|(?<!\w)/)[^\s?'\"<>]*+)(\?[^\s'\"<>)\]]+)?")

_PAIR: Final = re.compile(r"([?&;])([\w.-]++)=([^\s&;'\"<>)\]]++)")


def _without_query(found: re.Match[str]) -> str:
    return found[1] if found[2] is None else f"{found[1]}?{MASK}"


def _without_value(found: re.Match[str]) -> str:
    from peninsula.core.secret_names import is_secret_name  # noqa: PLC0415  weight: for queries

    mark, name, _ = found.groups()
    return f"{mark}{name}={MASK}" if is_secret_name(name) else found[0]


def hide_in_addresses(text: str) -> str:
    """Mask user, password and query of each address and path in a text."""
    return hide_queries(hide_passwords(text))
