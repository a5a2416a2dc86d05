"""Name the systems that calls go to."""

from __future__ import annotations

from functools import lru_cache

from peninsula.core.events import Resource
from peninsula.core.resources import clean_uri

__all__ = ["resource_of"]


@lru_cache(maxsize=4_096)
def resource_of(address: str) -> Resource:
    """Return the resource of a system or path, without secrets. Raises InvalidError."""
    return Resource(id=clean_uri(address))
