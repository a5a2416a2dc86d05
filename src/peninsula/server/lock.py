"""Hold the home: one process at a time writes its database."""

from __future__ import annotations

import errno
import fcntl
import logging
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Final
from uuid import UUID

import msgspec

from peninsula.core import codec
from peninsula.core.errors import ConflictError, UnavailableError
from peninsula.core.home import Home, ServerNote

__all__ = ["PAUSE", "held", "hold", "note_of", "noted", "try_hold", "try_lock", "wait_for"]

PAUSE: Final = 0.02
"""Seconds between two tries: whoever only asks holds it for a moment as well."""

_log = logging.getLogger("peninsula.server")


@contextmanager
def hold(home: Home, wait: float) -> Iterator[None]:
    """Hold the lock; wait so many seconds for it. Raises ConflictError naming who has it."""
    file = wait_for(partial(try_hold, home), wait)
    if file is None:
        raise held(home)
    try:
        yield
    finally:
        os.close(file)


def wait_for(take: Callable[[], int | None], wait: float) -> int | None:
    """Take a lock, for so many seconds; None: another process has it still."""
    deadline = time.monotonic() + wait
    while (file := take()) is None and time.monotonic() < deadline:
        time.sleep(PAUSE)
    return file


def try_hold(home: Home) -> int | None:
    """Return the locked file, None when another process has it. Close it to let go."""
    try:
        home.path.mkdir(mode=0o700, parents=True, exist_ok=True)
        return try_lock(home.server_lock)
    except OSError as problem:
        msg = f"The home {home.path} cannot be used: {problem}. Set PENINSULA_HOME to another."
        raise UnavailableError(msg) from problem


def try_lock(path: Path) -> int | None:
    """Return the locked file, None when another process has it. Close it to let go.

    Raises OSError when it cannot be opened. A file system that knows no locks is not refused.
    """
    file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as problem:
        if problem.errno not in _UNSUPPORTED:
            os.close(file)
            return None
        _log.warning("%s cannot be locked (%s). %s", path, problem.strerror, _SEE_TO_IT)
    return file


_UNSUPPORTED: Final = {errno.ENOLCK, errno.ENOTSUP, errno.ENOSYS, errno.EINVAL}
"""What network file systems without locks answer."""

_SEE_TO_IT: Final = "See to it that no other process writes there, or move it to a local disk."


def held(home: Home) -> ConflictError:
    """Return the error that names who has the home."""
    note = note_of(home)
    who = f"process {note.pid}" if note.pid is not None else "another process"
    where = f", which serves {note.url}" if note.url is not None else ""
    return ConflictError(
        f"The home {home.path} is in use by {who}{where}."
        " Use that server, stop it, or set PENINSULA_HOME to another folder.",
        pid=note.pid,
        url=note.url,
    )


def note_of(home: Home) -> ServerNote:
    """Return what the holder says of itself."""
    try:
        return msgspec.json.decode(home.server_note.read_bytes(), type=ServerNote)
    except (OSError, msgspec.MsgspecError):
        return ServerNote()


@contextmanager
def noted(home: Home, url: str | None, log_id: UUID) -> Iterator[None]:
    """Say where the holder serves, for as long as it does."""
    note = ServerNote(url=url, pid=os.getpid(), log_id=log_id)
    draft = home.server_note.with_suffix(".draft")
    _write(draft, codec.encode(note))
    draft.replace(home.server_note)
    try:
        yield
    finally:
        home.server_note.unlink(missing_ok=True)


def _write(path: Path, content: bytes) -> None:
    file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(file, "wb") as written:
        written.write(content)
