"""Copy a database while it serves."""

from __future__ import annotations

import shutil
import sqlite3
import subprocess
from pathlib import Path
from uuid import uuid4

from sqlalchemy import make_url

from peninsula.core.errors import ConflictError, InvalidError, UnavailableError

__all__ = ["backup"]


def backup(url: str, target: Path) -> Path:
    """Copy the database to a new file and return it. The copy is a log of its own: a new log_id.

    SQLite gives a database file, PostgreSQL an archive for `pg_restore`, whose log gets its new
    name when a server first opens it. The encryption key is not in it.

    Raises ConflictError when the file is there already.
    """
    if target.exists():
        msg = f"{target} is there already. Name a new file."
        raise ConflictError(msg)
    if not target.parent.is_dir():
        msg = f"There is no folder {target.parent}. Make it first."
        raise InvalidError(msg)
    partial = target.with_name(f".{target.name}.partial")
    partial.unlink(missing_ok=True)
    try:
        partial.touch(mode=0o600)
        if url.startswith("sqlite"):
            _copy_sqlite(Path(url.removeprefix("sqlite:///")).expanduser(), partial)
        else:
            _dump_postgres(url, partial)
        partial.rename(target)
    finally:
        partial.unlink(missing_ok=True)
    return target


def _copy_sqlite(source: Path, target: Path) -> None:
    try:
        # VACUUM INTO reads one snapshot and holds up nobody.
        connection = sqlite3.connect(f"file:{source}?mode=ro", uri=True)
        connection.execute("VACUUM INTO ?", (str(target),))
        connection.close()
        copy = sqlite3.connect(target)
        with copy:
            # Emitters compare their numbers when they see another log, and send what it lacks.
            copy.execute("UPDATE meta SET value = ? WHERE key = 'log_id'", (str(uuid4()),))
        copy.close()
    except sqlite3.Error as problem:
        msg = f"Cannot copy {source}: {problem}"
        raise UnavailableError(msg) from problem


def _dump_postgres(url: str, target: Path) -> None:
    program = shutil.which("pg_dump")
    if program is None:
        msg = (
            "pg_dump is not on the PATH. Install postgresql-client, or copy the database yourself."
        )
        raise UnavailableError(msg)
    address = make_url(url).set(drivername="postgresql")
    command = [program, "--format=custom", f"--file={target}", "--dbname"]
    done = subprocess.run(  # noqa: S603  a fixed program; the address is one argument
        [*command, address.render_as_string(hide_password=False)],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        msg = f"pg_dump failed: {done.stderr.strip()}"
        raise UnavailableError(msg)
