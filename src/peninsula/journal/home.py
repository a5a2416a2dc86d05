"""Make the folders of a home, and keep them to their owner."""

from __future__ import annotations

import errno
import os
import stat
from contextlib import suppress
from pathlib import Path
from typing import Final

from peninsula.core.errors import ForbiddenError
from peninsula.core.home import Home

__all__ = ["FILE_MODE", "FOLDER_MODE", "prepare", "private_folder", "write_whole"]

FOLDER_MODE: Final = 0o700
FILE_MODE: Final = 0o600


def prepare(home: Home) -> str | None:
    """Make the home and its journal folder; return what had to be repaired, for people.

    Raises OSError, or ForbiddenError when the journals are another user's. A home that exists
    keeps its mode: it may be a mounted volume, and all that is private lies in folders of ours.
    """
    home.path.mkdir(FOLDER_MODE, parents=True, exist_ok=True)
    return private_folder(home.journals)


def private_folder(path: Path) -> str | None:
    """Make a folder that only its owner can look into; close one that others can, and say so.

    Raises ForbiddenError when it belongs to someone else: what is written there would be theirs.
    """
    try:
        path.mkdir(FOLDER_MODE)
    except FileExistsError:
        return _check(path)
    return None


def _check(path: Path) -> str | None:
    there = path.stat()
    if there.st_uid != os.geteuid():
        msg = (
            f"{path} belongs to user {there.st_uid}, and this process runs as user {os.geteuid()}."
            " Set PENINSULA_HOME to a folder of your own."
        )
        raise ForbiddenError(msg)
    if not there.st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        return None
    path.chmod(FOLDER_MODE)
    return f"{path} was open to other users ({stat.S_IMODE(there.st_mode):o}). It is closed now."


def write_whole(path: Path, content: bytes) -> None:
    """Write a small file so that a reader finds the old content or the new, never a part."""
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    file = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, FILE_MODE)
    try:
        written = os.write(file, content)
    finally:
        os.close(file)
    if written < len(content):
        with suppress(OSError):
            draft.unlink()
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path))
    draft.replace(path)
