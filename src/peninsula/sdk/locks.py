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
from typing import Final, NamedTuple, Protocol

from peninsula.core.errors import UnavailableError
from peninsula.journal.lock import Lock
from peninsula.sdk.logs import say

__all__ = ["FileSystemLockManager", "KeyLock", "LockManager", "MemoryLockManager", "locks_in"]

FIRST_PAUSE: Final = 0.005
LONGEST_PAUSE: Final = 0.25
"""Seconds between two tries for a lock that another holds."""

LONG_WAIT: Final = 1.0
"""Seconds after which whoever waits for a lock says so."""

_log = logging.getLogger("peninsula.locks")


class LockManager(Protocol):
    """Gives out locks by key. A lock belongs to its holder: a name of any form, one per run.

    One that also has `holder_of(key)` tells those who wait for whom they do.
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


class KeyLock(NamedTuple):
    """The lock on a key, in the name of a holder."""

    locks: LockManager
    key: str
    holder: str

    def acquire(
        self,
        sleep: Callable[[float], object] = time.sleep,
        is_ours: Callable[[], bool] = lambda: False,
    ) -> bool:
        """Wait for the lock; tell whether it was taken. It is not once `is_ours` says so."""
        pause, waited = FIRST_PAUSE, 0.0
        while not is_ours():
            if self.locks.try_lock(self.key, self.holder):
                return True
            sleep(pause)
            if waited < LONG_WAIT <= waited + pause:
                said = getattr(self.locks, "holder_of", lambda _: None)(self.key)
                say(_log, "Waiting for the lock of %s, held by %s.", self.key, said or "another")
            waited += pause
            pause = min(pause * 2, LONGEST_PAUSE)
        return False

    def release(self) -> None:
        """Let go of it."""
        self.locks.release_lock(self.key, self.holder)

    def is_on(self, locks: LockManager, key: str) -> bool:
        """Tell whether it locks that."""
        return self.key == key and self.locks == locks
