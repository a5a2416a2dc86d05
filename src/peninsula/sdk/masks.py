"""Mask what looks like a secret."""

from __future__ import annotations

import re
from typing import Final

__all__ = ["MASK", "hide_passwords", "is_secret_name"]

MASK: Final = "********"
"""What stands for a secret."""

_USER_INFO: Final = re.compile(r"(?<=://)[^/@\s]*:[^/@\s]*@")
_SECRET_NAME: Final = re.compile(
    r"passw(or)?d|passphrase|secret|token|api_?key|private_?key|credential|authorization",
    re.IGNORECASE,
)


def hide_passwords(text: str) -> str:
    """Mask user and password in addresses: `postgresql://********@db/orders`."""
    return _USER_INFO.sub(f"{MASK}@", text) if "://" in text else text


def is_secret_name(name: str) -> bool:
    """Tell whether a parameter of this name holds a secret: `password`, `api_key`, `db_token`."""
    return _SECRET_NAME.search(name) is not None
