"""SQLite behind the seam: one thread writes in groups, a few read.

One writer is what SQLite has anyway; making it a thread of ours means that no caller ever waits
for a lock or meets "database is locked". Units that wait together share one commit.
"""

from __future__ import annotations

import sqlite3
import time
from asyncio import get_running_loop, wrap_future
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import local
from typing import Any, Final, ParamSpec, TypeVar

from sqlalchemy import Connection, Engine, create_engine
from sqlalchemy.exc import OperationalError
from sqlalchemy.pool import NullPool

from peninsula.core.errors import InvalidError, UnavailableError
from peninsula.server.storage.database import LONGEST_READ, Unit, took_too_long
from peninsula.server.storage.groups import STOPPED, GroupWriter

__all__ = ["SqliteDatabase"]

P = ParamSpec("P")
T = TypeVar("T")

READERS: Final = 3

OPERATIONS: Final = 100_000
"""Steps of SQLite between two looks at whether a read goes on: some milliseconds."""

_WRITER_PRAGMAS: Final = (
    # Both are settled by the first table. The first lets retention give disk back in steps;
    # larger pages take inserts with a tenth less CPU.
    "auto_vacuum = INCREMENTAL",
    "page_size = 8192",
    "journal_mode = WAL",
    # In WAL mode NORMAL survives a killed process whole; after a power loss the last commits may
    # be missing, and the journals of the emitters still hold them.
    "synchronous = NORMAL",
    "foreign_keys = OFF",
    "temp_store = MEMORY",
    "cache_size = -65536",
    "wal_autocheckpoint = 4000",
    "journal_size_limit = 67108864",
    # Only a backup tool or a person's shell can hold the file: wait for those.
    "busy_timeout = 30000",
)
_READER_PRAGMAS: Final = (
    "temp_store = MEMORY",
    "cache_size = -32768",
    "query_only = ON",
    "busy_timeout = 30000",
)
_FAULTS: Final = (OperationalError, sqlite3.OperationalError)
"""A full disk, an I/O error, a locked file: through SQLAlchemy, and from the driver itself."""


class SqliteDatabase:
    """One SQLite file, written by this process alone (`server.database_lock` sees to that)."""

    dialect = "sqlite"

    def __init__(self, url: str) -> None:
        """Take `sqlite:///relative` or `sqlite:////absolute`; nothing is opened yet."""
        self.url = url
        self.path = Path(url.removeprefix("sqlite:///")).expanduser()
        if not url.startswith("sqlite:///") or not self.path.name:
            msg = f"{url!r} names no file. Write sqlite:///folder/peninsula.db."
            raise InvalidError(msg)
        self._writer = GroupWriter(_Writing(self.path), "peninsula-write")
        self._readers: ThreadPoolExecutor | None = None
        self._reader = local()
        self._open: list[Connection] = []
        self._stopping = False

    def start(self) -> None:
        """Open the file, making it and its folder when missing."""
        if self._readers is None:
            self._stopping = False
            self._writer.start()
            self._readers = ThreadPoolExecutor(READERS, thread_name_prefix="peninsula-read")

    def stop(self) -> None:
        """Write what waits, then close. Safe twice."""
        if self._readers is None:
            return
        self._stopping = True
        self._writer.stop()
        self._readers.shutdown(wait=True)
        for connection in self._open:
            connection.close()
        # Last: whoever closes last merges the write-ahead log into the file.
        self._writer.close()
        self._open.clear()
        self._reader = local()
        self._readers = None

    async def write(self, unit: Unit[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """Run a referee's unit: it overtakes patient ones."""
        work = self._writer.submit(lambda tx: unit(tx, *args, **kwargs), urgent=True)
        result: T = await wrap_future(work)
        return result

    async def write_patiently(self, unit: Unit[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """Run a unit that others may overtake."""
        result: T = await wrap_future(self._writer.submit(lambda tx: unit(tx, *args, **kwargs)))
        return result

    async def read(self, unit: Unit[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """Run a unit that writes nothing, on one snapshot."""
        if self._readers is None:
            raise UnavailableError(STOPPED)
        return await get_running_loop().run_in_executor(
            self._readers, lambda: self._read(lambda tx: unit(tx, *args, **kwargs))
        )

    def _read(self, unit: Callable[[Connection], T]) -> T:
        connection: Connection | None = getattr(self._reader, "connection", None)
        if connection is None:
            connection = self._reader.connection = _connect(self.path, _READER_PRAGMAS)
            self._open.append(connection)
            _driver(connection).set_progress_handler(self._is_given_up, OPERATIONS)
        self._reader.until = time.monotonic() + LONGEST_READ
        try:
            connection.exec_driver_sql("BEGIN")
            try:
                return unit(connection)
            finally:
                self._reader.until = float("inf")
                connection.exec_driver_sql("ROLLBACK")
        except _FAULTS as problem:
            if _was_given_up(problem):
                raise UnavailableError(STOPPED) if self._stopping else took_too_long() from problem
            raise _unavailable(problem) from problem

    def _is_given_up(self) -> bool:
        """Tell SQLite, in the middle of a query, whether to go on."""
        return self._stopping or time.monotonic() > self._reader.until


class _Writing:
    """How SQLite is written to."""

    begin = "BEGIN IMMEDIATE"
    attempts = 1

    def __init__(self, path: Path) -> None:
        self._path = path

    def connect(self) -> Connection:
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            connection = _connect(self._path, _WRITER_PRAGMAS)
            self._path.chmod(0o600)
        except (OSError, sqlite3.Error, OperationalError) as problem:
            msg = f"Cannot open the database {self._path}: {_plain(problem)}"
            raise UnavailableError(msg) from problem
        return connection

    def in_transaction(self, connection: Connection) -> bool:
        # A full disk or an I/O error makes SQLite roll back the whole transaction by itself.
        return bool(_driver(connection).in_transaction)

    def is_usable(self, connection: Connection) -> bool:
        return not connection.closed

    def loses(self, _: BaseException) -> bool:
        return False

    def translated(self, problem: BaseException) -> BaseException:
        return _unavailable(problem) if isinstance(problem, _FAULTS) else problem


def _connect(path: Path, pragmas: tuple[str, ...]) -> Connection:
    engine: Engine = create_engine(
        "sqlite://",
        creator=lambda: sqlite3.connect(path, check_same_thread=False, cached_statements=512),
        poolclass=NullPool,
    )
    # We say BEGIN and COMMIT ourselves; the driver's own idea of transactions stays off.
    connection = engine.connect().execution_options(isolation_level="AUTOCOMMIT")
    for pragma in pragmas:
        connection.exec_driver_sql(f"PRAGMA {pragma}")
    return connection


def _was_given_up(problem: BaseException) -> bool:
    return getattr(getattr(problem, "orig", problem), "sqlite_errorname", "") == "SQLITE_INTERRUPT"


def _driver(connection: Connection) -> Any:
    return connection.connection.driver_connection


def _unavailable(problem: BaseException) -> UnavailableError:
    return UnavailableError(f"The database cannot take this now: {_plain(problem)}")


def _plain(problem: BaseException) -> str:
    return str(getattr(problem, "orig", None) or problem)
