"""Know by its name that something is secret."""

from __future__ import annotations

import re
from typing import Final

__all__ = ["is_secret_name"]

_SECRET_NAME: Final = re.compile(
    r"passw(or)?d|passphrase|secret|token|api_?key|private_?key|credential|authorization",
    re.IGNORECASE,
)


def is_secret_name(name: str) -> bool:
    """Tell whether a parameter of this name holds a secret: `password`, `api_key`, `db_token`."""
    return _SECRET_NAME.search(name) is not None
