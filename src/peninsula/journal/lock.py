"""Tell whether a journal's process lives: it holds an flock, and the system lets go of it.

Never a pid: those are reused, and mean nothing in another container. A forked child closes its
copies of the descriptors, or the parent would seem to live on in it.
"""

from __future__ import annotations

import errno
import fcntl
import os
import threading
from pathlib import Path
from typing import Final

__all__ = ["Lock"]

_held: Final[set[Lock]] = set()
"""This process's locks, for the child of a fork to let go of."""

_forking: Final = threading.RLock()
"""No fork happens between a descriptor's opening and its being known here."""

_UNSUPPORTED: Final = {errno.ENOLCK, errno.ENOTSUP, errno.ENOSYS, errno.EINVAL}


class Lock:
    """An exclusive lock on a file, held until released or until the process is gone."""

    def __init__(self, file: int) -> None:
        """Take over a descriptor that is locked; `Lock.take` makes one."""
        self._file = file
        _held.add(self)

    @classmethod
    def take(cls, path: Path, *, create: bool = False) -> Lock | None:
        """Return the lock, None while another holds it.

        Raises OSError when the file cannot be opened. A file system without locks gives one that
        locks nothing: on one that other machines write to, `adopt` goes by other signs.
        """
        flags = os.O_RDWR | os.O_CLOEXEC | (os.O_CREAT if create else 0)
        with _forking:
            file = os.open(path, flags, 0o600)
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError as problem:
                if problem.errno not in _UNSUPPORTED:
                    os.close(file)
                    return None
            return cls(file)

    def holds(self, path: Path) -> bool:
        """Tell whether the path is still the locked file: an adopter may have moved it away."""
        try:
            there, here = os.stat(path), os.fstat(self._file)  # noqa: PTH116  beside fstat
        except OSError:
            return False
        return (there.st_dev, there.st_ino) == (here.st_dev, here.st_ino)

    def release(self) -> None:
        """Let go. Safe twice."""
        file, self._file = self._file, -1
        _held.discard(self)
        if file >= 0:
            os.close(file)


def _close_in_child() -> None:
    # Only close: LOCK_UN would unlock the parent's, as both share one open file.
    for lock in tuple(_held):
        lock.release()
    _forking.release()


os.register_at_fork(
    before=_forking.acquire, after_in_parent=_forking.release, after_in_child=_close_in_child
)
