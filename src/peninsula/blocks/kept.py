"""Keep what a block has opened, a client or a pool, until it is for something else."""

from __future__ import annotations

import os
from collections.abc import Callable
from threading import Lock
from typing import Any, Generic, Self, TypeVar

__all__ = ["Kept"]

T = TypeVar("T")


class Kept(Generic[T]):
    """One thing that is made when it is first asked for. In other processes it is made anew.

    Pickles and deep copies of a block have an empty one.
    """

    def __init__(self) -> None:
        self._empty()

    def _empty(self) -> None:
        self._lock = Lock()
        self._pid = os.getpid()
        self._of: Any = None
        self._thing: T | None = None

    def get(self, of: Any, make: Callable[[], T]) -> T:
        """Return what was made of equal settings, or make it. What was made of others is let go."""
        if self._pid != os.getpid():
            # The thing is the parent's, and so is the lock: it is as it was when it forked.
            self._empty()
        with self._lock:
            if self._thing is None or self._of != of:
                self._of, self._thing = of, make()
            return self._thing

    def take(self) -> T | None:
        """Return what is there, of this process, and keep it no more."""
        thing, self._thing = self._thing, None
        return thing if self._pid == os.getpid() else None

    def __reduce__(self) -> tuple[type[Self], tuple[()]]:
        return type(self), ()

    def __deepcopy__(self, _: Any) -> Self:
        return type(self)()
