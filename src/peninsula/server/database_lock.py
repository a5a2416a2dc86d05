"""Hold a SQLite file: one process at a time writes it, whichever home it was started for."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

import msgspec
from msgspec import Struct

from peninsula.core import codec
from peninsula.core.errors import ConflictError, UnavailableError
from peninsula.core.home import Home
from peninsula.server import lock

__all__ = ["hold_database"]

WAIT: Final = 3.0
"""Seconds to wait for a holder that serves nothing: a command that is about to end."""


class Holder(Struct, frozen=True, kw_only=True):
    """What the lock file says of who has it, or had it last."""

    pid: int
    home: str


@asynccontextmanager
async def hold_database(database: Path | None, home: Home) -> AsyncIterator[None]:
    """Hold the file of a database; None: it is in no file. Raises ConflictError naming its holder.

    The lock is a file beside it: to lock the database itself would end the locks of SQLite, which
    the system drops with the first descriptor that is closed.
    """
    if database is None:
        yield
        return
    _refuse_other_names(_resolved(database))
    file = await _locked(_resolved(database))
    try:
        os.truncate(file, 0)
        os.pwrite(file, codec.encode(Holder(pid=os.getpid(), home=str(home.path))), 0)
        yield
    finally:
        os.close(file)


def _resolved(database: Path) -> Path:
    # A link or another way of writing the path is the same file.
    return database.resolve()


def _refuse_other_names(database: Path) -> None:
    # SQLite's own log and our lock stand beside the name: by another one, both would be others.
    try:
        names = database.stat().st_nlink
    except OSError:
        return  # it is not there yet
    if names > 1:
        msg = (
            f"The database {database} has {names} names, by hard links, and writers by two names"
            f" do not see each other. Remove the others: find -samefile {database}"
        )
        raise ConflictError(msg)


async def _locked(database: Path) -> int:
    path = database.with_name(f"{database.name}.lock")
    deadline = time.monotonic() + WAIT
    while (file := _try_lock(path, database)) is None:
        problem = _held(database, path)
        if problem.details["url"] is not None or time.monotonic() >= deadline:
            raise problem
        await asyncio.sleep(lock.PAUSE)
    return file


def _try_lock(path: Path, database: Path) -> int | None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        return lock.try_lock(path)
    except OSError as problem:
        msg = f"Cannot open the database {database}: {problem}"
        raise UnavailableError(msg) from problem


def _held(database: Path, path: Path) -> ConflictError:
    """Return the error that names who writes the database."""
    try:
        holder = msgspec.json.decode(path.read_bytes(), type=Holder)
    except (OSError, msgspec.MsgspecError):
        holder = None
    note = lock.note_of(Home(Path(holder.home))) if holder is not None else None
    url = note.url if note is not None and holder is not None and note.pid == holder.pid else None
    who = f"process {holder.pid} of the home {holder.home}" if holder else "another process"
    where = f", which serves {url}" if url is not None else ""
    use = f"set PENINSULA_API_URL={url}" if url is not None else "use that home"
    return ConflictError(
        f"The database {database} is in use by {who}{where}. To share it, {use};"
        " else stop that process, or name another file by PENINSULA_DATABASE_URL.",
        pid=holder.pid if holder is not None else None,
        url=url,
    )
