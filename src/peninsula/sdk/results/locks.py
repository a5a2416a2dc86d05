"""Let one holder at a time work on a key."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Final, Protocol

from peninsula.core.errors import UnavailableError
from peninsula.journal.lock import Lock
from peninsula.sdk.telling.logs import say

__all__ = ["FileSystemLockManager", "KeyLock", "LockManager", "MemoryLockManager", "locks_in"]

FIRST_PAUSE: Final = 0.005
LONGEST_PAUSE: Final = 0.25
"""Seconds between two tries for a lock that another holds."""

LONG_WAIT: Final = 1.0
"""Seconds after which whoever waits for a lock says so."""

_log = logging.getLogger("peninsula.locks")


class LockManager(Protocol):
    """Gives out locks by key. A lock belongs to its holder: a name of any form, one per run.

    One that also has `holder_of(key)` tells those who wait for whom they do. With
    `pass_lock(key, holder, to)`, too, it lets those in who are inside from another process.
    """

    def try_lock(self, key: str, holder: str) -> bool:
        """Take the lock, unless another has it; the holder itself may ask again."""

    def release_lock(self, key: str, holder: str) -> None:
        """Let go of the lock, if the holder has it."""


class MemoryLockManager:
    """Locks among the threads of this process."""

    def __init__(self) -> None:
        self._holders: dict[str, str] = {}
        self._changing = threading.Lock()

    def try_lock(self, key: str, holder: str) -> bool:
        """Take the lock, unless another has it."""
        with self._changing:
            return self._holders.setdefault(key, holder) == holder

    def release_lock(self, key: str, holder: str) -> None:
        """Let go of the lock, if the holder has it."""
        with self._changing:
            if self._holders.get(key) == holder:
                del self._holders[key]

    def pass_lock(self, key: str, holder: str, to: str) -> None:
        """Give the lock to another, if the holder has it."""
        with self._changing:
            if self._holders.get(key) == holder:
                self._holders[key] = to

    def holder_of(self, key: str) -> str | None:
        """Return who has the lock, None if nobody has."""
        return self._holders.get(key)


class FileSystemLockManager:
    """Locks among the processes of one machine: the system lets go of a lock whose process dies."""

    def __init__(self, lock_files_directory: Path | str) -> None:
        """Keep the files that are locked in that folder."""
        self.folder = Path(lock_files_directory).expanduser().absolute()
        self._here = MemoryLockManager()
        self._files: dict[str, Lock] = {}

    def __eq__(self, other: object) -> bool:
        """Two of one folder lock the same."""
        return isinstance(other, FileSystemLockManager) and other.folder == self.folder

    def __hash__(self) -> int:
        return hash(self.folder)

    def __reduce__(self) -> tuple[type[FileSystemLockManager], tuple[Path]]:
        return FileSystemLockManager, (self.folder,)  # sent with a task to another process

    def try_lock(self, key: str, holder: str) -> bool:
        """Take the lock, unless another has it. Raises UnavailableError without such a folder."""
        if not self._here.try_lock(key, holder):
            return False
        if key in self._files:
            return True
        path = self._path(key)
        try:
            self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            file = _take(path)
            if file is not None:
                path.write_text(holder, "utf-8", "replace")
        except OSError as problem:
            self._here.release_lock(key, holder)
            msg = f"The lock {path} cannot be taken: {problem.strerror}."
            raise UnavailableError(msg) from problem
        if file is None:
            self._here.release_lock(key, holder)
            return False
        self._files[key] = file
        return True

    def release_lock(self, key: str, holder: str) -> None:
        """Let go of the lock, if the holder has it."""
        if self._here.try_lock(key, holder):
            file = self._files.pop(key, None)
            if file is not None:
                _remove(file, self._path(key))
            self._here.release_lock(key, holder)

    def pass_lock(self, key: str, holder: str, to: str) -> None:
        """Give the lock to another, if the holder has it."""
        self._here.pass_lock(key, holder, to)
        if self._here.holder_of(key) == to:
            with suppress(OSError):  # as long as it says who had it, those inside wait
                self._path(key).write_text(to, "utf-8", "replace")

    def holder_of(self, key: str) -> str | None:
        """Return who has the lock, as its file says; None if nobody has."""
        with suppress(OSError):
            return self._path(key).read_text("utf-8", "replace") or None
        return None

    def _path(self, key: str) -> Path:
        return self.folder / sha256(key.encode()).hexdigest()[:32]


def _take(path: Path) -> Lock | None:
    file = Lock.take(path, create=True)
    if file is not None and not file.holds(path):
        # Its holder removed it between our opening and our locking: another has the next one.
        file.release()
        return None
    return file


def _remove(file: Lock, path: Path) -> None:
    # While it is locked, so that nobody else's goes; a fork's copy is closed and holds nothing.
    if file.holds(path):
        with suppress(OSError):
            path.unlink()
    file.release()


@cache
def locks_in(folder: Path) -> FileSystemLockManager:
    """Return this process's manager of the locks in that folder: its threads know each other."""
    return FileSystemLockManager(folder)


class KeyLock:
    """The lock on a key, in the name of a holder."""

    def __init__(
        self, locks: LockManager, key: str, holder: str, within: tuple[str, ...] = ()
    ) -> None:
        """Take what to lock for whom. Where one of `within` has it, it is locked within that."""
        self._locks = locks
        self._key = key
        self._holder = holder
        self._within = within
        self._place = key

    def acquire(
        self,
        sleep: Callable[[float], object] = time.sleep,
        is_ours: Callable[[], bool] = lambda: False,
    ) -> bool:
        """Wait for the lock; tell whether it was taken. It is not once `is_ours` says so."""
        pause, waited = FIRST_PAUSE, 0.0
        while not is_ours():
            self._place = self._innermost()
            if self._locks.try_lock(self._place, self._holder):
                return True
            sleep(pause)
            if waited < LONG_WAIT <= waited + pause:
                said = _holder_of(self._locks, self._place) or "another"
                say(_log, "Waiting for the lock of %s, held by %s.", self._key, said)
            waited += pause
            pause = min(pause * 2, LONGEST_PAUSE)
        return False

    def _innermost(self) -> str:
        """Return the key as it is locked within the holders that let us in."""
        place = self._key
        while self._within and (holder := _holder_of(self._locks, place)) is not None:
            if holder not in self._within:
                break
            place = f"{place} within {holder}"
        return place

    def release(self) -> None:
        """Let go of it."""
        self._locks.release_lock(self._place, self._holder)

    def pass_to(self, holder: str) -> None:
        """Give it to another holder, if its manager can; else it stays in the name of the first."""
        if hasattr(self._locks, "pass_lock"):
            self._locks.pass_lock(self._place, self._holder, holder)
            self._holder = holder

    def is_like(self, other: KeyLock) -> bool:
        """Tell whether both lock the same key."""
        return self._key == other._key and self._locks == other._locks


def _holder_of(locks: LockManager, key: str) -> str | None:
    return locks.holder_of(key) if hasattr(locks, "holder_of") else None
