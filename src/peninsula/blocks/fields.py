"""Types of fields that blocks have and pydantic has not."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Secret, WithJsonSchema

__all__ = ["SecretDict"]

SecretDict = Annotated[
    Secret[dict[str, Any]],
    WithJsonSchema({"type": "object", "writeOnly": True, "format": "password"}),
]
"""An object that is secret as a whole: `headers: SecretDict`, `headers.get_secret_value()`."""
