"""Say what of a block is encrypted, and which version of its credential that is."""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Mapping
from typing import Any, Final

import msgspec
from msgspec import Struct
from sqlalchemy import Row

from peninsula.core import codec
from peninsula.core.data_places import Place
from peninsula.server.ring import Ring, Sealed

__all__ = ["Content", "content", "found", "opened", "version_of"]

DIGITS: Final = 16
"""Of a credential's version, in hex."""


class Content(Struct, frozen=True, kw_only=True):
    """What is encrypted of a block."""

    salt: bytes
    """Its own for good: the same secret has the same version there, and in no other block."""
    values: tuple[tuple[Place, Any], ...]

    @property
    def secrets(self) -> dict[Place, Any]:
        """The secrets by their place."""
        return dict(self.values)


def content(values: Mapping[Place, Any], before: Content | None) -> Content:
    """Return what to encrypt for a block that had `before`."""
    salt = secrets.token_bytes(32) if before is None else before.salt
    return Content(salt=salt, values=tuple(sorted(values.items(), key=_by_place)))


def _by_place(value: tuple[Place, Any]) -> tuple[str, ...]:
    return tuple(map(str, value[0]))


def version_of(content: Content) -> str:
    """Return what changes with the secrets and tells nothing of them: an HMAC by the salt."""
    plain = msgspec.json.encode(content.values, order="sorted")
    return hmac.digest(content.salt, plain, "sha256").hex()[:DIGITS]


def opened(ring: Ring, row: Row[Any]) -> Content | None:
    """Return what was encrypted of a row of documents, None where it has no secrets.

    Raises UnavailableError where no key opens it.
    """
    if row.secrets is None:
        return None
    return codec.decode(Content, ring.open(_sealed(row), f"block {row.slug}/{row.name}"))


def found(ring: Ring, row: Row[Any]) -> Content | None:
    """Return the same, None also where no key opens it: it is about to be written over."""
    plain = None if row.secrets is None else ring.try_open(_sealed(row))
    return None if plain is None else codec.decode(Content, plain)


def _sealed(row: Row[Any]) -> Sealed:
    return Sealed(row.key, bytes(row.secrets))
