"""PostgreSQL behind the seam: intake writes in groups from one thread, the rest from a pool.

Whoever appends holds the log's head until the commit, so more threads for intake would only wait
for each other; in a group they share the head, the round trips and the commit.
"""

from __future__ import annotations

import random
import time
from asyncio import get_running_loop, wrap_future
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final, ParamSpec, TypeVar

import psycopg
from sqlalchemy import Connection, Engine, create_engine, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, InterfaceError, OperationalError

from peninsula.core.addresses import password_apart
from peninsula.core.errors import InvalidError, UnavailableError
from peninsula.server.storage.bulk import STAGED
from peninsula.server.storage.database import AFTER_COMMIT, LONGEST_READ, Unit, took_too_long
from peninsula.server.storage.groups import STOPPED, GroupWriter

__all__ = ["PostgresDatabase"]

P = ParamSpec("P")
T = TypeVar("T")

WRITERS: Final = 4
READERS: Final = 6

ATTEMPTS: Final = 6
"""How often a unit is run that loses against another transaction."""

_SNAPSHOT: Final = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}

_AGAIN: Final = frozenset({"40001", "40P01"})
"""serialization_failure, deadlock_detected."""

_CANCELLED: Final = "57014"
"""query_canceled."""

PATIENCE: Final = f"SET LOCAL statement_timeout = {LONGEST_READ * 1000:.0f}"


class PostgresDatabase:
    """One PostgreSQL database, shared with any number of other servers."""

    dialect = "postgresql"
    path = None

    def __init__(self, url: str) -> None:
        """Take `postgresql://user@host/name`; nothing is opened yet. Raises InvalidError."""
        self.url = _quoted("postgresql+psycopg://" + url.partition("://")[2])
        self._engine: Engine | None = None
        self._pools: dict[str, ThreadPoolExecutor] = {}
        self._groups: GroupWriter | None = None

    def start(self) -> None:
        """Connect once, to say early what is wrong."""
        if self._engine is not None:
            return
        engine = create_engine(
            self.url, pool_size=1 + WRITERS + READERS, max_overflow=0, pool_pre_ping=True
        )
        try:
            engine.connect().close()
        except OperationalError as problem:
            engine.dispose()
            address = engine.url.render_as_string(hide_password=True)
            msg = f"Cannot reach the database {address}: {_plain(problem)}"
            raise UnavailableError(msg) from problem
        self._engine = engine
        self._pools = {
            "write": ThreadPoolExecutor(WRITERS, "peninsula-write"),
            "read": ThreadPoolExecutor(READERS, "peninsula-read"),
        }
        self._groups = GroupWriter(_Writing(engine), "peninsula-intake")
        self._groups.start()

    def stop(self) -> None:
        """Finish what was begun and disconnect. Safe twice."""
        if self._groups is not None:
            self._groups.stop()
            self._groups.close()
            self._groups = None
        for pool in self._pools.values():
            pool.shutdown(wait=True)
        self._pools = {}
        if self._engine is not None:
            self._engine.dispose()
            self._engine = None

    async def write(self, unit: Unit[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """Run a referee's unit: it has connections of its own."""
        return await self._on("write", lambda tx: unit(tx, *args, **kwargs))

    async def write_patiently(self, unit: Unit[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """Run a unit that others need not wait for."""
        if self._groups is None:
            raise UnavailableError(STOPPED)
        result: T = await wrap_future(self._groups.submit(lambda tx: unit(tx, *args, **kwargs)))
        return result

    async def read(self, unit: Unit[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """Run a unit that writes nothing, on one snapshot."""
        return await self._on("read", lambda tx: unit(tx, *args, **kwargs))

    async def _on(self, pool: str, unit: Callable[[Connection], T]) -> T:
        if self._engine is None:
            raise UnavailableError(STOPPED)
        work = self._read if pool == "read" else self._write
        return await get_running_loop().run_in_executor(self._pools[pool], work, unit)

    def _write(self, unit: Callable[[Connection], T]) -> T:
        for last in (*[False] * (ATTEMPTS - 1), True):
            try:
                return self._transact(unit)
            except (DBAPIError, psycopg.Error) as problem:
                if last or not _loses(problem):
                    raise _translated(problem) from problem
                time.sleep(random.uniform(0.001, 0.02))  # noqa: S311  jitter, no secret
        raise AssertionError

    def _transact(self, unit: Callable[[Connection], T]) -> T:
        assert self._engine is not None  # noqa: S101  for the type checker; `_on` has looked
        with self._engine.connect() as connection:
            connection.info.update({AFTER_COMMIT: [], STAGED: set()})
            with connection.begin():
                result = unit(connection)
            for action in connection.info.pop(AFTER_COMMIT):
                action()
            return result

    def _read(self, unit: Callable[[Connection], T]) -> T:
        assert self._engine is not None  # noqa: S101  for the type checker; `_on` has looked
        try:
            with self._engine.connect().execution_options(**_SNAPSHOT) as connection:
                connection.exec_driver_sql(PATIENCE)
                return unit(connection)
        except DBAPIError as problem:
            if getattr(problem.orig, "sqlstate", None) == _CANCELLED:
                raise took_too_long() from problem
            raise _translated(problem) from problem


class _Writing:
    """How PostgreSQL is written to in groups."""

    begin = "BEGIN"
    attempts = ATTEMPTS

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def connect(self) -> Connection:
        try:
            # The group says BEGIN and COMMIT itself.
            return self._engine.connect().execution_options(isolation_level="AUTOCOMMIT")
        except DBAPIError as problem:
            raise _translated(problem) from problem

    def in_transaction(self, connection: Connection) -> bool:
        status = _driver(connection).info.transaction_status
        return bool(status != psycopg.pq.TransactionStatus.IDLE)

    def is_usable(self, connection: Connection) -> bool:
        return (
            not connection.closed and not connection.invalidated and not _driver(connection).closed
        )

    def loses(self, problem: BaseException) -> bool:
        return _loses(problem)

    def translated(self, problem: BaseException) -> BaseException:
        return _translated(problem)


def _driver(connection: Connection) -> Any:
    return connection.connection.driver_connection


def _loses(problem: BaseException) -> bool:
    return getattr(getattr(problem, "orig", problem), "sqlstate", None) in _AGAIN


_FAULTS: Final = (
    OperationalError,
    InterfaceError,
    psycopg.OperationalError,
    psycopg.InterfaceError,
)


def _translated(problem: BaseException) -> BaseException:
    if isinstance(problem, _FAULTS):
        return UnavailableError(f"The database cannot take this now: {_plain(problem)}")
    return problem


def _plain(problem: BaseException) -> str:
    return str(getattr(problem, "orig", None) or problem).strip().partition("\n")[0]


def _quoted(url: str) -> str:
    """Return an address with its password as SQLAlchemy and psycopg both read it."""
    apart = password_apart(url)
    if apart is None:
        msg = "User or password in database_url has signs to be quoted: %40 is an @, %2F a slash."
        raise InvalidError(msg)
    shown, password = apart
    try:
        return make_url(shown).set(password=password).render_as_string(hide_password=False)
    except (ArgumentError, ValueError):
        msg = "The database_url is no address. Write it like postgresql://user@host:5432/name."
        raise InvalidError(msg) from None
