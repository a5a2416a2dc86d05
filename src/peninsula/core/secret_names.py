"""Know by its name that something is secret."""

from __future__ import annotations

import re
from typing import Final

__all__ = ["is_secret_name"]

_SECRET_NAME: Final = re.compile(
    r"""
      passw(or)?d | passphrase | secret | token | credential | authorization | cookie
    | connection[-_.]?string
    | (api|private|account|subscription|functions|signing|encryption|shared)[-_.]?key(?![-_.]?id)
    """,
    re.IGNORECASE | re.VERBOSE,
)


def is_secret_name(name: str) -> bool:
    """Tell whether what is called so is a secret: `password`, `db_token`, `X-Api-Key`."""
    return _SECRET_NAME.search(name) is not None
