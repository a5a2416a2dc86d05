"""Know the functions that `contextlib` has made of generators."""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import asynccontextmanager, contextmanager
from types import FunctionType
from typing import Any, Final

__all__ = ["generator_of_context"]


def generator_of_context(fn: Callable[..., Any]) -> Callable[..., Any] | None:
    """Return the generator function that `contextlib` made the function of, None of any other."""
    if isinstance(fn, FunctionType) and fn.__code__ in _CONTEXTS:
        inner: Callable[..., Any] | None = getattr(fn, "__wrapped__", None)
        return inner
    return None


def _nothing() -> Generator[None]:
    yield


_CONTEXTS: Final = (
    contextmanager(_nothing).__code__,
    asynccontextmanager(_nothing).__code__,  # type: ignore[arg-type]
)
