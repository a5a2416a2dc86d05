"""Read what the API writes by column."""

from __future__ import annotations

from base64 import b64decode
from uuid import UUID

__all__ = ["ids_of"]


def ids_of(written: str) -> list[UUID]:
    """Ids of which the first byte of all stands first, then the second of all."""
    flat = b64decode(written)
    count = len(flat) // 16
    return [UUID(bytes=flat[row::count]) for row in range(count)]
