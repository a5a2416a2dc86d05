"""Hold the locks of a transaction, and let in what is inside of it.

Who leaves its commit to the transaction around leaves it its locks as well. What a transaction
around has locked, those inside need not lock again: they would wait for themselves.

What is inside of it in another process knows the locks around by the names of their holders. It
locks the key *within* its holder, so that those inside go on one after the other.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Final
from uuid import uuid4

from peninsula.sdk.results.locks import KeyLock, LockManager
from peninsula.sdk.runs import current_run

__all__ = ["Holding", "elsewhere", "inside"]

_ELSEWHERE: Final[ContextVar[tuple[str, ...]]] = ContextVar("peninsula_holders", default=())

elsewhere = _ELSEWHERE.get
"""Return the names of the holders around that are in other processes, the innermost first."""


@contextmanager
def inside(holders: tuple[str, ...]) -> Iterator[None]:
    """Have what is done here be inside of the transactions of these holders elsewhere."""
    token = _ELSEWHERE.set(holders)
    try:
        yield
    finally:
        _ELSEWHERE.reset(token)


class Holding:
    """The locks of one transaction: its own, and those left to it."""

    def __init__(self, around: Holding | None) -> None:
        self._around = around
        self._locks: list[KeyLock] = []
        self.name: Final = _name()
        """That of nobody else, which says to people whose it is."""

    def names(self) -> tuple[str, ...]:
        """Return the name, and those of the holders around, in other processes too."""
        around = elsewhere() if self._around is None else self._around.names()
        return (self.name, *around)

    def take(self, locks: LockManager, key: str, sleep: Callable[[float], object]) -> None:
        """Wait for the lock on a key, unless one around has it."""
        lock, around = KeyLock(locks, key, self.name, within=elsewhere()), self._around
        if lock.acquire(sleep, lambda: around is not None and around.has(lock)):
            self._locks.append(lock)

    def has(self, lock: KeyLock) -> bool:
        """Tell whether its key is locked by this holder, or by one around."""
        if any(each.is_like(lock) for each in tuple(self._locks)):  # threads inside leave it more
            return True
        return self._around is not None and self._around.has(lock)

    def leave(self) -> None:
        """Leave the locks to the holder around."""
        assert self._around is not None  # noqa: S101  only who is inside leaves anything
        self._around.accept(self._locks)
        self._locks = []

    def accept(self, locks: list[KeyLock]) -> None:
        """Hold these as well."""
        for lock in locks:
            lock.pass_to(self.name)
        self._locks += locks

    def release(self) -> None:
        """Let go of the locks. Safe twice."""
        while self._locks:
            self._locks.pop().release()


def _name() -> str:
    run = current_run()
    who = "a transaction" if run is None else run.name
    return f"{who} in process {os.getpid()} ({uuid4().hex[:12]})"
