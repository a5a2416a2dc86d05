"""Let one holder at a time work on a key."""

from __future__ import annotations

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

__all__ = ["FileSystemLockManager", "LockManager", "MemoryLockManager", "acquire", "locks_in"]

FIRST_PAUSE: Final = 0.005
LONGEST_PAUSE: Final = 0.25
"""Seconds between two tries for a lock that another holds."""


class LockManager(Protocol):
    """Gives out locks by key. A lock belongs to its holder: a name of any form, one per run."""

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


class FileSystemLockManager:
    """Locks among the processes of one machine: the system lets go of a lock whose process dies."""

    def __init__(self, lock_files_directory: Path | str) -> None:
        """Keep the files that are locked in that folder."""
        self.folder = Path(lock_files_directory).expanduser().absolute()
        self._here = MemoryLockManager()
        self._files: dict[str, Lock] = {}

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


def acquire(
    locks: LockManager, key: str, holder: str, sleep: Callable[[float], object] = time.sleep
) -> None:
    """Wait for the lock."""
    pause = FIRST_PAUSE
    while not locks.try_lock(key, holder):
        sleep(pause)
        pause = min(pause * 2, LONGEST_PAUSE)
