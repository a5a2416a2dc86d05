"""Types of fields that blocks have and pydantic has not."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import AfterValidator, Secret, WithJsonSchema

from peninsula.core.addresses import has_login

__all__ = ["PlainAddress", "SecretDict"]

SecretDict = Annotated[
    Secret[dict[str, Any]],
    WithJsonSchema({"type": "object", "writeOnly": True, "format": "password"}),
]
"""An object that is secret as a whole: `headers: SecretDict`, `headers.get_secret_value()`."""


def _without_login(address: str) -> str:
    if has_login(address):
        msg = "the address has a user or a password in it; give these in fields of their own"
        raise ValueError(msg)
    return address


PlainAddress = Annotated[str, AfterValidator(_without_login)]
"""An address without user and password."""
