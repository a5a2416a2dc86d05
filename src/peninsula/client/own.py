"""Know what is asked of our own server, or of the local database: it is no call of a flow's."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

__all__ = ["is_traffic", "traffic"]

_TRAFFIC: ContextVar[bool] = ContextVar("peninsula_own_traffic", default=False)

is_traffic = _TRAFFIC.get
"""Tell whether what is sent here is ours."""


@contextmanager
def traffic() -> Iterator[None]:
    """Mark as ours what is sent inside of the block."""
    before = _TRAFFIC.get()
    _TRAFFIC.set(True)
    try:
        yield
    finally:
        # No token: an asynchronous generator may be closed in another context.
        _TRAFFIC.set(before)
