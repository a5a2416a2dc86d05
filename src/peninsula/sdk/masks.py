"""Mask what looks like a secret."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from peninsula.core.texts import encodable, hide_passwords

__all__ = ["hide_within", "is_secret_name"]

_SECRET_NAME: Final = re.compile(
    r"passw(or)?d|passphrase|secret|token|api_?key|private_?key|credential|authorization",
    re.IGNORECASE,
)


def hide_within(value: Any) -> Any:
    """Mask users and passwords in addresses in all texts of a value, for JSON: no half characters.

    Other objects stay as they are.
    """
    match value:
        case str():
            return hide_passwords(encodable(value))
        case Mapping():
            return {hide_within(key): hide_within(item) for key, item in value.items()}
        case list() | tuple() | set() | frozenset():
            return [hide_within(item) for item in value]
        case _:
            return value


def is_secret_name(name: str) -> bool:
    """Tell whether a parameter of this name holds a secret: `password`, `api_key`, `db_token`."""
    return _SECRET_NAME.search(name) is not None
