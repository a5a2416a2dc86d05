"""Say of arguments and errors what may be known: shapes, and texts without secrets."""

from __future__ import annotations

import re
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Iterable, Sequence
from itertools import islice
from typing import Any, Final
from urllib.parse import quote, quote_plus

from msgspec import Raw

from peninsula.core import codec
from peninsula.core.events import EMPTY
from peninsula.core.texts import MASK, cut, encodable
from peninsula.sdk.arguments.summaries import type_of

__all__ = ["masked", "shapes"]

MOST: Final = 20
"""Arguments that are told."""

CHARS: Final = 60
"""Of the name of one."""

_SHORTEST: Final = 3
"""Characters of a secret that is looked for in texts: shorter ones are parts of words."""

_QUERY: Final = re.compile(r"(://[^\s?'\"<>]*)\?[^\s'\"<>)\]]*")


def masked(text: str, secrets: Iterable[str]) -> str:
    """Return a text without these secrets, in any form they have in URLs and headers.

    Queries of URLs are masked whole: they may hold a signature.
    """
    for secret in sorted(set(secrets), key=len, reverse=True):
        if len(secret) >= _SHORTEST:
            for form in _forms(secret):
                text = text.replace(form, MASK)
    return _QUERY.sub(rf"\1?{MASK}", text) if "://" in text else text


def _forms(secret: str) -> list[str]:
    data = secret.encode("utf-8", "replace")
    plain = {secret, repr(secret)[1:-1], quote(secret, safe=""), quote(secret), quote_plus(secret)}
    coded = {code(data).decode().rstrip("=") for code in (b64encode, urlsafe_b64encode)}
    return sorted(plain | coded, key=len, reverse=True)


def shapes(names: Sequence[str], args: Sequence[Any], kwargs: dict[str, Any]) -> Raw:
    """Return types and lengths of arguments by name, as JSON; never a value of them.

    `names` are those of positional parameters; what is beyond them is told by its number.
    """
    if not args and not kwargs:
        return EMPTY
    named = dict(zip(names, args, strict=False))
    rest = args[len(names) :]
    told = {
        encodable(cut(name, CHARS)): f"<str of {len(value):,}>"
        if type(value) is str  # nearly every one: a path, a query
        else type_of(value)
        for name, value in islice((named | kwargs).items(), MOST)
    }
    if rest:
        told["*"] = f"<{len(rest)} more>"
    return Raw(codec.encode(told))
