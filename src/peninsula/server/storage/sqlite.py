"""SQLite behind the seam: one thread writes in groups, a few read.

One writer is what SQLite has anyway; making it a thread of ours means that no caller ever waits
for a lock or meets "database is locked". Units that wait together share one commit.
"""

from __future__ import annotations

import sqlite3
import time
from asyncio import get_running_loop, wrap_future
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from threading import Condition, Thread, local
from typing import Any, Final, NamedTuple, ParamSpec, TypeVar

from sqlalchemy import Connection, Engine, create_engine
from sqlalchemy.exc import OperationalError
from sqlalchemy.pool import NullPool

from peninsula.core.errors import InvalidError, UnavailableError
from peninsula.server.storage.database import AFTER_COMMIT, Unit

__all__ = ["SqliteDatabase"]

P = ParamSpec("P")
T = TypeVar("T")

GROUP: Final = 64
"""Units that share one commit, at most."""

GROUP_SECONDS: Final = 0.05
"""A group that has taken this long is committed, whoever else waits."""

READERS: Final = 3

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


class _Job(NamedTuple):
    unit: Callable[[Connection], Any]
    done: Future[Any]


class SqliteDatabase:
    """One SQLite file, written by this process alone (`server.lock` sees to that)."""

    dialect = "sqlite"

    def __init__(self, url: str) -> None:
        """Take `sqlite:///relative` or `sqlite:////absolute`; nothing is opened yet."""
        self.url = url
        self.path = Path(url.removeprefix("sqlite:///")).expanduser()
        if not url.startswith("sqlite:///") or not self.path.name:
            msg = f"{url!r} names no file. Write sqlite:///folder/peninsula.db."
            raise InvalidError(msg)
        self._urgent: deque[_Job] = deque()
        self._patient: deque[_Job] = deque()
        self._waiting = Condition()
        self._stopping = False
        self._writer: Thread | None = None
        self._readers: ThreadPoolExecutor | None = None
        self._reader = local()
        self._open: list[Connection] = []

    def start(self) -> None:
        """Open the file, making it and its folder when missing."""
        if self._writer is not None:
            return
        connection = self._writing_connection()
        # It is closed last: whoever closes last merges the write-ahead log into the file.
        self._open = [connection]
        self._stopping = False
        self._readers = ThreadPoolExecutor(READERS, thread_name_prefix="peninsula-read")
        self._writer = Thread(
            target=self._write_on, args=(connection,), name="peninsula-write", daemon=True
        )
        self._writer.start()

    def stop(self) -> None:
        """Write what waits, then close. Safe twice."""
        if self._writer is None or self._readers is None:
            return
        with self._waiting:
            self._stopping = True
            self._waiting.notify()
        self._writer.join()
        self._readers.shutdown(wait=True)
        for connection in reversed(self._open):
            connection.close()
        self._open.clear()
        self._reader = local()
        self._writer = self._readers = None

    async def write(self, unit: Unit[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """Run a referee's unit: it overtakes patient ones."""
        result: T = await wrap_future(
            self._enqueue(self._urgent, lambda tx: unit(tx, *args, **kwargs))
        )
        return result

    async def write_patiently(self, unit: Unit[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """Run a unit that others may overtake."""
        result: T = await wrap_future(
            self._enqueue(self._patient, lambda tx: unit(tx, *args, **kwargs))
        )
        return result

    async def read(self, unit: Unit[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """Run a unit that writes nothing, on one snapshot."""
        if self._readers is None:
            raise UnavailableError(_STOPPED)
        return await get_running_loop().run_in_executor(
            self._readers, lambda: self._read(lambda tx: unit(tx, *args, **kwargs))
        )

    # --- writing ---------------------------------------------------------------------------------

    def _enqueue(self, queue: deque[_Job], unit: Callable[[Connection], Any]) -> Future[Any]:
        done: Future[Any] = Future()
        with self._waiting:
            if self._stopping or self._writer is None:
                raise UnavailableError(_STOPPED)
            queue.append(_Job(unit, done))
            self._waiting.notify()
        return done

    def _write_on(self, connection: Connection) -> None:
        while True:
            with self._waiting:
                while not (self._urgent or self._patient or self._stopping):
                    self._waiting.wait()
                if not (self._urgent or self._patient):
                    break
            _write_group(connection, self._next)

    def _next(self) -> _Job | None:
        with self._waiting:
            if self._urgent:
                return self._urgent.popleft()
            return self._patient.popleft() if self._patient else None

    def _writing_connection(self) -> Connection:
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            connection = _connect(self.path)
            for pragma in _WRITER_PRAGMAS:
                connection.exec_driver_sql(f"PRAGMA {pragma}")
            self.path.chmod(0o600)
        except (OSError, *_FAULTS) as problem:
            msg = f"Cannot open the database {self.path}: {_plain(problem)}"
            raise UnavailableError(msg) from problem
        return connection

    # --- reading ---------------------------------------------------------------------------------

    def _read(self, unit: Callable[[Connection], T]) -> T:
        connection: Connection | None = getattr(self._reader, "connection", None)
        if connection is None:
            connection = self._reader.connection = _connect(self.path)
            for pragma in _READER_PRAGMAS:
                connection.exec_driver_sql(f"PRAGMA {pragma}")
            self._open.append(connection)
        connection.exec_driver_sql("BEGIN")
        try:
            return unit(connection)
        finally:
            connection.exec_driver_sql("ROLLBACK")


_FAULTS: Final = (OperationalError, sqlite3.OperationalError)
"""A full disk, an I/O error, a locked file: through SQLAlchemy, and from the driver itself."""

_STOPPED: Final = "The database is closed: the server is stopping. Try again when it is back."


def _connect(path: Path) -> Connection:
    engine: Engine = create_engine(
        "sqlite://",
        creator=lambda: sqlite3.connect(path, check_same_thread=False, cached_statements=512),
        poolclass=NullPool,
    )
    # We say BEGIN and COMMIT ourselves; the driver's own idea of transactions stays off.
    return engine.connect().execution_options(isolation_level="AUTOCOMMIT")


def _write_group(connection: Connection, next_job: Callable[[], _Job | None]) -> None:
    started = time.monotonic()
    group: list[_Job] = []
    outcomes: list[tuple[Any, BaseException | None]] = []
    actions: list[Callable[[], None]] = []
    connection.exec_driver_sql("BEGIN IMMEDIATE")
    while len(group) < GROUP and time.monotonic() - started < GROUP_SECONDS:
        job = next_job()
        if job is None:
            break
        group.append(job)
        outcomes.append(_run_unit(connection, job.unit, actions))
        if not _in_transaction(connection):
            _write_one_by_one(connection, group)
            return
    try:
        connection.exec_driver_sql("COMMIT")
    except _FAULTS:
        _roll_back(connection)
        _write_one_by_one(connection, group)
        return
    _finish(actions, group, outcomes)


def _write_one_by_one(connection: Connection, group: list[_Job]) -> None:
    """Give each unit a transaction of its own, so that only the one at fault fails."""
    for job in group:
        actions: list[Callable[[], None]] = []
        try:
            connection.exec_driver_sql("BEGIN IMMEDIATE")
            outcome = _run_unit(connection, job.unit, actions)
            if outcome[1] is None:
                connection.exec_driver_sql("COMMIT")
            else:
                _roll_back(connection)
        except _FAULTS as problem:
            _roll_back(connection)
            outcome = (None, _unavailable(problem))
        _finish(actions if outcome[1] is None else [], [job], [outcome])


def _run_unit(
    connection: Connection, unit: Callable[[Connection], Any], actions: list[Callable[[], None]]
) -> tuple[Any, BaseException | None]:
    connection.info[AFTER_COMMIT] = []
    connection.exec_driver_sql("SAVEPOINT unit")
    try:
        result = unit(connection)
    except BaseException as problem:  # noqa: BLE001  it is handed to whoever waits for the unit
        if _in_transaction(connection):
            connection.exec_driver_sql("ROLLBACK TO unit")
            connection.exec_driver_sql("RELEASE unit")
        error = _unavailable(problem) if isinstance(problem, _FAULTS) else problem
        return None, error
    connection.exec_driver_sql("RELEASE unit")
    actions.extend(connection.info[AFTER_COMMIT])
    return result, None


def _finish(
    actions: list[Callable[[], None]],
    group: list[_Job],
    outcomes: list[tuple[Any, BaseException | None]],
) -> None:
    for action in actions:
        action()
    for job, (result, problem) in zip(group, outcomes, strict=True):
        if not job.done.set_running_or_notify_cancel():
            continue
        if problem is None:
            job.done.set_result(result)
        else:
            job.done.set_exception(problem)


def _in_transaction(connection: Connection) -> bool:
    # A full disk or an I/O error makes SQLite roll back the whole transaction by itself.
    return bool(connection.connection.driver_connection.in_transaction)  # type: ignore[union-attr]


def _roll_back(connection: Connection) -> None:
    if _in_transaction(connection):
        connection.exec_driver_sql("ROLLBACK")


def _unavailable(problem: BaseException) -> UnavailableError:
    return UnavailableError(f"The database cannot take this now: {_plain(problem)}")


def _plain(problem: BaseException) -> str:
    return str(getattr(problem, "orig", None) or problem)
