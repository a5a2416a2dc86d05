"""Have async generators closed by whoever draws from them in another's place."""

from __future__ import annotations

import sys
from collections.abc import AsyncGenerator, Coroutine
from typing import Any

__all__ = ["first"]


def first(inner: AsyncGenerator[Any, Any]) -> Coroutine[Any, Any, Any]:
    """Ask for the first value, and have only what is around it closed by the event loop.

    That closes it as well; a loop that ends closes all at once, and it cannot be closed twice.
    """
    hooks = sys.get_asyncgen_hooks()
    sys.set_asyncgen_hooks(firstiter=None, finalizer=_is_closed_around)
    try:
        return inner.asend(None)
    finally:
        sys.set_asyncgen_hooks(*hooks)


def _is_closed_around(_: object) -> None:
    """Do nothing."""
